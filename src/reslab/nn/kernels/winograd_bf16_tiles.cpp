// Compiled for AVX-512 with bf16: see winograd_bf16_vectors.h.
#include "reslab/nn/kernels/winograd_bf16_tiles.h"

#include "reslab/nn/kernels/winograd_bf16_pixels.h"
#include "reslab/nn/kernels/winograd_bf16_transform.h"

namespace reslab::nn::kernels::bf16 {

#ifdef RESLAB_AVX512_BF16
namespace {

template <typename Transform, typename Pixels>
void factors_of(const Tiling& map, const Values& x, TileRange tiles, const Factors& to) {
  constexpr int columns = Transform::to(Pixels::tile_columns);
  Pixels pixels{map, x};
  for (std::int64_t t = 0; t < tiles.size(); ++t) {
    pixels.find(tiles.begin + t);
    std::uint16_t* const row = to.data + t * to.columns;
    for (std::int64_t c = 0; c < map.channels; c += lanes) {
      const __mmask16 mask = mask_from(c, map.channels);
      transform_tile<Transform, Pixels::tile_rows, Pixels::tile_columns>(
          [&](int i, int j) { return pixels(i, j, c, mask); },
          [&](int i, int j, V value) { store(row + (i * columns + j) * to.stride + c, mask, value); });
    }
  }
}

// The transforms of two tiles, side by side: emit(position, pairs).
template <typename Transform, typename Pixels, typename Emit>
[[gnu::always_inline]] inline void transform_pair(const Pixels& first, const Pixels& second, std::int64_t c,
                                                  __mmask16 mask, const Emit& emit) {
  constexpr int rows = Pixels::tile_rows, columns = Pixels::tile_columns;
  V kept[(rows + 2) * (columns + 2)];
  transform_tile<Transform, rows, columns>([&](int i, int j) { return first(i, j, c, mask); },
                                           [&](int i, int j, V value) { kept[i * (columns + 2) + j] = value; });
  transform_tile<Transform, rows, columns>(
      [&](int i, int j) { return second(i, j, c, mask); },
      [&](int i, int j, V value) { emit(i * (columns + 2) + j, pairs(kept[i * (columns + 2) + j], value)); });
}

// The second tile of a pair, or past the end, where its pixels are zeros.
std::int64_t second_of(const Tiling& map, TileRange tiles, std::int64_t t) {
  return t + 1 < tiles.size() ? tiles.begin + t + 1 : map.tiles();
}

template <typename Pixels>
void input_pairs_of(const Tiling& map, const Values& x, TileRange tiles, const Factors& to) {
  Pixels first{map, x}, second{map, x};
  for (std::int64_t t = 0; t < tiles.size(); t += 2) {
    first.find(tiles.begin + t);
    second.find(second_of(map, tiles, t));
    std::uint16_t* const row = to.data + t * to.columns;
    for (std::int64_t c = 0; c < map.channels; c += lanes) {
      const __mmask16 mask = mask_from(c, map.channels);
      transform_pair<Input>(first, second, c, mask, [&](int p, __m512i value) {
        _mm512_mask_storeu_epi32(row + p * to.stride + 2 * c, mask, value);
      });
    }
  }
}

template <typename Pixels>
void output_gradients_of(const Tiling& map, const Values& dy, TileRange tiles, const Factors& to) {
  const std::int64_t filled = (map.channels + panel - 1) / panel * panel;
  Pixels first{map, dy}, second{map, dy};
  for (std::int64_t t = 0; t < tiles.size(); t += 2) {
    first.find(tiles.begin + t);
    second.find(second_of(map, tiles, t));
    for (std::int64_t c = 0; c < filled; c += lanes) {
      const __mmask16 mask = c < map.channels ? mask_from(c, map.channels) : 0;
      std::uint16_t* const from = to.data + ((c / panel) * to.columns + t) * panel + 2 * (c % panel);
      transform_pair<Gradient>(first, second, c, mask,
                               [&](int p, __m512i value) { _mm512_storeu_si512(from + p * to.stride, value); });
    }
  }
}

template <int R, int C>
void outputs_of(const Tiling& map, const Sums& from, TileRange tiles, std::int64_t begin, std::int64_t end,
                std::uint16_t* y) {
  for (std::int64_t t = 0; t < tiles.size(); ++t) {
    const Tile tile = tile_at(map, tiles.begin + t);
    const std::int64_t rows = map.height - tile.row, columns = map.width - tile.column;  // that exist, from here on
    std::uint16_t* const to = y + offset_of(map, tile.image, tile.row, tile.column);
    const float* const sums = from.data + t * from.columns;
    for (std::int64_t c = begin; c < end; c += lanes) {
      const __mmask16 mask = mask_from(c, end);
      transform_tile<Output, R, C>(sums_of<C>(sums + (c - begin), from.stride), [&](int i, int j, V value) {
        if (i < rows && j < columns) store(to + (i * map.width + j) * map.channels + c, mask, value);
      });
    }
  }
}

template <int R, int C>
void input_gradients_of(const Tiling& map, const Sums& from, TileRange tiles, std::int64_t begin, std::int64_t end,
                        std::uint16_t* dx) {
  for (std::int64_t t = 0; t < tiles.size(); ++t) {
    const Tile tile = tile_at(map, tiles.begin + t);
    // Two rows and columns of a tile's surroundings were the tiles' above and before it, where there are any.
    const int rows_before = tile.row > 0 ? 2 : 0, columns_before = tile.column > 0 ? 2 : 0;
    std::uint16_t* pixels[(R + 2) * (C + 2)];
    for (int i = 0; i < R + 2; ++i)
      for (int j = 0; j < C + 2; ++j) {
        const std::int64_t offset = offset_of(map, tile.image, tile.row - 1 + i, tile.column - 1 + j);
        pixels[i * (C + 2) + j] = offset < 0 ? nullptr : dx + offset;
      }
    const float* const sums = from.data + t * from.columns;
    for (std::int64_t c = begin; c < end; c += lanes) {
      const __mmask16 mask = mask_from(c, end);
      transform_tile<InputGradient, R, C>(sums_of<C>(sums + (c - begin), from.stride), [&](int i, int j, V value) {
        std::uint16_t* const pixel = pixels[i * (C + 2) + j];
        if (pixel == nullptr) return;
        if (i < rows_before || j < columns_before) value = _mm512_add_ps(value, load(pixel + c, mask));
        store(pixel + c, mask, value);
      });
    }
  }
}

// The greater of two, of equal ones the first, and the slots that the greater ones have. What is not a number wins, so
// that it isn't hidden.
void keep_greater(V& value, __m512i& slot, V other, int other_slot) {
  const __mmask16 greater =
      _mm512_cmp_ps_mask(other, value, _CMP_GT_OQ) | _mm512_cmp_ps_mask(other, other, _CMP_UNORD_Q);
  value = _mm512_mask_mov_ps(value, greater, other);
  slot = _mm512_mask_mov_epi32(slot, greater, _mm512_set1_epi32(other_slot));
}

template <int R, int C>
void outputs_pooled(const Tiling& map, const Sums& from, TileRange tiles, std::int64_t begin, std::int64_t end,
                    std::uint16_t* y, std::uint8_t* slots) {
  static_assert(R % 2 == 0 && C % 2 == 0);
  const Tiling pooled = half_of(map);
  for (std::int64_t t = 0; t < tiles.size(); ++t) {
    const Tile tile = tile_at(map, tiles.begin + t);
    const float* const sums = from.data + t * from.columns;
    for (std::int64_t c = begin; c < end; c += lanes) {
      const __mmask16 mask = mask_from(c, end);
      V values[R * C];
      transform_tile<Output, R, C>(sums_of<C>(sums + (c - begin), from.stride),
                                   [&](int i, int j, V value) { values[i * C + j] = value; });
      for (int i = 0; i < R; i += 2)
        for (int j = 0; j < C; j += 2) {
          const std::int64_t offset = offset_of(pooled, tile.image, (tile.row + i) / 2, (tile.column + j) / 2);
          if (offset < 0) continue;
          V most = values[i * C + j];
          __m512i slot = _mm512_setzero_si512();
          keep_greater(most, slot, values[i * C + j + 1], 1);
          keep_greater(most, slot, values[(i + 1) * C + j], 2);
          keep_greater(most, slot, values[(i + 1) * C + j + 1], 3);
          store(y + offset + c, mask, most);
          _mm_mask_storeu_epi8(slots + offset + c, mask, _mm512_cvtepi32_epi8(slot));
        }
    }
  }
}

}  // namespace

void transform_input(const Tiling& map, const Values& x, TileRange tiles, const Factors& to) {
  with_sides(map.rows.side, map.columns.side, [&](auto r, auto c) {
    x.slots == nullptr ? factors_of<Input, AllPixels<r.value, c.value, 2>>(map, x, tiles, to)
                       : factors_of<Input, PooledPixels<r.value, c.value, 2>>(map, x, tiles, to);
  });
}

void transform_pooled_gradient(const Tiling& map, const Values& dy, TileRange tiles, const Factors& to) {
  with_even_sides(map.rows.side, map.columns.side,
                  [&](auto r, auto c) { factors_of<Gradient, PooledPixels<r.value, c.value, 0>>(map, dy, tiles, to); });
}

void transform_input_pairs(const Tiling& map, const Values& x, TileRange tiles, const Factors& to) {
  with_sides(map.rows.side, map.columns.side,
             [&](auto r, auto c) { input_pairs_of<AllPixels<r.value, c.value, 2>>(map, x, tiles, to); });
}

void transform_output_gradient(const Tiling& map, const Values& dy, TileRange tiles, const Factors& to) {
  with_sides(map.rows.side, map.columns.side, [&](auto r, auto c) {
    dy.slots == nullptr ? output_gradients_of<AllPixels<r.value, c.value, 0>>(map, dy, tiles, to)
                        : output_gradients_of<PooledPixels<r.value, c.value, 0>>(map, dy, tiles, to);
  });
}

void transform_output(const Tiling& map, const Sums& from, TileRange tiles, std::int64_t begin, std::int64_t end,
                      std::uint16_t* y) {
  with_sides(map.rows.side, map.columns.side,
             [&](auto r, auto c) { outputs_of<r.value, c.value>(map, from, tiles, begin, end, y); });
}

void transform_output_pooled(const Tiling& map, const Sums& from, TileRange tiles, std::int64_t begin, std::int64_t end,
                             std::uint16_t* y, std::uint8_t* slots) {
  with_even_sides(map.rows.side, map.columns.side,
                  [&](auto r, auto c) { outputs_pooled<r.value, c.value>(map, from, tiles, begin, end, y, slots); });
}

void transform_input_gradient(const Tiling& map, const Sums& from, TileRange tiles, std::int64_t begin,
                              std::int64_t end, std::uint16_t* dx) {
  with_even_sides(map.rows.side, map.columns.side,
                  [&](auto r, auto c) { input_gradients_of<r.value, c.value>(map, from, tiles, begin, end, dx); });
}

#else  // A compiler without AVX-512's bf16: nothing of this is ever called.

void transform_input(const Tiling&, const Values&, TileRange, const Factors&) { __builtin_trap(); }
void transform_input_pairs(const Tiling&, const Values&, TileRange, const Factors&) { __builtin_trap(); }
void transform_output_gradient(const Tiling&, const Values&, TileRange, const Factors&) { __builtin_trap(); }
void transform_output(const Tiling&, const Sums&, TileRange, std::int64_t, std::int64_t, std::uint16_t*) {
  __builtin_trap();
}
void transform_output_pooled(const Tiling&, const Sums&, TileRange, std::int64_t, std::int64_t, std::uint16_t*,
                             std::uint8_t*) {
  __builtin_trap();
}
void transform_pooled_gradient(const Tiling&, const Values&, TileRange, const Factors&) { __builtin_trap(); }
void transform_input_gradient(const Tiling&, const Sums&, TileRange, std::int64_t, std::int64_t, std::uint16_t*) {
  __builtin_trap();
}

#endif

}  // namespace reslab::nn::kernels::bf16
