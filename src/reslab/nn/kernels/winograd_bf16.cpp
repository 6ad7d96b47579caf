#include "reslab/nn/kernels/winograd_bf16.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "reslab/nn/kernels/winograd_bf16_blocks.h"

#ifndef _OPENMP
#error "at::parallel_for is serial without OpenMP"
#endif

namespace reslab::nn::kernels::bf16 {
namespace {

// Of a block's factors and sums together: they should stay in the second-level cache.
constexpr std::int64_t block_bytes = 768 << 10;
// Output channels whose sums are made and transformed together.
constexpr std::int64_t most_columns = 64;
// Tiles of a step of the weight's gradient.
constexpr std::int64_t gradient_tiles = 256;
// Between two positions' matrices, so that they don't fall into the same cache sets.
constexpr std::int64_t gap = 32;

std::int64_t round_up(std::int64_t value, std::int64_t step) { return (value + step - 1) / step * step; }

// Tiles of 3×3 where they waste less on the map's border.
Tiling tiling_of(const at::Tensor& map) {
  Tiling of_four{
      .images = map.size(0), .height = map.size(2), .width = map.size(3), .channels = map.size(1), .side = 4};
  Tiling of_three = of_four;
  of_three.side = 3;
  const auto products = [](const Tiling& tiling) { return tiling.tiles() * tiling.positions(); };
  return products(of_three) < products(of_four) ? of_three : of_four;
}

const std::uint16_t* data_of(const at::Tensor& tensor) {
  return reinterpret_cast<const std::uint16_t*>(tensor.const_data_ptr<at::BFloat16>());
}

std::uint16_t* mutable_data_of(const at::Tensor& tensor) {
  return reinterpret_cast<std::uint16_t*>(tensor.mutable_data_ptr<at::BFloat16>());
}

// What lies in the second-level cache must lie on a huge page: the cache is indexed by physical addresses, and
// scattered small pages would crowd some of its sets (seen: a quarter slower, by chance).
constexpr std::int64_t huge_page = 2 << 20;

at::Tensor bf16s(std::int64_t count) { return at::empty({std::max(count, huge_page / 2)}, at::kBFloat16); }
at::Tensor floats(std::int64_t count) { return at::empty({std::max(count, huge_page / 4)}, at::kFloat); }
at::Tensor zeros(std::int64_t count) { return at::zeros({count}, at::kBFloat16); }
at::Tensor channels_last(const at::Tensor& tensor) { return tensor.contiguous(at::MemoryFormat::ChannelsLast); }

// The tiles of a map in blocks, as many for each thread.
struct Blocks {
  std::int64_t tiles, size, count;

