// Compiled for AVX-512 with bf16, and run only where the processor has both. Nothing from the standard library is used
// here: a copy of one of its functions compiled with these instructions could be the one that other processors get too.
#include "reslab/nn/kernels/winograd_bf16_blocks.h"

#if defined(__AVX512BF16__) && defined(__AVX512BW__) && defined(__AVX512VL__)
#include <immintrin.h>
#define RESLAB_AVX512_BF16 1
#endif

namespace reslab::nn::kernels::bf16 {

#ifdef RESLAB_AVX512_BF16
namespace {

using V = __m512;
constexpr std::int64_t lanes = 16;

V times(float factor, V value) { return _mm512_mul_ps(_mm512_set1_ps(factor), value); }
V add_times(V sum, float factor, V value) { return _mm512_fmadd_ps(_mm512_set1_ps(factor), value, sum); }

// Lanes of the channels from c on that exist.
__mmask16 mask_from(std::int64_t c, std::int64_t channels) {
  return channels - c >= lanes ? 0xFFFF : static_cast<__mmask16>((1U << (channels - c)) - 1);
}

V load(const std::uint16_t* from, __mmask16 mask) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, from)), 16));
}

void store(std::uint16_t* to, __mmask16 mask, V value) {
  _mm256_mask_storeu_epi16(to, mask, reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(value)));
}

// For each lane its pair of bf16, `first` in the lower half.
__m512i pairs(V first, V second) {
  const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21,
                                         5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  return _mm512_permutexvar_epi16(order, reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(second, first)));
}

// The transforms of one dimension, by the points ±a and ±b, zero for sides of 4, and infinity. With P the product of
// (x − point) over the finite points, the row of Bᵀ for a point holds the coefficients of P / (x − point), the row for
// infinity those of P, and G carries 1 / (P / (x − point))(point).
template <int Side>
struct Lines {
  static constexpr int outputs = Side, inputs = Side + 2;
  static constexpr bool zero = Side == 4;  // whether 0 is a point
  static constexpr float a = zero ? 0.625F : 0.5F, b = zero ? 1.5F : 1.25F;
  static constexpr float a2 = a * a, b2 = b * b;
  static constexpr float per_a = 1 / (2 * (zero ? a2 : a) * (a2 - b2)), per_b = 1 / (2 * (zero ? b2 : b) * (b2 - a2));
  static constexpr float per_zero = 1 / (a2 * b2);
  static constexpr int pa = zero ? 1 : 0, pb = pa + 2, infinity = pb + 2;  // positions of a, b (−a, −b follow), ∞

  // One dimension of Bᵀ x.
  static void input(const V* d, V* t) {
    const V low_a = add_times(d[2], -b2, d[0]), low_b = add_times(d[2], -a2, d[0]);  // x² − b², x² − a² on d[0], d[2]
    const V high_a = add_times(d[3], -b2, d[1]), high_b = add_times(d[3], -a2, d[1]);
    if constexpr (zero) {
      const V even_a = add_times(d[4], -b2, d[2]), even_b = add_times(d[4], -a2, d[2]);
      t[0] = add_times(even_a, -a2, low_a);
      t[pa] = add_times(even_a, a, high_a);
      t[pa + 1] = add_times(even_a, -a, high_a);
      t[pb] = add_times(even_b, b, high_b);
      t[pb + 1] = add_times(even_b, -b, high_b);
      t[infinity] = add_times(add_times(d[5], -b2, d[3]), -a2, high_a);
    } else {
      t[pa] = add_times(high_a, a, low_a);
      t[pa + 1] = _mm512_fmsub_ps(_mm512_set1_ps(a), low_a, high_a);
      t[pb] = add_times(high_b, b, low_b);
      t[pb + 1] = _mm512_fmsub_ps(_mm512_set1_ps(b), low_b, high_b);
      t[infinity] = add_times(add_times(d[4], -b2, d[2]), -a2, low_a);
    }
  }

