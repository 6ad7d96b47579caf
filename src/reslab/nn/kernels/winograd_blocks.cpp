// Compiled once for each set of vector instructions (Highway's foreach_target); the best that the processor has is
// chosen at run time.
#include "reslab/nn/kernels/winograd_blocks.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reslab/nn/kernels/winograd_blocks.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace reslab::nn::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Channels are multiples of 8, so transforms use vectors of 8 at most.
using Channels = hn::CappedTag<float, 8>;
using V = hn::Vec<Channels>;
using Wide = hn::ScalableTag<float>;
using W = hn::Vec<Wide>;

constexpr int side = static_cast<int>(winograd_inputs);
constexpr int out_side = static_cast<int>(winograd_outputs);

HWY_INLINE V times(float factor, V value) { return hn::Mul(hn::Set(Channels(), factor), value); }
HWY_INLINE V add_times(V sum, float factor, V value) { return hn::MulAdd(hn::Set(Channels(), factor), value, sum); }

// One dimension of Bᵀ x.
HWY_INLINE void input_line(const V* d, V* t) {
  const V even = add_times(d[4], -4, d[2]), odd = add_times(d[3], -4, d[1]);
  const V near = hn::Sub(d[4], d[2]), far = times(2, hn::Sub(d[3], d[1]));
  t[0] = add_times(add_times(d[4], 4, d[0]), -5, d[2]);
  t[1] = hn::Add(even, odd);
  t[2] = hn::Sub(even, odd);
  t[3] = hn::Add(near, far);
  t[4] = hn::Sub(near, far);
  t[5] = add_times(add_times(d[5], 4, d[1]), -5, d[3]);
}

// One dimension of Aᵀ m.
HWY_INLINE void output_line(const V* m, V* y) {
  const V sum12 = hn::Add(m[1], m[2]), diff12 = hn::Sub(m[1], m[2]);
  const V sum34 = hn::Add(m[3], m[4]), diff34 = hn::Sub(m[3], m[4]);
  y[0] = hn::Add(hn::Add(m[0], sum12), sum34);
  y[1] = add_times(diff12, 2, diff34);
  y[2] = add_times(sum12, 4, sum34);
  y[3] = hn::Add(add_times(diff12, 8, diff34), m[5]);
}

// One dimension of A dy.
HWY_INLINE void gradient_line(const V* y, V* m) {
  const V even = hn::Add(y[0], y[2]), odd = hn::Add(y[1], y[3]);
  const V even4 = add_times(y[0], 4, y[2]), odd8 = times(2, add_times(y[1], 4, y[3]));
  m[0] = y[0];
  m[1] = hn::Add(even, odd);
  m[2] = hn::Sub(even, odd);
  m[3] = hn::Add(even4, odd8);
  m[4] = hn::Sub(even4, odd8);
  m[5] = y[3];
}

// One dimension of G g.
HWY_INLINE void filter_line(const V* g, V* u) {
  const V outer = times(-1.0F / 6, hn::Add(g[0], g[2])), middle = times(-1.0F / 6, g[1]);
  const V far = add_times(times(1.0F / 24, g[0]), 1.0F / 6, g[2]), far_middle = times(1.0F / 12, g[1]);
  u[0] = times(0.25F, g[0]);
  u[1] = hn::Add(outer, middle);
  u[2] = hn::Sub(outer, middle);
  u[3] = hn::Add(far, far_middle);
  u[4] = hn::Sub(far, far_middle);
  u[5] = g[2];
}

// One dimension of Gᵀ du.
HWY_INLINE void filter_gradient_line(const V* u, V* g) {
  const V sum12 = times(1.0F / 6, hn::Add(u[1], u[2])), diff12 = times(1.0F / 6, hn::Sub(u[2], u[1]));
  const V sum34 = hn::Add(u[3], u[4]), diff34 = hn::Sub(u[3], u[4]);
  g[0] = add_times(hn::Sub(times(0.25F, u[0]), sum12), 1.0F / 24, sum34);
  g[1] = add_times(diff12, 1.0F / 12, diff34);
  g[2] = hn::Add(hn::Sub(times(1.0F / 6, sum34), sum12), u[5]);
}

