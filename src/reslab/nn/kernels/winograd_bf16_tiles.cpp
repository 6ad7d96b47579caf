// Compiled for AVX-512 with bf16: see winograd_bf16_vectors.h.
#include "reslab/nn/kernels/winograd_bf16_tiles.h"

#include "reslab/nn/kernels/winograd_bf16_pixels.h"
#include "reslab/nn/kernels/winograd_bf16_vectors.h"

namespace reslab::nn::kernels::bf16 {

#ifdef RESLAB_AVX512_BF16
namespace {

// The transforms by name: what they do to a line of a tile with `side` outputs, and how many values it has before and
// after.
struct Input {
  static constexpr int from(int side) { return side + 2; }
  static constexpr int to(int side) { return side + 2; }
  template <int Side>
  static void line(const V* values, V* result) {
    Lines<Side>::input(values, result);
  }
};

struct Output {
  static constexpr int from(int side) { return side + 2; }
  static constexpr int to(int side) { return side; }
  template <int Side>
  static void line(const V* values, V* result) {
    Lines<Side>::output(values, result);
  }
};

struct Gradient {
  static constexpr int from(int side) { return side; }
  static constexpr int to(int side) { return side + 2; }
  template <int Side>
  static void line(const V* values, V* result) {
    Lines<Side>::gradient(values, result);
  }
};

struct Filter {
  static constexpr int from(int) { return 3; }
  static constexpr int to(int side) { return side + 2; }
  template <int Side>
  static void line(const V* values, V* result) {
    Lines<Side>::filter(values, result);
  }
};

struct FilterGradient {
  static constexpr int from(int side) { return side + 2; }
  static constexpr int to(int) { return 3; }
  template <int Side>
  static void line(const V* values, V* result) {
    Lines<Side>::filter_gradient(values, result);
  }
};

// The transform of a tile of R × C outputs: its columns first, then the rows of what came out.
// value(i, j) gives an element; emit(i, j, v) takes one.
template <typename Transform, int R, int C, typename Value, typename Emit>
[[gnu::always_inline]] inline void transform_tile(const Value& value, const Emit& emit) {
  constexpr int from_rows = Transform::from(R), from_columns = Transform::from(C);
  constexpr int to_rows = Transform::to(R), to_columns = Transform::to(C);
  V half[to_rows * from_columns];
  for (int j = 0; j < from_columns; ++j) {
    V column[from_rows], result[to_rows];
    for (int i = 0; i < from_rows; ++i) column[i] = value(i, j);
    Transform::template line<R>(column, result);
    for (int i = 0; i < to_rows; ++i) half[i * from_columns + j] = result[i];
  }
  for (int i = 0; i < to_rows; ++i) {
    V result[to_columns];
    Transform::template line<C>(half + i * from_columns, result);
    for (int j = 0; j < to_columns; ++j) emit(i, j, result[j]);
  }
}

template <typename Pixels>
void inputs_of(const Tiling& map, const Values& x, TileRange tiles, const Factors& to) {
  Pixels pixels{map, x};
  for (std::int64_t t = 0; t < tiles.size(); ++t) {
    pixels.find(tiles.begin + t);
    std::uint16_t* const row = to.data + t * to.columns;
    for (std::int64_t c = 0; c < map.channels; c += lanes) {
      const __mmask16 mask = mask_from(c, map.channels);
      transform_tile<Input, Pixels::tile_rows, Pixels::tile_columns>(
          [&](int i, int j) { return pixels(i, j, c, mask); },
          [&](int i, int j, V value) { store(row + (i * Pixels::columns + j) * to.stride + c, mask, value); });
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

// What the sums of a tile hold from channel c on.
template <int C>
auto sums_of(const float* sums, std::int64_t stride) {
  return [=](int i, int j) { return _mm512_loadu_ps(sums + (i * (C + 2) + j) * stride); };
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

// Lanes are input channels in the weight and must become output channels: through squares of 16 pairs of input channels
// × 16 output channels.
template <int R, int C>
void filters_of(const Filters& filters, const float* weight, std::int64_t begin, std::int64_t end, std::uint16_t* u) {
  constexpr int columns = C + 2, positions = (R + 2) * columns;
  const std::int64_t in = filters.in, stride = (filters.out + panel - 1) / panel * panel * in;
  for (std::int64_t k0 = begin; k0 < end; k0 += lanes)
    for (std::int64_t c0 = 0; c0 < in; c0 += 2 * lanes) {
      __m512i square[positions][lanes];
      const __mmask16 mask[2] = {mask_from(c0, in), c0 + lanes < in ? mask_from(c0 + lanes, in) : __mmask16{0}};
      for (std::int64_t k = 0; k < lanes; ++k) {
        const bool exists = k0 + k < end;
        const float* const from = weight + (k0 + (exists ? k : 0)) * 9 * in + c0;
        V low[positions];
        for (int half = 0; half < 2; ++half)
          transform_tile<Filter, R, C>(
              [&](int i, int j) {
                return _mm512_maskz_loadu_ps(exists ? mask[half] : 0, from + (i * 3 + j) * in + half * lanes);
              },
              [&](int i, int j, V value) {
                const int p = i * columns + j;
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

template <int R, int C>
void turned_filters_of(const Filters& filters, const float* weight, std::int64_t begin, std::int64_t end,
                       std::uint16_t* u) {
  constexpr int columns = C + 2;
  const std::int64_t in = filters.in, out = filters.out, filled = (in + panel - 1) / panel * panel;
  const std::int64_t stride = filled * out;
  for (std::int64_t k = begin; k < end; k += 2)
    for (std::int64_t c = 0; c < filled; c += lanes) {
      const __mmask16 mask = c < in ? mask_from(c, in) : 0;
      std::uint16_t* const to = u + (c / panel) * out * panel + k * panel + 2 * (c % panel);
      const auto turned = [&](std::int64_t from) {
        return
            [=](int i, int j) { return _mm512_maskz_loadu_ps(mask, weight + (from * 9 + 8 - (i * 3 + j)) * in + c); };
      };
      V kept[(R + 2) * columns];
      transform_tile<Filter, R, C>(turned(k), [&](int i, int j, V value) { kept[i * columns + j] = value; });
      transform_tile<Filter, R, C>(turned(k + 1), [&](int i, int j, V value) {
        const int p = i * columns + j;
        _mm512_storeu_si512(to + p * stride, pairs(kept[p], value));
      });
    }
}

// Lanes are output channels in du and must become input channels.
template <int R, int C>
void filter_gradients_of(const Filters& filters, const Sums& du, std::int64_t begin, std::int64_t end,
                         float* gradient) {
  const std::int64_t in = filters.in;
  for (std::int64_t k0 = begin; k0 < end; k0 += lanes)
    for (std::int64_t c0 = 0; c0 < in; c0 += lanes) {
      V square[9][lanes];
      const std::int64_t rows = in - c0 < lanes ? in - c0 : lanes;
      for (std::int64_t c = 0; c < lanes; ++c)
        transform_tile<FilterGradient, R, C>(
            sums_of<C>(du.data + (c0 + (c < rows ? c : 0)) * du.columns + k0, du.stride),
            [&](int i, int j, V value) { square[i * 3 + j][c] = value; });
      const __mmask16 mask = mask_from(c0, in);
      for (int e = 0; e < 9; ++e) {
        transpose(square[e]);
        for (std::int64_t k = 0; k < lanes && k0 + k < end; ++k) {
          float* const to = gradient + ((k0 + k) * 9 + e) * in + c0;
          _mm512_mask_storeu_ps(to, mask, _mm512_add_ps(square[e][k], _mm512_maskz_loadu_ps(mask, to)));
        }
      }
    }
}

// Calls f with the sides as constants.
template <int Value>
struct Constant {
  static constexpr int value = Value;
};

template <typename F>
void with_side(std::int64_t side, const F& f) {
  if (side == 4) return f(Constant<4>());
  if (side == 3) return f(Constant<3>());
  f(Constant<2>());
}

template <typename F>
void with_sides(std::int64_t rows, std::int64_t columns, const F& f) {
  with_side(rows, [&](auto r) { with_side(columns, [&](auto c) { f(r, c); }); });
}

}  // namespace

void transform_input(const Tiling& map, const Values& x, TileRange tiles, const Factors& to) {
  with_sides(map.rows.side, map.columns.side, [&](auto r, auto c) {
    x.slots == nullptr ? inputs_of<AllPixels<r.value, c.value, 2>>(map, x, tiles, to)
                       : inputs_of<PooledPixels<r.value, c.value, 2>>(map, x, tiles, to);
  });
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
  with_sides(map.rows.side, map.columns.side, [&](auto r, auto c) {
    if constexpr (r.value % 2 == 0 && c.value % 2 == 0)
      outputs_pooled<r.value, c.value>(map, from, tiles, begin, end, y, slots);
  });
}

void transform_filters(const Filters& filters, const float* weight, std::int64_t begin, std::int64_t end,
                       std::uint16_t* u) {
  with_sides(filters.row_side, filters.column_side,
             [&](auto r, auto c) { filters_of<r.value, c.value>(filters, weight, begin, end, u); });
}

void transform_turned_filters(const Filters& filters, const float* weight, std::int64_t begin, std::int64_t end,
                              std::uint16_t* u) {
  with_sides(filters.row_side, filters.column_side,
             [&](auto r, auto c) { turned_filters_of<r.value, c.value>(filters, weight, begin, end, u); });
}

void transform_filter_gradient(const Filters& filters, const Sums& du, std::int64_t begin, std::int64_t end,
                               float* gradient) {
  with_sides(filters.row_side, filters.column_side,
             [&](auto r, auto c) { filter_gradients_of<r.value, c.value>(filters, du, begin, end, gradient); });
}

#else  // A compiler without AVX-512's bf16: nothing of this is ever called.

void transform_input(const Tiling&, const Values&, TileRange, const Factors&) {}
void transform_input_pairs(const Tiling&, const Values&, TileRange, const Factors&) {}
void transform_output_gradient(const Tiling&, const Values&, TileRange, const Factors&) {}
void transform_output(const Tiling&, const Sums&, TileRange, std::int64_t, std::int64_t, std::uint16_t*) {}
void transform_output_pooled(const Tiling&, const Sums&, TileRange, std::int64_t, std::int64_t, std::uint16_t*,
                             std::uint8_t*) {}
void transform_filters(const Filters&, const float*, std::int64_t, std::int64_t, std::uint16_t*) {}
void transform_turned_filters(const Filters&, const float*, std::int64_t, std::int64_t, std::uint16_t*) {}
void transform_filter_gradient(const Filters&, const Sums&, std::int64_t, std::int64_t, float*) {}

#endif

}  // namespace reslab::nn::kernels::bf16