  // One dimension of Aᵀ m.
  static void output(const V* m, V* y) {
    const V sum_a = _mm512_add_ps(m[pa], m[pa + 1]), difference_a = _mm512_sub_ps(m[pa], m[pa + 1]);
    const V sum_b = _mm512_add_ps(m[pb], m[pb + 1]), difference_b = _mm512_sub_ps(m[pb], m[pb + 1]);
    y[0] = _mm512_add_ps(sum_a, sum_b);
    if constexpr (zero) y[0] = _mm512_add_ps(y[0], m[0]);
    y[1] = add_times(times(a, difference_a), b, difference_b);
    y[2] = add_times(times(a2, sum_a), b2, sum_b);
    if constexpr (Side == 4) y[3] = add_times(times(a2 * a, difference_a), b2 * b, difference_b);
    y[Side - 1] = _mm512_add_ps(y[Side - 1], m[infinity]);
  }

  // One dimension of A dy.
  static void gradient(const V* y, V* m) {
    const V even_a = add_times(y[0], a2, y[2]), even_b = add_times(y[0], b2, y[2]);
    V odd_a = y[1], odd_b = y[1];
    if constexpr (Side == 4) {
      odd_a = add_times(odd_a, a2, y[3]);
      odd_b = add_times(odd_b, b2, y[3]);
    }
    if constexpr (zero) m[0] = y[0];
    m[pa] = add_times(even_a, a, odd_a);
    m[pa + 1] = add_times(even_a, -a, odd_a);
    m[pb] = add_times(even_b, b, odd_b);
    m[pb + 1] = add_times(even_b, -b, odd_b);
    m[infinity] = y[Side - 1];
  }

  // One dimension of G g.
  static void filter(const V* g, V* u) {
    const V even_a = times(per_a, add_times(g[0], a2, g[2])), odd_a = times(per_a * a, g[1]);
    const V even_b = times(per_b, add_times(g[0], b2, g[2])), odd_b = times(per_b * b, g[1]);
    if constexpr (zero) u[0] = times(per_zero, g[0]);
    u[pa] = _mm512_add_ps(even_a, odd_a);
    u[pa + 1] = _mm512_sub_ps(even_a, odd_a);
    u[pb] = _mm512_add_ps(even_b, odd_b);
    u[pb + 1] = _mm512_sub_ps(even_b, odd_b);
    u[infinity] = g[2];
  }

  // One dimension of Gᵀ du.
  static void filter_gradient(const V* u, V* g) {
    const V sum_a = times(per_a, _mm512_add_ps(u[pa], u[pa + 1])),
            sum_b = times(per_b, _mm512_add_ps(u[pb], u[pb + 1]));
    g[0] = _mm512_add_ps(sum_a, sum_b);
    if constexpr (zero) g[0] = add_times(g[0], per_zero, u[0]);
    g[1] = add_times(times(per_a * a, _mm512_sub_ps(u[pa], u[pa + 1])), per_b * b, _mm512_sub_ps(u[pb], u[pb + 1]));
    g[2] = add_times(add_times(u[infinity], a2, sum_a), b2, sum_b);
  }
};

// Line applied to the columns of a From × From square, then to the rows of what came out: To × To.
// value(i, j) gives an element; emit(i, j, v) takes one.
template <int From, int To, void (*Line)(const V*, V*), typename Value, typename Emit>
[[gnu::always_inline]] inline void transform_square(const Value& value, const Emit& emit) {
  V half[To * From];
  for (int j = 0; j < From; ++j) {
    V column[From], result[To];
    for (int i = 0; i < From; ++i) column[i] = value(i, j);
    Line(column, result);
    for (int i = 0; i < To; ++i) half[i * From + j] = result[i];
  }
  for (int i = 0; i < To; ++i) {
    V result[To];
    Line(half + i * From, result);
    for (int j = 0; j < To; ++j) emit(i, j, result[j]);
  }
}

struct Tile {
  std::int64_t image, row, column;
};

Tile tile_at(const Tiling& map, std::int64_t index) {
  const std::int64_t columns = map.tile_columns(), in_image = map.tile_rows() * columns;
  const std::int64_t within = index % in_image;
  return {index / in_image, within / columns, within % columns};
}