// Applies Line to the columns and then to the rows of a square: load(i, j) gives the input's In × In elements, store(i,
// j, value) takes the result's Out × Out.
template <int In, int Out, void (*Line)(const V*, V*), class Load, class Store>
HWY_INLINE void transform_square(const Load& load, const Store& store) {
  V half[Out * In];
  for (int j = 0; j < In; ++j) {
    V column[In], result[Out];
    for (int i = 0; i < In; ++i) column[i] = load(i, j);
    Line(column, result);
    for (int i = 0; i < Out; ++i) half[i * In + j] = result[i];
  }
  for (int i = 0; i < Out; ++i) {
    V result[Out];
    Line(half + i * In, result);
    for (int j = 0; j < Out; ++j) store(i, j, result[j]);
  }
}

struct Tile {
  std::int64_t image, row, column;  // of the tile
};

HWY_INLINE Tile tile_at(const WinogradMap& map, std::int64_t index) {
  const std::int64_t columns = map.tile_columns(), per_image = map.tile_rows() * columns;
  return {index / per_image, index % per_image / columns, index % columns};
}

// Where the Side × Side pixels from (row, column) lie; pixels outside the map are in `zeros`.
template <int Side>
HWY_INLINE void find_pixels(const WinogradMap& map, const float* data, std::int64_t image, std::int64_t row,
                            std::int64_t column, const float* zeros, const float** pixels) {
  for (int i = 0; i < Side; ++i)
    for (int j = 0; j < Side; ++j) {
      const std::int64_t y = row + i, x = column + j;
      const bool inside = y >= 0 && y < map.height && x >= 0 && x < map.width;
      pixels[i * Side + j] = inside ? data + ((image * map.height + y) * map.width + x) * map.channels : zeros;
    }
}

void transform_input(const WinogradMap& map, const float* x, TileRange tiles, const float* zeros,
                     const Positions& positions) {
  const Channels d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t t = 0; t < tiles.size(); ++t) {
    const Tile tile = tile_at(map, tiles.begin + t);
    const float* pixels[side * side];
    find_pixels<side>(map, x, tile.image, tile.row * out_side - 1, tile.column * out_side - 1, zeros, pixels);
    float* const to = positions.data + t * positions.columns;
    for (std::int64_t c = 0; c < map.channels; c += lanes)
      transform_square<side, side, input_line>(
          [&](int i, int j) HWY_ATTR { return hn::LoadU(d, pixels[i * side + j] + c); },
          [&](int i, int j, V value) HWY_ATTR { hn::StoreU(value, d, to + (i * side + j) * positions.stride + c); });
  }
}

void transform_output_gradient(const WinogradMap& map, const float* dy, TileRange tiles, const float* zeros,
                               const Positions& positions) {
  const Channels d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto panel = static_cast<std::int64_t>(2 * hn::Lanes(Wide()));
  const std::int64_t filled = (map.channels + panel - 1) / panel * panel;
  for (std::int64_t t = 0; t < tiles.size(); ++t) {
    const Tile tile = tile_at(map, tiles.begin + t);
    const float* pixels[out_side * out_side];
    find_pixels<out_side>(map, dy, tile.image, tile.row * out_side, tile.column * out_side, zeros, pixels);
    for (std::int64_t c = 0; c < filled; c += lanes) {
      float* const to = positions.data + ((c / panel) * positions.columns + t) * panel + c % panel;
      V half[side * out_side];
      for (int j = 0; j < out_side; ++j) {
        V column[out_side], result[side];
        for (int i = 0; i < out_side; ++i)
          column[i] = c < map.channels ? hn::LoadU(d, pixels[i * out_side + j] + c) : hn::Zero(d);
        gradient_line(column, result);
        for (int i = 0; i < side; ++i) half[i * out_side + j] = result[i];
      }
      for (int i = 0; i < side; ++i) {
        V result[side];
        gradient_line(half + i * out_side, result);
        for (int j = 0; j < side; ++j) hn::StoreU(result[j], d, to + (i * side + j) * positions.stride);
      }
    }
  }
}

