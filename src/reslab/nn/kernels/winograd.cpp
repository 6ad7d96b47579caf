#include "reslab/nn/kernels/winograd.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/zeros.h>
#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include <vector>

#include "reslab/core/error.h"
#include "reslab/nn/kernels/bf16_product.h"
#include "reslab/nn/kernels/winograd_bf16.h"
#include "reslab/nn/kernels/winograd_blocks.h"

#if !defined(_OPENMP) && !defined(RESLAB_WITHOUT_OPENMP)
#error "at::parallel_for is serial without OpenMP"
#endif

namespace reslab::nn::kernels {
namespace {

// Tiles of a block: enough to use each transformed filter often, few enough that a block's products stay in the cache.
constexpr std::int64_t block_tiles = 96;
// Tiles of a step of the weight's gradient: both operands of a panel fit into the first-level cache.
constexpr std::int64_t gradient_tiles = 192;
// Between two positions' matrices, so that the 36 of them don't fall into the same cache sets.
constexpr std::int64_t gap = 32;

std::int64_t round_up(std::int64_t value, std::int64_t step) { return (value + step - 1) / step * step; }

at::Tensor floats(std::int64_t count) { return at::empty({count}, at::kFloat); }

at::Tensor empty_map(std::int64_t images, std::int64_t channels, std::int64_t height, std::int64_t width) {
  return at::empty({images, channels, height, width}, at::TensorOptions(at::kFloat), at::MemoryFormat::ChannelsLast);
}

WinogradMap map_of(const at::Tensor& tensor) {
  return {.images = tensor.size(0), .height = tensor.size(2), .width = tensor.size(3), .channels = tensor.size(1)};
}

at::Tensor channels_last(const at::Tensor& tensor) { return tensor.contiguous(at::MemoryFormat::ChannelsLast); }

// G g Gᵀ of filters given as [3, 3, in, out], contiguous.
at::Tensor transform_filters(const at::Tensor& filters) {
  const std::int64_t in = filters.size(2), out = filters.size(3);
  at::Tensor transformed = floats(winograd_positions * in * round_up(out, winograd_target()->panel));
  const float* const from = filters.const_data_ptr<float>();
  float* const to = transformed.mutable_data_ptr<float>();
  at::parallel_for(0, in, 8, [&](std::int64_t begin, std::int64_t end) {
    winograd_transform_filters(from, in, out, begin, end, to);
  });
  return transformed;
}

// Blocks of tiles, as many for each thread.
struct Blocks {
  std::int64_t tiles, size, count;