// The tiles after this one are asked for ahead of time: their pixels are too far apart for the processor to foresee.
constexpr std::int64_t tiles_ahead = 2;

// What lies ahead in a rectangle of a map; parts outside are left out.
template <typename Element>
void prefetch(const Element* data, const Tiling& map, std::int64_t image, std::int64_t row, std::int64_t column,
              std::int64_t side) {
  constexpr auto line = static_cast<std::int64_t>(64 / sizeof(Element));
  const std::int64_t first = column > 0 ? column : 0, last = column + side < map.width ? column + side : map.width;
  for (std::int64_t y = row > 0 ? row : 0; y < row + side && y < map.height; ++y) {
    const Element* const pixels = data + (image * map.height + y) * map.width * map.channels;
    for (std::int64_t at = first * map.channels; at < last * map.channels; at += line)
      _mm_prefetch(reinterpret_cast<const char*>(pixels + at), _MM_HINT_T0);
  }
}

// The offset of a pixel in a map, or −1 outside.
std::int64_t offset_of(const Tiling& map, std::int64_t image, std::int64_t row, std::int64_t column) {
  const bool inside = row >= 0 && row < map.height && column >= 0 && column < map.width;
  return inside ? ((image * map.height + row) * map.width + column) * map.channels : -1;
}

// A tile's pixels, Count × Count of them, from `before` pixels above and left of its outputs on; zeros outside the map.
template <int Side, int Count>
struct AllPixels {
  static constexpr int before = (Count - Side) / 2;
  const Tiling& map;
  const Values& values;
  const std::uint16_t* pixels[Count * Count];

  void find(std::int64_t index) {
    if (index >= map.tiles()) {
      for (const std::uint16_t*& pixel : pixels) pixel = values.zeros;
      return;
    }
    if (index + tiles_ahead < map.tiles()) {
      const Tile next = tile_at(map, index + tiles_ahead);
      prefetch(values.data, map, next.image, next.row * Side - before, next.column * Side - before, Count);
    }
    const Tile tile = tile_at(map, index);
    for (int i = 0; i < Count; ++i)
      for (int j = 0; j < Count; ++j) {
        const std::int64_t offset =
            offset_of(map, tile.image, tile.row * Side - before + i, tile.column * Side - before + j);
        pixels[i * Count + j] = offset < 0 ? values.zeros : values.data + offset;
      }
  }

  V operator()(int i, int j, std::int64_t c, __mmask16 mask) const { return load(pixels[i * Count + j] + c, mask); }
};

// Likewise of pooled values. Side is even, so a tile's windows are whole; the pixels around it belong to halves of
// windows.
template <int Side, int Count>
struct PooledPixels {
  static constexpr int before = (Count - Side) / 2, windows = (Count + before + 1) / 2;
  const Tiling& map;
  const Values& values;
  const Tiling pooled{.images = map.images,
                      .height = map.height / 2,
                      .width = map.width / 2,
                      .channels = map.channels,
                      .side = map.side};
  const std::uint16_t* pixels[windows * windows];
  const std::uint8_t* slots[windows * windows];

  void find(std::int64_t index) {
    if (index >= map.tiles()) {
      for (int w = 0; w < windows * windows; ++w) set(w, -1);
      return;
    }
    if (index + tiles_ahead < map.tiles()) {
      const Tile next = tile_at(map, index + tiles_ahead);
      const std::int64_t row = next.row * Side / 2 - before, column = next.column * Side / 2 - before;
      prefetch(values.data, pooled, next.image, row, column, windows);
      prefetch(values.slots, pooled, next.image, row, column, windows);
    }
    const Tile tile = tile_at(map, index);
    for (int i = 0; i < windows; ++i)
      for (int j = 0; j < windows; ++j)
        set(i * windows + j,
            offset_of(pooled, tile.image, tile.row * Side / 2 - before + i, tile.column * Side / 2 - before + j));
  }