void transform_output(const WinogradMap& map, const Positions& positions, TileRange tiles, float* y) {
  const Channels d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t t = 0; t < tiles.size(); ++t) {
    const Tile tile = tile_at(map, tiles.begin + t);
    const std::int64_t row = tile.row * out_side, column = tile.column * out_side;
    const auto rows = static_cast<int>(HWY_MIN(out_side, map.height - row));
    const auto columns = static_cast<int>(HWY_MIN(out_side, map.width - column));
    float* const to = y + ((tile.image * map.height + row) * map.width + column) * map.channels;
    const float* const from = positions.data + t * positions.columns;
    for (std::int64_t c = 0; c < map.channels; c += lanes) {
      V half[out_side * side];
      for (int j = 0; j < side; ++j) {
        V values[side], result[out_side];
        for (int i = 0; i < side; ++i) values[i] = hn::LoadU(d, from + (i * side + j) * positions.stride + c);
        output_line(values, result);
        for (int i = 0; i < out_side; ++i) half[i * side + j] = result[i];
      }
      for (int i = 0; i < rows; ++i) {
        V result[out_side];
        output_line(half + i * side, result);
        for (int j = 0; j < columns; ++j) hn::StoreU(result[j], d, to + (i * map.width + j) * map.channels + c);
      }
    }
  }
}

void transform_filters(const float* filters, std::int64_t in, std::int64_t out, std::int64_t begin, std::int64_t end,
                       float* u) {
  const Channels d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto panel = static_cast<std::int64_t>(2 * hn::Lanes(Wide()));
  const std::int64_t panels = (out + panel - 1) / panel;
  for (std::int64_t c = begin; c < end; ++c)
    for (std::int64_t k = 0; k < panels * panel; k += lanes) {
      V half[side * 3];
      for (int j = 0; j < 3; ++j) {
        V column[3], result[side];
        for (int i = 0; i < 3; ++i)
          column[i] = k < out ? hn::LoadU(d, filters + ((i * 3 + j) * in + c) * out + k) : hn::Zero(d);
        filter_line(column, result);
        for (int i = 0; i < side; ++i) half[i * 3 + j] = result[i];
      }
      float* const to = u + ((k / panel) * in + c) * panel + k % panel;
      for (int i = 0; i < side; ++i) {
        V result[side];
        filter_line(half + i * 3, result);
        for (int j = 0; j < side; ++j) hn::StoreU(result[j], d, to + (i * side + j) * panels * in * panel);
      }
    }
}

// Lanes are output channels in du and must become input channels in the result: through a square of lanes × lanes.
void transform_filter_gradient(const Positions& du, std::int64_t in, std::int64_t begin, std::int64_t end,
                               float* gradients) {
  const Channels d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  HWY_ALIGN float square[9][8][8];  // [filter element][input channel][output channel]
  for (std::int64_t k = begin; k < end; k += lanes)
    for (std::int64_t c0 = 0; c0 < in; c0 += lanes) {
      for (std::int64_t c = 0; c < lanes; ++c) {
        const float* const from = du.data + (c0 + c) * du.columns + k;
        V half[3 * side];
        for (int j = 0; j < side; ++j) {
          V values[side], result[3];
          for (int i = 0; i < side; ++i) values[i] = hn::LoadU(d, from + (i * side + j) * du.stride);
          filter_gradient_line(values, result);
          for (int i = 0; i < 3; ++i) half[i * side + j] = result[i];
        }
        for (int i = 0; i < 3; ++i) {
          V result[3];
          filter_gradient_line(half + i * side, result);
          for (int j = 0; j < 3; ++j) hn::StoreU(result[j], d, square[i * 3 + j][c]);
        }
      }
      for (std::int64_t n = 0; n < lanes; ++n)
        for (int e = 0; e < 9; ++e)
          for (std::int64_t c = 0; c < lanes; ++c) gradients[((k + n) * 9 + e) * in + c0 + c] = square[e][c][n];
    }
}

// Rows × two vectors of the result stay in registers.
template <int Rows>
HWY_INLINE void product_block(const float* HWY_RESTRICT left, std::int64_t left_row, std::int64_t left_depth,
                              const float* HWY_RESTRICT right, std::int64_t depth, float* HWY_RESTRICT result,
                              std::int64_t result_row, bool accumulate) {
  const Wide d;
  const std::size_t lanes = hn::Lanes(d);
  W low[Rows], high[Rows];
  for (int i = 0; i < Rows; ++i) {
    low[i] = accumulate ? hn::LoadU(d, result + i * result_row) : hn::Zero(d);
    high[i] = accumulate ? hn::LoadU(d, result + i * result_row + lanes) : hn::Zero(d);
  }
  for (std::int64_t k = 0; k < depth; ++k) {
    const W right_low = hn::LoadU(d, right), right_high = hn::LoadU(d, right + lanes);
    for (int i = 0; i < Rows; ++i) {
      const W value = hn::Set(d, left[i * left_row]);
      low[i] = hn::MulAdd(value, right_low, low[i]);
      high[i] = hn::MulAdd(value, right_high, high[i]);
    }
    left += left_depth;
    right += 2 * lanes;
  }
  for (int i = 0; i < Rows; ++i) {
    hn::StoreU(low[i], d, result + i * result_row);
    hn::StoreU(high[i], d, result + i * result_row + lanes);
  }
}

