// Where the pixels of Winograd's tiles lie, and what they hold: for winograd_bf16_tiles.cpp alone, compiled as
// winograd_bf16_vectors.h says.
#pragma once

#include "reslab/nn/kernels/winograd_bf16_tiles.h"
#include "reslab/nn/kernels/winograd_bf16_vectors.h"

#ifdef RESLAB_AVX512_BF16
namespace reslab::nn::kernels::bf16 {
namespace {

struct Tile {
  std::int64_t image, row, column;  ///< row and column of its first pixel
};

inline Tile tile_at(const Tiling& map, std::int64_t index) {
  const std::int64_t in_image = map.rows.count * map.columns.count, within = index % in_image;
  return {index / in_image, map.rows.first + within / map.columns.count * map.rows.side,
          map.columns.first + within % map.columns.count * map.columns.side};
}

// The map of what pooling by 2×2 makes of a map.
inline Tiling half_of(const Tiling& map) {
  return {.images = map.images, .height = map.height / 2, .width = map.width / 2, .channels = map.channels};
}

// The offset of a pixel in a map, or −1 outside.
inline std::int64_t offset_of(const Tiling& map, std::int64_t image, std::int64_t row, std::int64_t column) {
  const bool inside = row >= 0 && row < map.height && column >= 0 && column < map.width;
  return inside ? ((image * map.height + row) * map.width + column) * map.channels : -1;
}

// The tiles after this one are asked for ahead of time: their pixels are too far apart for the processor to foresee.
constexpr std::int64_t tiles_ahead = 2;

// What lies ahead in a rectangle of a map; parts outside are left out.
template <typename Element>
void prefetch(const Element* data, const Tiling& map, const Tile& corner, std::int64_t rows, std::int64_t columns) {
  constexpr auto line = static_cast<std::int64_t>(64 / sizeof(Element));
  const std::int64_t first = corner.column > 0 ? corner.column : 0;
  const std::int64_t last = corner.column + columns < map.width ? corner.column + columns : map.width;
  for (std::int64_t y = corner.row > 0 ? corner.row : 0; y < corner.row + rows && y < map.height; ++y) {
    const Element* const pixels = data + (corner.image * map.height + y) * map.width * map.channels;
    for (std::int64_t at = first * map.channels; at < last * map.channels; at += line)
      _mm_prefetch(reinterpret_cast<const char*>(pixels + at), _MM_HINT_T0);
  }
}

// The pixels of a tile of R × C outputs and, with Around = 2, those one pixel around it; zeros outside the map.
template <int R, int C, int Around>
struct AllPixels {
  static constexpr int tile_rows = R, tile_columns = C, rows = R + Around, columns = C + Around, before = Around / 2;
  const Tiling& map;
  const Values& values;
  const std::uint16_t* pixels[rows * columns];

  void find(std::int64_t index) {
    if (index >= map.tiles()) {
      for (const std::uint16_t*& pixel : pixels) pixel = values.zeros;
      return;
    }
    if (index + tiles_ahead < map.tiles())
      prefetch(values.data, map, before_of(tile_at(map, index + tiles_ahead)), rows, columns);
    const Tile corner = before_of(tile_at(map, index));
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < columns; ++j) {
        const std::int64_t offset = offset_of(map, corner.image, corner.row + i, corner.column + j);
        pixels[i * columns + j] = offset < 0 ? values.zeros : values.data + offset;
      }
  }

  V operator()(int i, int j, std::int64_t c, __mmask16 mask) const { return load(pixels[i * columns + j] + c, mask); }

 private:
  static Tile before_of(const Tile& tile) { return {tile.image, tile.row - before, tile.column - before}; }
};

// Likewise of pooled values: the windows that the tile and what is around it lie in.
template <int R, int C, int Around>
struct PooledPixels {
  static constexpr int tile_rows = R, tile_columns = C, columns = C + Around, before = Around / 2;
  static constexpr int window_rows = (R + Around + before + 1) / 2, window_columns = (C + Around + before + 1) / 2;
  const Tiling& map;
  const Values& values;
  const Tiling pooled = half_of(map);
  const std::uint16_t* pixels[window_rows * window_columns];
  const std::uint8_t* slots[window_rows * window_columns];

  void find(std::int64_t index) {
    if (index >= map.tiles()) {
      for (int w = 0; w < window_rows * window_columns; ++w) set(w, -1);
      return;
    }
    if (index + tiles_ahead < map.tiles()) {
      const Tile next = before_of(tile_at(map, index + tiles_ahead));
      prefetch(values.data, pooled, next, window_rows, window_columns);
      prefetch(values.slots, pooled, next, window_rows, window_columns);
    }
    const Tile corner = before_of(tile_at(map, index));
    for (int i = 0; i < window_rows; ++i)
      for (int j = 0; j < window_columns; ++j)
        set(i * window_columns + j, offset_of(pooled, corner.image, corner.row + i, corner.column + j));
  }

  V operator()(int i, int j, std::int64_t c, __mmask16 mask) const {
    const int window = (i + before) / 2 * window_columns + (j + before) / 2;
    const auto slot = static_cast<char>((i + before) % 2 * 2 + (j + before) % 2);
    const __m128i found = _mm_maskz_loadu_epi8(mask, slots[window] + c);
    return load(pixels[window] + c, _mm_mask_cmpeq_epi8_mask(mask, found, _mm_set1_epi8(slot)));
  }

 private:
  // Tiles begin at even pixels, so that with one pixel before them they begin in the second half of a window.
  static Tile before_of(const Tile& tile) { return {tile.image, tile.row / 2 - before, tile.column / 2 - before}; }

  void set(int window, std::int64_t offset) {
    pixels[window] = offset < 0 ? values.zeros : values.data + offset;
    slots[window] = offset < 0 ? reinterpret_cast<const std::uint8_t*>(values.zeros) : values.slots + offset;
  }
};

}  // namespace
}  // namespace reslab::nn::kernels::bf16
#endif