  V operator()(int i, int j, std::int64_t c, __mmask16 mask) const {
    const int window = (i + before) / 2 * windows + (j + before) / 2;
    const auto slot = static_cast<char>((i + before) % 2 * 2 + (j + before) % 2);
    const __m128i found = _mm_maskz_loadu_epi8(mask, slots[window] + c);
    return load(pixels[window] + c, _mm_mask_cmpeq_epi8_mask(mask, found, _mm_set1_epi8(slot)));
  }

 private:
  void set(int window, std::int64_t offset) {
    pixels[window] = offset < 0 ? values.zeros : values.data + offset;
    slots[window] = offset < 0 ? reinterpret_cast<const std::uint8_t*>(values.zeros) : values.slots + offset;
  }
};

template <int Side, template <int, int> typename Pixels>
void inputs_of(const Tiling& map, const Values& x, TileRange tiles, const Factors& to) {
  constexpr int inputs = Side + 2;
  Pixels<Side, inputs> pixels{map, x};
  for (std::int64_t t = 0; t < tiles.size(); ++t) {
    pixels.find(tiles.begin + t);
    std::uint16_t* const row = to.data + t * to.columns;
    for (std::int64_t c = 0; c < map.channels; c += lanes) {
      const __mmask16 mask = mask_from(c, map.channels);
      transform_square<inputs, inputs, Lines<Side>::input>(
          [&](int i, int j) { return pixels(i, j, c, mask); },
          [&](int i, int j, V value) { store(row + (i * inputs + j) * to.stride + c, mask, value); });
    }
  }
}

// Two tiles' transforms by `Line`, from `From` to `To` pixels a side, side by side: emit(position, pairs).
template <int From, int To, void (*Line)(const V*, V*), typename Pixels, typename Emit>
[[gnu::always_inline]] inline void transform_pair(const Pixels& first, const Pixels& second, std::int64_t c,
                                                  __mmask16 mask, const Emit& emit) {
  V kept[To * To];
  transform_square<From, To, Line>([&](int i, int j) { return first(i, j, c, mask); },
                                   [&](int i, int j, V value) { kept[i * To + j] = value; });
  transform_square<From, To, Line>([&](int i, int j) { return second(i, j, c, mask); },
                                   [&](int i, int j, V value) { emit(i * To + j, pairs(kept[i * To + j], value)); });
}

// The second tile of a pair, or past the end, where its pixels are zeros.
std::int64_t second_of(const Tiling& map, TileRange tiles, std::int64_t t) {
  return t + 1 < tiles.size() ? tiles.begin + t + 1 : map.tiles();
}

template <int Side>
void input_pairs_of(const Tiling& map, const Values& x, TileRange tiles, const Factors& to) {
  constexpr int inputs = Side + 2;
  AllPixels<Side, inputs> first{map, x}, second{map, x};
  for (std::int64_t t = 0; t < tiles.size(); t += 2) {
    first.find(tiles.begin + t);
    second.find(second_of(map, tiles, t));
    std::uint16_t* const row = to.data + t * to.columns;
    for (std::int64_t c = 0; c < map.channels; c += lanes) {
      const __mmask16 mask = mask_from(c, map.channels);
      transform_pair<inputs, inputs, Lines<Side>::input>(first, second, c, mask, [&](int p, __m512i value) {
        _mm512_mask_storeu_epi32(row + p * to.stride + 2 * c, mask, value);
      });
    }
  }
}

template <int Side, template <int, int> typename Pixels>
void output_gradients_of(const Tiling& map, const Values& dy, TileRange tiles, const Factors& to) {
  const std::int64_t filled = (map.channels + panel - 1) / panel * panel;
  Pixels<Side, Side> first{map, dy}, second{map, dy};
  for (std::int64_t t = 0; t < tiles.size(); t += 2) {
    first.find(tiles.begin + t);
    second.find(second_of(map, tiles, t));
    for (std::int64_t c = 0; c < filled; c += lanes) {
      const __mmask16 mask = c < map.channels ? mask_from(c, map.channels) : 0;
      std::uint16_t* const from = to.data + ((c / panel) * to.columns + t) * panel + 2 * (c % panel);
      transform_pair<Side, Side + 2, Lines<Side>::gradient>(
          first, second, c, mask, [&](int p, __m512i value) { _mm512_storeu_si512(from + p * to.stride, value); });
    }
  }
}