#if HWY_TARGET <= HWY_AVX3
constexpr int most_rows = 12;  // 24 of 32 registers hold the result
#else
constexpr int most_rows = 6;  // 12 of 16
#endif

template <int Rows>
void product_rows(const Product& p, std::int64_t row, std::int64_t panel, std::int64_t width) {
  const float* const left = p.left + row * p.left_row;
  const float* const right = p.right + panel * p.right_panel;
  float* const result = p.result + row * p.result_row + panel * width;
  // The stride that is 1 is made known to the compiler.
  if (p.left_depth == 1)
    product_block<Rows>(left, p.left_row, 1, right, p.depth, result, p.result_row, p.accumulate);
  else
    product_block<Rows>(left, 1, p.left_depth, right, p.depth, result, p.result_row, p.accumulate);
}

template <int Rows>
HWY_INLINE void product_remaining(const Product& p, std::int64_t row, std::int64_t panel, std::int64_t width) {
  if constexpr (Rows > 0) {
    if (p.rows - row == Rows) return product_rows<Rows>(p, row, panel, width);
    product_remaining<Rows - 1>(p, row, panel, width);
  }
}

void product(const Product& p) {
  const auto width = static_cast<std::int64_t>(2 * hn::Lanes(Wide()));
  for (std::int64_t panel = 0; panel * width < p.columns; ++panel) {
    std::int64_t row = 0;
    for (; row + most_rows <= p.rows; row += most_rows) product_rows<most_rows>(p, row, panel, width);
    product_remaining<most_rows - 1>(p, row, panel, width);
  }
}

const WinogradTarget* target() {
  static const WinogradTarget here{hwy::TargetName(HWY_TARGET), static_cast<std::int64_t>(2 * hn::Lanes(Wide()))};
  return hn::Lanes(Wide()) >= 8 ? &here : nullptr;
}

}  // namespace reslab::nn::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace reslab::nn::kernels {

HWY_EXPORT(transform_input);
HWY_EXPORT(transform_output_gradient);
HWY_EXPORT(transform_output);
HWY_EXPORT(transform_filters);
HWY_EXPORT(transform_filter_gradient);
HWY_EXPORT(product);
HWY_EXPORT(target);

const WinogradTarget* winograd_target() { return HWY_DYNAMIC_DISPATCH(target)(); }

void winograd_transform_input(const WinogradMap& map, const float* x, TileRange tiles, const float* zeros,
                              const Positions& positions) {
  HWY_DYNAMIC_DISPATCH(transform_input)(map, x, tiles, zeros, positions);
}

void winograd_transform_output_gradient(const WinogradMap& map, const float* dy, TileRange tiles, const float* zeros,
                                        const Positions& positions) {
  HWY_DYNAMIC_DISPATCH(transform_output_gradient)(map, dy, tiles, zeros, positions);
}

void winograd_transform_output(const WinogradMap& map, const Positions& positions, TileRange tiles, float* y) {
  HWY_DYNAMIC_DISPATCH(transform_output)(map, positions, tiles, y);
}

void winograd_transform_filters(const float* filters, std::int64_t in, std::int64_t out, std::int64_t begin,
                                std::int64_t end, float* u) {
  HWY_DYNAMIC_DISPATCH(transform_filters)(filters, in, out, begin, end, u);
}

void winograd_transform_filter_gradient(const Positions& du, std::int64_t in, std::int64_t begin, std::int64_t end,
                                        float* gradients) {
  HWY_DYNAMIC_DISPATCH(transform_filter_gradient)(du, in, begin, end, gradients);
}

void winograd_product(const Product& p) { HWY_DYNAMIC_DISPATCH(product)(p); }

}  // namespace reslab::nn::kernels
#endif