  explicit Blocks(std::int64_t all) : tiles(all) {
    const std::int64_t threads = at::get_num_threads();
    const std::int64_t rounds = (all + threads * block_tiles - 1) / (threads * block_tiles);
    size = round_up((all + threads * rounds - 1) / (threads * rounds), 12);
    count = (all + size - 1) / size;
  }
  TileRange operator[](std::int64_t index) const { return {index * size, std::min(tiles, (index + 1) * size)}; }
};

// The convolution of x with transformed filters of `out` channels.
at::Tensor convolve(const at::Tensor& x, const at::Tensor& filters, std::int64_t out) {
  const WinogradMap in_map = map_of(x);
  WinogradMap out_map = in_map;
  out_map.channels = out;
  at::Tensor y = empty_map(in_map.images, out, in_map.height, in_map.width);
  const Blocks blocks(in_map.tiles());
  const std::int64_t panel = winograd_target()->panel, columns = round_up(out, panel);
  const std::int64_t in_stride = blocks.size * in_map.channels + gap, out_stride = blocks.size * columns + gap;
  const std::int64_t scratch = winograd_positions * (in_stride + out_stride);
  const at::Tensor memory = floats(at::get_num_threads() * scratch);
  const at::Tensor zeros = at::zeros({in_map.channels}, at::kFloat);
  at::parallel_for(0, blocks.count, 1, [&](std::int64_t begin, std::int64_t end) {
    float* const mine = memory.mutable_data_ptr<float>() + at::get_thread_num() * scratch;
    const Positions inputs{.data = mine, .columns = in_map.channels, .stride = in_stride};
    const Positions outputs{.data = mine + winograd_positions * in_stride, .columns = columns, .stride = out_stride};
    for (std::int64_t block = begin; block < end; ++block) {
      const TileRange tiles = blocks[block];
      winograd_transform_input(in_map, x.const_data_ptr<float>(), tiles, zeros.const_data_ptr<float>(), inputs);
      for (std::int64_t p = 0; p < winograd_positions; ++p)
        winograd_product({.left = inputs.data + p * in_stride,
                          .left_row = in_map.channels,
                          .left_depth = 1,
                          .right = filters.const_data_ptr<float>() + p * in_map.channels * columns,
                          .right_panel = in_map.channels * panel,
                          .result = outputs.data + p * out_stride,
                          .result_row = columns,
                          .rows = tiles.size(),
                          .columns = columns,
                          .depth = in_map.channels});
      winograd_transform_output(out_map, outputs, tiles, y.mutable_data_ptr<float>());
    }
  });
  return y;
}

void check_instructions(const at::Tensor& input) {
  RESLAB_ASSERT(winograd_instructions(input.scalar_type()) != nullptr,
                "this processor can't run Winograd's convolution of ", input.scalar_type());
}

// The output pooled by 2×2, in bf16.
class PooledConv3x3 : public torch::autograd::Function<PooledConv3x3> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& input,
                            const at::Tensor& weight) {
    RECORD_FUNCTION("reslab::conv3x3_pool2", std::vector<c10::IValue>({input, weight}));
    bf16::Pooled pooled = bf16::pooled_output(channels_last(input), weight);
    context->save_for_backward({input, weight, pooled.slots});
    return pooled.values;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    RESLAB_ASSERT(!at::GradMode::is_enabled(), "Winograd's convolution is differentiable once");
    const auto saved = context->get_saved_variables();
    const bf16::Pooled gradient{.values = channels_last(gradients[0]), .slots = saved[2]};
    const at::Tensor input = channels_last(saved[0]);
    at::Tensor of_input, of_weight;
    if (context->needs_input_grad(0)) {
      RECORD_FUNCTION("reslab::conv3x3_input_gradient", std::vector<c10::IValue>({gradient.values, saved[1], input}));
      of_input = bf16::input_gradient(gradient, input.sizes(), saved[1]);
    }
    if (context->needs_input_grad(1)) {
      RECORD_FUNCTION("reslab::conv3x3_weight_gradient", std::vector<c10::IValue>({gradient.values, input}));
      of_weight = bf16::weight_gradient(gradient, input);
    }
    return {of_input, of_weight};
  }
};

class Conv3x3 : public torch::autograd::Function<Conv3x3> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& input,
                            const at::Tensor& weight) {
    RECORD_FUNCTION("reslab::conv3x3", std::vector<c10::IValue>({input, weight}));
    context->save_for_backward({input, weight});
    if (input.scalar_type() == at::kBFloat16) return bf16::output(channels_last(input), weight);
    return convolve(channels_last(input), transform_filters(weight.permute({2, 3, 1, 0}).contiguous()), weight.size(0));
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    RESLAB_ASSERT(!at::GradMode::is_enabled(), "Winograd's convolution is differentiable once");
    const auto saved = context->get_saved_variables();
    const at::Tensor gradient = channels_last(gradients[0]);
    at::Tensor of_input, of_weight;
    if (context->needs_input_grad(0)) of_input = winograd_input_gradient(gradient, saved[1]);
    if (context->needs_input_grad(1)) of_weight = winograd_weight_gradient(gradient, saved[0]);
    return {of_input, of_weight};
  }
};

// Pixels. In fp32 all tiles have four.
std::int64_t least_side(at::ScalarType activations) { return activations == at::kBFloat16 ? 2 : 3; }

}  // namespace

const char* winograd_instructions(at::ScalarType activations) {
  if (activations == at::kFloat) return winograd_target() == nullptr ? nullptr : winograd_target()->name;
  if (activations != at::kBFloat16) return nullptr;
  switch (bf16::instructions()) {
    case bf16::Instructions::none: break;
    case bf16::Instructions::avx512: return "AVX-512 bf16";
    case bf16::Instructions::amx: return "AMX bf16";
  }
  return nullptr;
}