// The greater of two, of equal ones the first, and the slots that the greater ones have.
void keep_greater(V& value, __m512i& slot, V other, int other_slot) {
  // What is not a number wins, so that it isn't hidden.
  const __mmask16 greater =
      _mm512_cmp_ps_mask(other, value, _CMP_GT_OQ) | _mm512_cmp_ps_mask(other, other, _CMP_UNORD_Q);
  value = _mm512_mask_mov_ps(value, greater, other);
  slot = _mm512_mask_mov_epi32(slot, greater, _mm512_set1_epi32(other_slot));
}

void outputs_pooled(const Tiling& map, const Sums& from, TileRange tiles, std::int64_t begin, std::int64_t end,
                    std::uint16_t* y, std::uint8_t* slots) {
  constexpr int side = 4, inputs = side + 2;
  const Tiling pooled{.images = map.images, .height = map.height / 2, .width = map.width / 2, .channels = map.channels};
  for (std::int64_t t = 0; t < tiles.size(); ++t) {
    const Tile tile = tile_at(map, tiles.begin + t);
    const float* const sums = from.data + t * from.columns;
    for (std::int64_t c = begin; c < end; c += lanes) {
      const __mmask16 mask = mask_from(c, end);
      V values[side * side];
      transform_square<inputs, side, Lines<side>::output>(
          [&](int i, int j) { return _mm512_loadu_ps(sums + (i * inputs + j) * from.stride + (c - begin)); },
          [&](int i, int j, V value) { values[i * side + j] = value; });
      for (int window = 0; window < 4; ++window) {
        const int i = window / 2, j = window % 2;
        const std::int64_t offset = offset_of(pooled, tile.image, 2 * tile.row + i, 2 * tile.column + j);
        if (offset < 0) continue;
        const V* const corner = values + 2 * i * side + 2 * j;
        V most = corner[0];
        __m512i slot = _mm512_setzero_si512();
        keep_greater(most, slot, corner[1], 1);
        keep_greater(most, slot, corner[side], 2);
        keep_greater(most, slot, corner[side + 1], 3);
        store(y + offset + c, mask, most);
        _mm_mask_storeu_epi8(slots + offset + c, mask, _mm512_cvtepi32_epi8(slot));
      }
    }
  }
}

template <int Side>
void outputs_of(const Tiling& map, const Sums& from, TileRange tiles, std::int64_t begin, std::int64_t end,
                std::uint16_t* y) {
  constexpr int inputs = Side + 2;
  for (std::int64_t t = 0; t < tiles.size(); ++t) {
    const Tile tile = tile_at(map, tiles.begin + t);
    const std::int64_t row = tile.row * Side, column = tile.column * Side;
    const std::int64_t rows = map.height - row, columns = map.width - column;  // that exist, from here on
    std::uint16_t* const to = y + ((tile.image * map.height + row) * map.width + column) * map.channels;
    const float* const sums = from.data + t * from.columns;
    for (std::int64_t c = begin; c < end; c += lanes) {
      const __mmask16 mask = mask_from(c, end);
      transform_square<inputs, Side, Lines<Side>::output>(
          [&](int i, int j) { return _mm512_loadu_ps(sums + (i * inputs + j) * from.stride + (c - begin)); },
          [&](int i, int j, V value) {
            if (i < rows && j < columns) store(to + (i * map.width + j) * map.channels + c, mask, value);
          });
    }
  }
}

