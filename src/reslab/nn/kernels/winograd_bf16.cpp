#include "reslab/nn/kernels/winograd_bf16.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "reslab/core/error.h"
#include "reslab/nn/kernels/bf16_product.h"
#include "reslab/nn/kernels/parallel.h"
#include "reslab/nn/kernels/winograd_bf16_tiles.h"

namespace reslab::nn::kernels::bf16 {
namespace {

// Of a block's factors and sums together, so that they stay in the second-level cache, where that leaves enough tiles
// to use a transformed filter often.
constexpr std::int64_t block_bytes = 768 << 10;
constexpr std::int64_t least_tiles = 48, most_tiles = 192;
// Output channels whose sums are made and transformed together.
constexpr std::int64_t most_columns = 64;
// Tiles of a step of the weight's gradient.
constexpr std::int64_t gradient_tiles = 256;
// Between two positions' matrices, so that they don't fall into the same cache sets.
constexpr std::int64_t gap = 32;
// What lies in the second-level cache must lie on a huge page: the cache is indexed by physical addresses, and
// scattered small pages would crowd some of its sets.
constexpr std::int64_t huge_page = 2 << 20;

std::int64_t round_up(std::int64_t value, std::int64_t step) { return (value + step - 1) / step * step; }

const std::uint16_t* data_of(const at::Tensor& tensor) {
  return reinterpret_cast<const std::uint16_t*>(tensor.const_data_ptr<at::BFloat16>());
}

std::uint16_t* mutable_data_of(const at::Tensor& tensor) {
  return reinterpret_cast<std::uint16_t*>(tensor.mutable_data_ptr<at::BFloat16>());
}

const std::uint8_t* slots_of(const Pooled& map) {
  return map.slots.defined() ? map.slots.const_data_ptr<std::uint8_t>() : nullptr;
}

at::Tensor bf16s(std::int64_t count) { return at::empty({std::max(count, huge_page / 2)}, at::kBFloat16); }
at::Tensor floats(std::int64_t count) { return at::empty({std::max(count, huge_page / 4)}, at::kFloat); }
at::Tensor zeros(std::int64_t count) { return at::zeros({count}, at::kBFloat16); }

at::Tensor channels_last(const at::Tensor& tensor) { return tensor.contiguous(at::MemoryFormat::ChannelsLast); }

at::Tensor empty_map(at::IntArrayRef shape, at::ScalarType type) {
  return at::empty(shape, at::TensorOptions(type), at::MemoryFormat::ChannelsLast);
}

struct Size {
  std::int64_t height, width;

  friend bool operator==(const Size&, const Size&) = default;
};

// ---- How a map is cut into tiles ----

// Tiles of four pixels, and with `fitting` one of three or two at the end, where that covers the rest.
std::vector<Cut> cuts(std::int64_t pixels, bool fitting) {
  const std::int64_t fours = pixels / 4, rest = pixels % 4;
  if (rest == 0 || !fitting) return {{.side = 4, .first = 0, .count = (pixels + 3) / 4}};
  // Two and three take less than four and a fourth of the next four.
  if (pixels == 5) return {{.side = 2, .first = 0, .count = 1}, {.side = 3, .first = 2, .count = 1}};
  const Cut end{.side = rest == 3 ? 3 : 2, .first = 4 * fours, .count = 1};
  if (fours == 0) return {end};
  return {{.side = 4, .first = 0, .count = fours}, end};
}

std::vector<Tiling> tilings(at::IntArrayRef map, const Size& outputs, bool fitting) {
  std::vector<Tiling> all;
  for (const Cut& rows : cuts(outputs.height, fitting))
    for (const Cut& columns : cuts(outputs.width, fitting))
      all.push_back(
          {.images = map[0], .height = map[2], .width = map[3], .channels = map[1], .rows = rows, .columns = columns});
  return all;
}

// What covers `outputs` pixels of a map with the least products. This hangs on the size alone, not on the number of
// images: an image's result doesn't depend on the batch that it is in.
std::vector<Tiling> tilings(at::IntArrayRef map, const Size& outputs) {
  const auto products = [](const std::vector<Tiling>& all) {
    std::int64_t sum = 0;
    for (const Tiling& tiling : all) sum += tiling.positions() * tiling.rows.count * tiling.columns.count;
    return sum;
  };
  std::vector<Tiling> plain = tilings(map, outputs, false), fitting = tilings(map, outputs, true);
  return products(fitting) < products(plain) ? fitting : plain;
}

// The same tiles on a map of other channels.
Tiling with_channels(Tiling tiling, std::int64_t channels) {
  tiling.channels = channels;
  return tiling;
}

// The tiles of a map in blocks, as many for each thread.
struct Blocks {
  std::int64_t tiles, size, count;