  Blocks(std::int64_t all, std::int64_t most) : tiles(all) {
    const std::int64_t threads = at::get_num_threads();
    const std::int64_t rounds = (all + threads * most - 1) / (threads * most);
    size = round_up((all + threads * rounds - 1) / (threads * rounds), 12);
    count = (all + size - 1) / size;
  }
  TileRange operator[](std::int64_t index) const { return {index * size, std::min(tiles, (index + 1) * size)}; }
};

at::Tensor empty_map(const Tiling& map, at::ScalarType type) {
  return at::empty({map.images, map.channels, map.height, map.width}, at::TensorOptions(type),
                   at::MemoryFormat::ChannelsLast);
}

// Of a map of twice the size (and one more, where that is odd).
Tiling pooled(Tiling map) {
  map.height /= 2;
  map.width /= 2;
  return map;
}

const std::uint8_t* slots_of(const at::Tensor& slots) {
  return slots.defined() ? slots.const_data_ptr<std::uint8_t>() : nullptr;
}

// The convolution with transformed filters of out_map's channels of x, or of what x and x_slots stand for. Pooled where
// slots are wanted.
at::Tensor convolve(const at::Tensor& x, const at::Tensor& x_slots, const Tiling& in_map, const at::Tensor& filters,
                    const Tiling& out_map, at::Tensor* slots) {
  const std::int64_t out = out_map.channels;
  const Tiling y_map = slots == nullptr ? out_map : pooled(out_map);
  at::Tensor y = empty_map(y_map, at::kBFloat16);
  if (slots != nullptr) *slots = empty_map(y_map, at::kByte);
  const std::int64_t in = in_map.channels, positions = in_map.positions(), columns = round_up(out, panel);
  const std::int64_t step = std::min(columns, most_columns);
  const std::int64_t fitting = block_bytes / (positions * (2 * in + 4 * step));
  const Blocks blocks(in_map.tiles(), std::clamp<std::int64_t>(fitting / 12 * 12, 36, 192));
  const std::int64_t in_stride = blocks.size * in + gap, out_stride = blocks.size * step + gap;
  const at::Tensor factors = bf16s(at::get_num_threads() * positions * in_stride);
  const at::Tensor sums = floats(at::get_num_threads() * positions * out_stride);
  const at::Tensor none = zeros(in);
  const Values values{data_of(x), data_of(none), slots_of(x_slots)};
  std::uint16_t* const to = mutable_data_of(y);
  std::uint8_t* const to_slots = slots == nullptr ? nullptr : slots->mutable_data_ptr<std::uint8_t>();
  at::parallel_for(0, blocks.count, 1, [&](std::int64_t first, std::int64_t last) {
    const std::int64_t thread = at::get_thread_num();
    const Factors left{mutable_data_of(factors) + thread * positions * in_stride, in, in_stride};
    const Sums result{sums.mutable_data_ptr<float>() + thread * positions * out_stride, step, out_stride};
    for (std::int64_t block = first; block < last; ++block) {
      const TileRange tiles = blocks[block];
      transform_input(in_map, values, tiles, left);
      for (std::int64_t column = 0; column < columns; column += step) {
        for (std::int64_t p = 0; p < positions; ++p)
          multiply({.left = left.data + p * in_stride,
                    .left_row = in / 2,
                    .left_depth = 1,
                    .right = data_of(filters) + (p * columns + column) * in,
                    .right_panel = in / 2 * panel,
                    .result = result.data + p * out_stride,
                    .result_row = step,
                    .rows = tiles.size(),
                    .columns = std::min(step, columns - column),
                    .depth = in / 2});
        const std::int64_t end = std::min(out, column + step);
        if (to_slots == nullptr)
          transform_output(out_map, result, tiles, column, end, to);
        else
          transform_output_pooled(out_map, result, tiles, column, end, to, to_slots);
      }
    }
  });
  return y;
}

// For the convolution itself.
at::Tensor transformed_filters(const at::Tensor& weight, std::int64_t side) {
  const at::Tensor w = channels_last(weight);
  const std::int64_t out = w.size(0), in = w.size(1), columns = round_up(out, panel);
  const at::Tensor filters = bf16s((side + 2) * (side + 2) * in * columns);
  if (columns != out) filters.zero_();
  at::parallel_for(0, round_up(out, 16) / 16, 1, [&](std::int64_t begin, std::int64_t end) {
    transform_filters(w.const_data_ptr<float>(), side, in, out, begin * 16, std::min(out, end * 16),
                      mutable_data_of(filters));
  });
  return filters;
}

// For the input's gradient.
at::Tensor transformed_turned_filters(const at::Tensor& weight, std::int64_t side) {
  const at::Tensor w = channels_last(weight);
  const std::int64_t out = w.size(0), in = w.size(1);
  const at::Tensor filters = bf16s((side + 2) * (side + 2) * out * round_up(in, panel));
  at::parallel_for(0, out / 2, 4, [&](std::int64_t begin, std::int64_t end) {
    transform_turned_filters(w.const_data_ptr<float>(), side, in, out, begin * 2, end * 2, mutable_data_of(filters));
  });
  return filters;
}

Tiling with_channels(Tiling map, std::int64_t channels) {
  map.channels = channels;
  return map;
}

Tiling tiles_of_four(Tiling map) {
  map.side = 4;
  return map;
}

}  // namespace

at::Tensor output(const at::Tensor& x, const at::Tensor& weight) {
  const Tiling map = tiling_of(x);
  return convolve(x, {}, map, transformed_filters(weight, map.side), with_channels(map, weight.size(0)), nullptr);
}

Pooled pooled_output(const at::Tensor& x, const at::Tensor& weight) {
  const Tiling map = tiles_of_four(tiling_of(x));
  at::Tensor slots;
  at::Tensor y = convolve(x, {}, map, transformed_filters(weight, 4), with_channels(map, weight.size(0)), &slots);
  return {std::move(y), std::move(slots)};
}

at::Tensor input_gradient(const at::Tensor& dy, const at::Tensor& weight) {
  const Tiling map = tiling_of(dy);
  return convolve(dy, {}, map, transformed_turned_filters(weight, map.side), with_channels(map, weight.size(1)),
                  nullptr);
}

at::Tensor input_gradient(const Pooled& dy, const at::Tensor& x, const at::Tensor& weight) {
  const Tiling map = tiles_of_four(tiling_of(x));
  return convolve(dy.values, dy.slots, with_channels(map, weight.size(0)), transformed_turned_filters(weight, 4), map,
                  nullptr);
}

at::Tensor weight_gradient(const Pooled& dy, const at::Tensor& x) {
  // Gradients that belong to pooled values come in windows of 2×2, which tiles of 3×3 would cut.
  const Tiling in_map = dy.slots.defined() ? tiles_of_four(tiling_of(x)) : tiling_of(x);
  const Tiling out_map = with_channels(in_map, dy.values.size(1));
  const std::int64_t in = in_map.channels, out = out_map.channels, positions = in_map.positions();
  const std::int64_t columns = round_up(out, panel);
  const std::int64_t tiles_together = std::min(gradient_tiles, round_up(in_map.tiles(), 2));
  const std::int64_t in_stride = tiles_together * in + gap, out_stride = tiles_together * columns + gap;
  const at::Tensor left = bf16s(positions * in_stride), right = bf16s(positions * out_stride);
  const Factors inputs{mutable_data_of(left), in, in_stride};
  const Factors outputs{mutable_data_of(right), tiles_together, out_stride};
  const at::Tensor sums = floats(positions * (in * columns + gap));
  const Sums du{sums.mutable_data_ptr<float>(), columns, in * columns + gap};
  const at::Tensor none = zeros(std::max(in, out));
  const Values of_input{data_of(x), data_of(none)}, of_gradient{data_of(dy.values), data_of(none), slots_of(dy.slots)};
  for (std::int64_t first = 0; first < in_map.tiles(); first += tiles_together) {
    const std::int64_t pairs = (std::min(tiles_together, in_map.tiles() - first) + 1) / 2;
    at::parallel_for(0, pairs, 4, [&](std::int64_t begin, std::int64_t end) {
      const TileRange tiles{first + 2 * begin, std::min(first + 2 * end, in_map.tiles())};
      Factors to = inputs;
      to.data += 2 * begin * in;
      transform_input_pairs(in_map, of_input, tiles, to);
      to = outputs;
      to.data += 2 * begin * panel;
      transform_output_gradient(out_map, of_gradient, tiles, to);
    });
    at::parallel_for(0, positions, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t p = begin; p < end; ++p)
        multiply({.left = inputs.data + p * in_stride,
                  .left_row = 1,
                  .left_depth = in,
                  .right = outputs.data + p * out_stride,
                  .right_panel = tiles_together / 2 * panel,
                  .result = du.data + p * du.stride,
                  .result_row = columns,
                  .rows = in,
                  .columns = columns,
                  .depth = pairs,
                  .accumulate = first > 0});
    });
  }
  at::Tensor gradient = at::empty({out, in, 3, 3}, at::TensorOptions(at::kFloat), at::MemoryFormat::ChannelsLast);
  at::parallel_for(0, round_up(out, 16) / 16, 1, [&](std::int64_t begin, std::int64_t end) {
    transform_filter_gradient(du, in_map.side, in, begin * 16, std::min(out, end * 16),
                              gradient.mutable_data_ptr<float>());
  });
  return gradient;
}

}  // namespace reslab::nn::kernels::bf16