// Rows and columns of a square of 16 × 16 exchanged.
void transpose(V* r) {
  V t[16];
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
  }
  const auto low = [](V x, V y) {
    return _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(x), _mm512_castps_pd(y)));
  };
  const auto high = [](V x, V y) {
    return _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(x), _mm512_castps_pd(y)));
  };
  for (int i = 0; i < 16; i += 4) {
    r[i] = low(t[i], t[i + 2]);
    r[i + 1] = high(t[i], t[i + 2]);
    r[i + 2] = low(t[i + 1], t[i + 3]);
    r[i + 3] = high(t[i + 1], t[i + 3]);
  }
  for (int i = 0; i < 4; ++i) {
    t[i] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0x88);
    t[i + 4] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0xdd);
    t[i + 8] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0x88);
    t[i + 12] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0xdd);
  }
  for (int i = 0; i < 4; ++i) {
    r[i] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0x88);
    r[i + 8] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0xdd);
    r[i + 4] = _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0x88);
    r[i + 12] = _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0xdd);
  }
}

// Lanes are input channels in the filters and must become output channels: through squares of 16 pairs of input
// channels × 16 output channels.
template <int Side>
void filters_of(const float* filters, std::int64_t in, std::int64_t out, std::int64_t begin, std::int64_t end,
                std::uint16_t* u) {
  constexpr int inputs = Side + 2, positions = inputs * inputs;
  const std::int64_t stride = (out + panel - 1) / panel * panel * in;
  for (std::int64_t k0 = begin; k0 < end; k0 += lanes)
    for (std::int64_t c0 = 0; c0 < in; c0 += 2 * lanes) {
      __m512i square[positions][lanes];
      const __mmask16 mask[2] = {mask_from(c0, in), c0 + lanes < in ? mask_from(c0 + lanes, in) : __mmask16{0}};
      for (std::int64_t k = 0; k < lanes; ++k) {
        const bool exists = k0 + k < end;
        const float* const from = filters + (k0 + (exists ? k : 0)) * 9 * in + c0;
        V low[positions];
        for (int half = 0; half < 2; ++half)
          transform_square<3, inputs, Lines<Side>::filter>(
              [&](int i, int j) {
                return _mm512_maskz_loadu_ps(exists ? mask[half] : 0, from + (i * 3 + j) * in + half * lanes);
              },
              [&](int i, int j, V value) {
                const int p = i * inputs + j;
                if (half == 0)
                  low[p] = value;
                else
                  square[p][k] = reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(value, low[p]));
              });
      }
      const std::int64_t depth = (in - c0) / 2 < lanes ? (in - c0) / 2 : lanes;
      for (int p = 0; p < positions; ++p) {
        V rows[lanes];
        for (int k = 0; k < lanes; ++k) rows[k] = _mm512_castsi512_ps(square[p][k]);
        transpose(rows);
        std::uint16_t* const to = u + p * stride + (k0 / panel) * in * panel + c0 * panel + 2 * (k0 % panel);
        for (std::int64_t d = 0; d < depth; ++d) _mm512_storeu_ps(to + d * 2 * panel, rows[d]);
      }
    }
}

template <int Side>
void turned_filters_of(const float* filters, std::int64_t in, std::int64_t out, std::int64_t begin, std::int64_t end,
                       std::uint16_t* u) {
  constexpr int inputs = Side + 2, positions = inputs * inputs;
  const std::int64_t columns = (in + panel - 1) / panel * panel, stride = columns * out;
  for (std::int64_t k = begin; k < end; k += 2)
    for (std::int64_t c = 0; c < columns; c += lanes) {
      const __mmask16 mask = c < in ? mask_from(c, in) : 0;
      std::uint16_t* const to = u + (c / panel) * out * panel + k * panel + 2 * (c % panel);
      const auto turned = [&](std::int64_t from) {
        return
            [=](int i, int j) { return _mm512_maskz_loadu_ps(mask, filters + (from * 9 + 8 - (i * 3 + j)) * in + c); };
      };
      V kept[positions];
      transform_square<3, inputs, Lines<Side>::filter>(turned(k),
                                                       [&](int i, int j, V value) { kept[i * inputs + j] = value; });
      transform_square<3, inputs, Lines<Side>::filter>(turned(k + 1), [&](int i, int j, V value) {
        _mm512_storeu_si512(to + (i * inputs + j) * stride, pairs(kept[i * inputs + j], value));
      });
    }
}