bool winograd_applies(const at::Tensor& input, const at::Tensor& weight) {
  const auto fits = [](std::int64_t channels) { return channels >= 16 && channels % 8 == 0; };
  return input.is_cpu() && weight.is_cpu() && winograd_instructions(input.scalar_type()) != nullptr &&
         weight.scalar_type() == at::kFloat && weight.dim() == 4 && weight.size(2) == 3 && weight.size(3) == 3 &&
         fits(weight.size(0)) && fits(weight.size(1)) && input.dim() == 4 && input.size(1) == weight.size(1) &&
         input.numel() > 0 && std::min(input.size(2), input.size(3)) >= least_side(input.scalar_type()) &&
         input.is_contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor winograd_conv3x3(const at::Tensor& input, const at::Tensor& weight) {
  check_instructions(input);
  return Conv3x3::apply(input, weight);
}

at::Tensor winograd_conv3x3_pool2(const at::Tensor& input, const at::Tensor& weight) {
  check_instructions(input);
  if (input.scalar_type() == at::kBFloat16) return PooledConv3x3::apply(input, weight);
  return at::max_pool2d(winograd_conv3x3(input, weight), 2);
}

at::Tensor winograd_input_gradient(const at::Tensor& grad_output, const at::Tensor& weight) {
  check_instructions(grad_output);
  RECORD_FUNCTION("reslab::conv3x3_input_gradient", std::vector<c10::IValue>({grad_output, weight}));
  if (grad_output.scalar_type() == at::kBFloat16)
    return bf16::input_gradient({.values = channels_last(grad_output)},
                                {grad_output.size(0), weight.size(1), grad_output.size(2), grad_output.size(3)},
                                weight);
  // Turned by 180 degrees, from the output's channels to the input's.
  return convolve(channels_last(grad_output), transform_filters(weight.flip({2, 3}).permute({2, 3, 0, 1}).contiguous()),
                  weight.size(1));
}

at::Tensor winograd_weight_gradient(const at::Tensor& grad_output, const at::Tensor& input) {
  check_instructions(input);
  RECORD_FUNCTION("reslab::conv3x3_weight_gradient", std::vector<c10::IValue>({grad_output, input}));
  if (input.scalar_type() == at::kBFloat16)
    return bf16::weight_gradient({.values = channels_last(grad_output)}, channels_last(input));
  const at::Tensor x = channels_last(input), dy = channels_last(grad_output);
  const WinogradMap in_map = map_of(x), out_map = map_of(dy);
  const std::int64_t in = in_map.channels, out = out_map.channels, panel = winograd_target()->panel;
  const std::int64_t panels = round_up(out, panel) / panel, columns = panels * panel;
  const std::int64_t in_stride = gradient_tiles * in + gap, out_stride = gradient_tiles * columns + gap;
  const at::Tensor memory = floats(winograd_positions * (in_stride + out_stride));
  const Positions inputs{.data = memory.mutable_data_ptr<float>(), .columns = in, .stride = in_stride};
  const Positions outputs{
      .data = inputs.data + winograd_positions * in_stride, .columns = gradient_tiles, .stride = out_stride};
  const at::Tensor sums = floats(winograd_positions * (in * columns + gap));
  const Positions du{.data = sums.mutable_data_ptr<float>(), .columns = columns, .stride = in * columns + gap};
  const at::Tensor zeros = at::zeros({std::max(in, out)}, at::kFloat);
  const float* const none = zeros.const_data_ptr<float>();
  for (std::int64_t first = 0; first < in_map.tiles(); first += gradient_tiles) {
    const std::int64_t count = std::min(gradient_tiles, in_map.tiles() - first);
    at::parallel_for(0, count, 8, [&](std::int64_t begin, std::int64_t end) {
      const TileRange tiles{first + begin, first + end};
      Positions to = inputs;
      to.data += begin * in;
      winograd_transform_input(in_map, x.const_data_ptr<float>(), tiles, none, to);
      to = outputs;
      to.data += begin * panel;
      winograd_transform_output_gradient(out_map, dy.const_data_ptr<float>(), tiles, none, to);
    });
    at::parallel_for(0, winograd_positions, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t p = begin; p < end; ++p)
        winograd_product({.left = inputs.data + p * in_stride,
                          .left_row = 1,
                          .left_depth = in,
                          .right = outputs.data + p * out_stride,
                          .right_panel = gradient_tiles * panel,
                          .result = du.data + p * du.stride,
                          .result_row = columns,
                          .rows = in,
                          .columns = columns,
                          .depth = count,
                          .accumulate = first > 0});
    });
  }
  at::Tensor gradient = empty_map(out, in, 3, 3);
  at::parallel_for(0, out / 8, 1, [&](std::int64_t begin, std::int64_t end) {
    winograd_transform_filter_gradient(du, in, begin * 8, end * 8, gradient.mutable_data_ptr<float>());
  });
  return gradient;
}

}  // namespace reslab::nn::kernels