  // Each of a multiple of `step`, but the last.
  Blocks(std::int64_t all, std::int64_t most, std::int64_t step) : tiles(all) {
    const std::int64_t threads = at::get_num_threads();
    const std::int64_t rounds = (all + threads * most - 1) / (threads * most);
    size = round_up((all + threads * rounds - 1) / (threads * rounds), step);
    count = (all + size - 1) / size;
  }
  TileRange operator[](std::int64_t index) const { return {index * size, std::min(tiles, (index + 1) * size)}; }
};

// ---- Convolutions ----

// What filters are transformed for: the convolution, or its input's gradient, pixel by pixel or as tiles of the
// output's gradient add to it.
enum class Use { output, input_gradient, added_input_gradient };

// Filters transformed for tiles of a shape.
at::Tensor transformed_filters(const at::Tensor& weight, const Tiling& tiles, Use use) {
  const Filters filters{
      .in = weight.size(1), .out = weight.size(0), .row_side = tiles.rows.side, .column_side = tiles.columns.side};
  const float* const from = weight.const_data_ptr<float>();
  const bool exchanged = use != Use::output;
  const std::int64_t depth = exchanged ? filters.out : filters.in, columns = exchanged ? filters.in : filters.out;
  const at::Tensor result = bf16s(tiles.positions() * depth * round_up(columns, panel));
  if (exchanged) {
    const auto transform = use == Use::input_gradient ? transform_turned_filters : transform_exchanged_filters;
    at::parallel_for(0, filters.out / 2, 4, [&](std::int64_t begin, std::int64_t end) {
      transform(filters, from, begin * 2, end * 2, mutable_data_of(result));
    });
  } else {
    if (columns % panel != 0) result.zero_();
    at::parallel_for(0, round_up(columns, 16) / 16, 1, [&](std::int64_t begin, std::int64_t end) {
      transform_filters(filters, from, begin * 16, std::min(filters.out, end * 16), mutable_data_of(result));
    });
  }
  return result;
}

// Products of tiles with transformed filters, block by block: make_factors(tiles, to) makes a block's factors and
// take(sums, tiles, begin, end) gets what comes out, the channels [begin, end). Blocks have multiples of `whole` tiles,
// and of what the product takes at once where that leaves them small enough.
template <typename MakeFactors, typename Take>
void for_each_product(const Tiling& in_map, std::int64_t out, const at::Tensor& filters, std::int64_t whole,
                      const MakeFactors& make_factors, const Take& take) {
  const std::int64_t at_once = product_rows();
  RESLAB_ASSERT(whole > 0 && at_once > 0, "blocks of no tiles");
  const std::int64_t in = in_map.channels, positions = in_map.positions();
  const std::int64_t columns = round_up(out, panel), together = std::min(columns, most_columns);
  const std::int64_t fitting = block_bytes / (positions * (2 * in + 4 * together));
  const std::int64_t most = std::clamp<std::int64_t>(fitting, least_tiles, most_tiles);
  const std::int64_t even = std::lcm(whole, at_once), step = even <= most ? even : whole;
  const Blocks blocks(in_map.tiles(), std::max(step, most / step * step), step);
  const std::int64_t in_stride = blocks.size * in + gap, out_stride = blocks.size * together + gap;
  const at::Tensor factors = bf16s(at::get_num_threads() * positions * in_stride);
  const at::Tensor sums = floats(at::get_num_threads() * positions * out_stride);
  for_each_block(blocks.count, [&](std::int64_t block, std::int64_t thread) {
    const Factors left{mutable_data_of(factors) + thread * positions * in_stride, in, in_stride};
    const Sums result{sums.mutable_data_ptr<float>() + thread * positions * out_stride, together, out_stride};
    const TileRange tiles = blocks[block];
    make_factors(tiles, left);
    for (std::int64_t column = 0; column < columns; column += together) {
      multiply({.left = left.data,
                .left_row = in / 2,
                .left_depth = 1,
                .right = data_of(filters) + column * in,
                .right_panel = in / 2 * panel,
                .result = result.data,
                .result_row = together,
                .rows = tiles.size(),
                .columns = std::min(together, columns - column),
                .depth = in / 2,
                .count = positions,
                .left_next = in_stride / 2,
                .right_next = columns * in / 2,
                .result_next = out_stride});
      take(result, tiles, column, std::min(out, column + together));
    }
  });
}

// The convolution of x, or of what it stands for, on some of the tiles of y. Where y has slots it is pooled.
void convolve(const Pooled& x, const Tiling& in_map, const at::Tensor& filters, const Tiling& out_map,
              const Pooled& y) {
  const at::Tensor none = zeros(in_map.channels);
  const Values values{data_of(x.values), data_of(none), slots_of(x)};
  std::uint16_t* const to = mutable_data_of(y.values);
  std::uint8_t* const to_slots = y.slots.defined() ? y.slots.mutable_data_ptr<std::uint8_t>() : nullptr;
  for_each_product(
      in_map, out_map.channels, filters, 1,
      [&](TileRange tiles, const Factors& left) { transform_input(in_map, values, tiles, left); },
      [&](const Sums& sums, TileRange tiles, std::int64_t begin, std::int64_t end) {
        if (to_slots == nullptr)
          transform_output(out_map, sums, tiles, begin, end, to);
        else
          transform_output_pooled(out_map, sums, tiles, begin, end, to, to_slots);
      });
}

// What some of the tiles of a pooled map add to the input's gradient. No two threads in one image, so that they are
// added in order.
void add_input_gradient(const Pooled& dy, const Tiling& out_map, const at::Tensor& filters, const Tiling& in_map,
                        const at::Tensor& dx) {
  const at::Tensor none = zeros(out_map.channels);
  const Values values{data_of(dy.values), data_of(none), slots_of(dy)};
  const std::int64_t an_image = out_map.rows.count * out_map.columns.count;
  std::uint16_t* const to = mutable_data_of(dx);
  for_each_product(
      out_map, in_map.channels, filters, an_image,
      [&](TileRange tiles, const Factors& left) {
        RESLAB_ASSERT(tiles.begin % an_image == 0, "a block begins within an image");
        transform_pooled_gradient(out_map, values, tiles, left);
      },
      [&](const Sums& sums, TileRange tiles, std::int64_t begin, std::int64_t end) {
        transform_input_gradient(in_map, sums, tiles, begin, end, to);
      });
}

// ---- The weight's gradient ----

// Adds what some of the tiles give.
void add_weight_gradient(const Pooled& dy, const Tiling& out_map, const at::Tensor& x, const Tiling& in_map,
                         const at::Tensor& gradient) {
  const std::int64_t in = in_map.channels, out = out_map.channels, positions = in_map.positions();
  const std::int64_t columns = round_up(out, panel);
  const std::int64_t together = std::min(gradient_tiles, round_up(in_map.tiles(), 2));
  const std::int64_t in_stride = together * in + gap, out_stride = together * columns + gap;
  const at::Tensor left = bf16s(positions * in_stride), right = bf16s(positions * out_stride);
  const Factors inputs{mutable_data_of(left), in, in_stride};
  const Factors outputs{mutable_data_of(right), together, out_stride};
  const at::Tensor sums = floats(positions * (in * columns + gap));
  const Sums du{sums.mutable_data_ptr<float>(), columns, in * columns + gap};
  const at::Tensor none = zeros(std::max(in, out));
  const Values of_input{data_of(x), data_of(none)}, of_gradient{data_of(dy.values), data_of(none), slots_of(dy)};
  for (std::int64_t first = 0; first < in_map.tiles(); first += together) {
    const std::int64_t pairs = (std::min(together, in_map.tiles() - first) + 1) / 2;
    at::parallel_for(0, pairs, 4, [&](std::int64_t begin, std::int64_t end) {
      const TileRange tiles{first + 2 * begin, std::min(first + 2 * end, in_map.tiles())};
      Factors to = inputs;
      to.data += 2 * begin * in;
      transform_input_pairs(in_map, of_input, tiles, to);
      to = outputs;
      to.data += 2 * begin * panel;
      transform_output_gradient(out_map, of_gradient, tiles, to);
    });
    for_each_block(positions, [&](std::int64_t p, std::int64_t) {
      multiply({.left = inputs.data + p * in_stride,
                .left_row = 1,
                .left_depth = in,
                .right = outputs.data + p * out_stride,
                .right_panel = together / 2 * panel,
                .result = du.data + p * du.stride,
                .result_row = columns,
                .rows = in,
                .columns = columns,
                .depth = pairs,
                .accumulate = first > 0});
    });
  }
  const Filters filters{.in = in, .out = out, .row_side = in_map.rows.side, .column_side = in_map.columns.side};
  at::parallel_for(0, round_up(out, 16) / 16, 1, [&](std::int64_t begin, std::int64_t end) {
    transform_filter_gradient(filters, du, begin * 16, std::min(out, end * 16), gradient.mutable_data_ptr<float>());
  });
}

Size whole(at::IntArrayRef map) { return {map[2], map[3]}; }

// What pooling by 2×2 looks at.
Size in_windows(at::IntArrayRef map) { return {map[2] / 2 * 2, map[3] / 2 * 2}; }

}  // namespace

at::Tensor output(const at::Tensor& x, const at::Tensor& weight) {
  const at::Tensor w = channels_last(weight);
  const Pooled y{.values = empty_map({x.size(0), w.size(0), x.size(2), x.size(3)}, at::kBFloat16)};
  for (const Tiling& tiles : tilings(x.sizes(), whole(x.sizes())))
    convolve({.values = x}, tiles, transformed_filters(w, tiles, Use::output), with_channels(tiles, w.size(0)), y);
  return y.values;
}

Pooled pooled_output(const at::Tensor& x, const at::Tensor& weight) {
  const at::Tensor w = channels_last(weight);
  const std::vector<std::int64_t> shape{x.size(0), w.size(0), x.size(2) / 2, x.size(3) / 2};
  Pooled y{.values = empty_map(shape, at::kBFloat16), .slots = empty_map(shape, at::kByte)};
  for (const Tiling& tiles : tilings(x.sizes(), in_windows(x.sizes())))
    convolve({.values = x}, tiles, transformed_filters(w, tiles, Use::output), with_channels(tiles, w.size(0)), y);
  return y;
}

at::Tensor input_gradient(const Pooled& dy, at::IntArrayRef input, const at::Tensor& weight) {
  const at::Tensor w = channels_last(weight);
  const Pooled dx{.values = empty_map(input, at::kBFloat16)};
  // The tiles of the input's gradient reach into what pooling left over, where the output's gradient is zero. Those of
  // the output's gradient don't.
  if (const Size seen = in_windows(input); dy.slots.defined() && seen != whole(input)) {
    for (const Tiling& tiles : tilings(input, seen))
      add_input_gradient(dy, with_channels(tiles, w.size(0)), transformed_filters(w, tiles, Use::added_input_gradient),
                         tiles, dx.values);
    return dx.values;
  }
  for (const Tiling& tiles : tilings(input, whole(input)))
    convolve(dy, with_channels(tiles, w.size(0)), transformed_filters(w, tiles, Use::input_gradient), tiles, dx);
  return dx.values;
}

at::Tensor weight_gradient(const Pooled& dy, const at::Tensor& x) {
  at::Tensor gradient = empty_map({dy.values.size(1), x.size(1), 3, 3}, at::kFloat).zero_();
  for (const Tiling& tiles : tilings(x.sizes(), dy.slots.defined() ? in_windows(x.sizes()) : whole(x.sizes())))
    add_weight_gradient(dy, with_channels(tiles, dy.values.size(1)), x, tiles, gradient);
  return gradient;
}

}  // namespace reslab::nn::kernels::bf16