// Lanes are output channels in du and must become input channels.
template <int Side>
void filter_gradients_of(const Sums& du, std::int64_t in, std::int64_t begin, std::int64_t end, float* gradients) {
  constexpr int inputs = Side + 2;
  for (std::int64_t k0 = begin; k0 < end; k0 += lanes)
    for (std::int64_t c0 = 0; c0 < in; c0 += lanes) {
      V square[9][lanes];
      const std::int64_t rows = in - c0 < lanes ? in - c0 : lanes;
      for (std::int64_t c = 0; c < lanes; ++c) {
        const float* const from = du.data + (c0 + (c < rows ? c : 0)) * du.columns + k0;
        transform_square<inputs, 3, Lines<Side>::filter_gradient>(
            [&](int i, int j) { return _mm512_loadu_ps(from + (i * inputs + j) * du.stride); },
            [&](int i, int j, V value) { square[i * 3 + j][c] = value; });
      }
      const __mmask16 mask = mask_from(c0, in);
      for (int e = 0; e < 9; ++e) {
        transpose(square[e]);
        for (std::int64_t k = 0; k < lanes && k0 + k < end; ++k)
          _mm512_mask_storeu_ps(gradients + ((k0 + k) * 9 + e) * in + c0, mask, square[e][k]);
      }
    }
}

// Rows × two vectors of the result stay in registers.
template <int Rows>
[[gnu::always_inline]] inline void product_block(const std::uint32_t* __restrict left, std::int64_t left_row,
                                                 std::int64_t left_depth, const std::uint32_t* __restrict right,
                                                 std::int64_t depth, float* __restrict result, std::int64_t result_row,
                                                 bool accumulate) {
  V low[Rows], high[Rows];
  for (int i = 0; i < Rows; ++i) {
    low[i] = accumulate ? _mm512_loadu_ps(result + i * result_row) : _mm512_setzero_ps();
    high[i] = accumulate ? _mm512_loadu_ps(result + i * result_row + lanes) : _mm512_setzero_ps();
  }
  for (std::int64_t k = 0; k < depth; ++k) {
    const auto right_low = reinterpret_cast<__m512bh>(_mm512_loadu_si512(right));
    const auto right_high = reinterpret_cast<__m512bh>(_mm512_loadu_si512(right + lanes));
    for (int i = 0; i < Rows; ++i) {
      const auto value = reinterpret_cast<__m512bh>(_mm512_set1_epi32(static_cast<int>(left[i * left_row])));
      low[i] = _mm512_dpbf16_ps(low[i], value, right_low);
      high[i] = _mm512_dpbf16_ps(high[i], value, right_high);
    }
    left += left_depth;
    right += panel;
  }
  for (int i = 0; i < Rows; ++i) {
    _mm512_storeu_ps(result + i * result_row, low[i]);
    _mm512_storeu_ps(result + i * result_row + lanes, high[i]);
  }
}

constexpr int most_rows = 12;  // 24 of 32 registers hold the result

template <int Rows>
void product_rows(const Product& p, std::int64_t row, std::int64_t column) {
  const auto* const left = reinterpret_cast<const std::uint32_t*>(p.left) + row * p.left_row;
  const auto* const right = reinterpret_cast<const std::uint32_t*>(p.right) + column / panel * p.right_panel;
  float* const result = p.result + row * p.result_row + column;
  // The stride that is 1 is made known to the compiler.
  if (p.left_depth == 1)
    product_block<Rows>(left, p.left_row, 1, right, p.depth, result, p.result_row, p.accumulate);
  else
    product_block<Rows>(left, 1, p.left_depth, right, p.depth, result, p.result_row, p.accumulate);
}

template <int Rows>
void product_remaining(const Product& p, std::int64_t row, std::int64_t column) {
  if constexpr (Rows > 0) {
    if (p.rows - row == Rows) return product_rows<Rows>(p, row, column);
    product_remaining<Rows - 1>(p, row, column);
  }
}

}  // namespace

bool available() {
  static const bool here = __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw") &&
                           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  return here;
}

// One instance for each side of a tile.
#define RESLAB_BY_SIDE(side, function, ...) ((side) == 4 ? function<4>(__VA_ARGS__) : function<3>(__VA_ARGS__))

void transform_input(const Tiling& map, const Values& x, TileRange tiles, const Factors& to) {
  if (x.slots != nullptr) return inputs_of<4, PooledPixels>(map, x, tiles, to);
  map.side == 4 ? inputs_of<4, AllPixels>(map, x, tiles, to) : inputs_of<3, AllPixels>(map, x, tiles, to);
}

void transform_input_pairs(const Tiling& map, const Values& x, TileRange tiles, const Factors& to) {
  RESLAB_BY_SIDE(map.side, input_pairs_of, map, x, tiles, to);
}

void transform_output_gradient(const Tiling& map, const Values& dy, TileRange tiles, const Factors& to) {
  if (dy.slots != nullptr) return output_gradients_of<4, PooledPixels>(map, dy, tiles, to);
  map.side == 4 ? output_gradients_of<4, AllPixels>(map, dy, tiles, to)
                : output_gradients_of<3, AllPixels>(map, dy, tiles, to);
}

void transform_output_pooled(const Tiling& map, const Sums& from, TileRange tiles, std::int64_t begin, std::int64_t end,
                             std::uint16_t* y, std::uint8_t* slots) {
  outputs_pooled(map, from, tiles, begin, end, y, slots);
}

void transform_output(const Tiling& map, const Sums& from, TileRange tiles, std::int64_t begin, std::int64_t end,
                      std::uint16_t* y) {
  RESLAB_BY_SIDE(map.side, outputs_of, map, from, tiles, begin, end, y);
}

void transform_filters(const float* filters, std::int64_t side, std::int64_t in, std::int64_t out, std::int64_t begin,
                       std::int64_t end, std::uint16_t* u) {
  RESLAB_BY_SIDE(side, filters_of, filters, in, out, begin, end, u);
}

void transform_turned_filters(const float* filters, std::int64_t side, std::int64_t in, std::int64_t out,
                              std::int64_t begin, std::int64_t end, std::uint16_t* u) {
  RESLAB_BY_SIDE(side, turned_filters_of, filters, in, out, begin, end, u);
}

void transform_filter_gradient(const Sums& du, std::int64_t side, std::int64_t in, std::int64_t begin, std::int64_t end,
                               float* gradients) {
  RESLAB_BY_SIDE(side, filter_gradients_of, du, in, begin, end, gradients);
}

void multiply(const Product& p) {
  for (std::int64_t column = 0; column < p.columns; column += panel) {
    std::int64_t row = 0;
    for (; row + most_rows <= p.rows; row += most_rows) product_rows<most_rows>(p, row, column);
    product_remaining<most_rows - 1>(p, row, column);
  }
}

#else  // A compiler or processor without AVX-512's bf16: nothing of this is ever called.

bool available() { return false; }
void transform_input(const Tiling&, const Values&, TileRange, const Factors&) {}
void transform_input_pairs(const Tiling&, const Values&, TileRange, const Factors&) {}
void transform_output_gradient(const Tiling&, const Values&, TileRange, const Factors&) {}
void transform_output_pooled(const Tiling&, const Sums&, TileRange, std::int64_t, std::int64_t, std::uint16_t*,
                             std::uint8_t*) {}
void transform_output(const Tiling&, const Sums&, TileRange, std::int64_t, std::int64_t, std::uint16_t*) {}
void transform_filters(const float*, std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t,
                       std::uint16_t*) {}
void transform_turned_filters(const float*, std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t,
                              std::uint16_t*) {}
void transform_filter_gradient(const Sums&, std::int64_t, std::int64_t, std::int64_t, std::int64_t, float*) {}
void multiply(const Product&) {}

#endif

}  // namespace reslab::nn::kernels::bf16
