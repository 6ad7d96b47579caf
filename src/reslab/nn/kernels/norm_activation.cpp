#include "reslab/nn/kernels/norm_activation.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "reslab/core/error.h"
#include "reslab/nn/kernels/norm_rows.h"
#include "reslab/nn/kernels/parallel.h"

namespace reslab::nn::kernels {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr auto last = at::MemoryFormat::ChannelsLast;

// A map as rows of channels, in blocks small enough for a first- or second-level cache and large enough that their sums
// are little beside them.
struct Map {
  explicit Map(const at::Tensor& x)
      : type(x.scalar_type() == at::kFloat ? Element::fp32 : Element::bf16),
        channels(x.size(1)),
        rows(x.size(0) * x.size(2) * x.size(3)),
        row_bytes(channels * static_cast<std::int64_t>(x.element_size())),
        block_rows(std::clamp<std::int64_t>(block_bytes / row_bytes, 64, 1024)) {}

  std::int64_t blocks() const { return (rows + block_rows - 1) / block_rows; }
  Rows block(std::int64_t index) const {
    return {.type = type, .rows = std::min(block_rows, rows - index * block_rows), .channels = channels};
  }
  std::int64_t offset(std::int64_t index) const { return index * block_rows * row_bytes; }  // bytes

  Element type;
  std::int64_t channels, rows, row_bytes, block_rows;

 private:
  static constexpr std::int64_t block_bytes = 16 << 10;
};

const char* bytes(const at::Tensor& tensor) { return static_cast<const char*>(tensor.const_data_ptr()); }
char* mutable_bytes(const at::Tensor& tensor) { return static_cast<char*>(tensor.mutable_data_ptr()); }
const float* floats(const at::Tensor& tensor) { return tensor.const_data_ptr<float>(); }

// Two numbers of each block and channel.
struct Partial {
  explicit Partial(const Map& map) : sums(at::empty({2, map.blocks(), map.channels}, at::kFloat)) {}
  float* first(std::int64_t block) const { return sums.mutable_data_ptr<float>() + block * sums.size(2); }
  float* second(std::int64_t block) const { return first(sums.size(1) + block); }

  at::Tensor sums;
};

// Blocks are merged for so many channels at a time, always in their order.
constexpr std::int64_t channels_together = 16;

struct Statistics {
  at::Tensor mean, variance;  // [c], fp32; the variance biased
};

Statistics batch_statistics(const at::Tensor& x) {
  const Map map(x);
  const Partial partial(map);
  for_each_block(map.blocks(), [&](std::int64_t block, std::int64_t) {
    row_statistics(map.block(block), bytes(x) + map.offset(block), partial.first(block), partial.second(block));
  });
  Statistics result{at::empty({map.channels}, at::kFloat), at::empty({map.channels}, at::kFloat)};
  float* const means = result.mean.mutable_data_ptr<float>();
  float* const variances = result.variance.mutable_data_ptr<float>();
  for_each_block((map.channels + channels_together - 1) / channels_together, [&](std::int64_t part, std::int64_t) {
    const std::int64_t first = part * channels_together, channels = std::min(channels_together, map.channels - first);
    double count = 0, mean[channels_together] = {}, squares[channels_together] = {};
    for (std::int64_t block = 0; block < map.blocks(); ++block) {
      const auto more = static_cast<double>(map.block(block).rows);
      const double share = more / (count + more);
      const float *const block_mean = partial.first(block) + first, *const block_squares =
                                                                        partial.second(block) + first;
      for (std::int64_t c = 0; c < channels; ++c) {
        const double apart = block_mean[c] - mean[c];
        squares[c] += block_squares[c] + apart * apart * count * share;
        mean[c] += apart * share;
      }
      count += more;
    }
    for (std::int64_t c = 0; c < channels; ++c) {
      means[first + c] = static_cast<float>(mean[c]);
      variances[first + c] = static_cast<float>(squares[c] / count);
    }
  });
  return result;
}

// The sums over the blocks: [2, c], fp64.
at::Tensor totals(const Map& map, const Partial& partial) {
  at::Tensor result = at::zeros({2, map.channels}, at::kDouble);
  double* const sums = result.mutable_data_ptr<double>();
  for_each_block((map.channels + channels_together - 1) / channels_together, [&](std::int64_t part, std::int64_t) {
    const std::int64_t first = part * channels_together, end = std::min(first + channels_together, map.channels);
    for (std::int64_t block = 0; block < map.blocks(); ++block)
      for (std::int64_t c = first; c < end; ++c) {
        sums[c] += partial.first(block)[c];
        sums[map.channels + c] += partial.second(block)[c];
      }
  });
  return result;
}

void move_running(const NormActivation& norm, const Statistics& batch, std::int64_t rows) {
  const auto unbiased = static_cast<double>(rows) / static_cast<double>(rows - 1);
  norm.running_mean.mul_(1 - norm.momentum).add_(batch.mean, norm.momentum);
  norm.running_var.mul_(1 - norm.momentum).add_(batch.variance, norm.momentum * unbiased);
}

class NormActivationFunction : public torch::autograd::Function<NormActivationFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& bias, const std::optional<at::Tensor>& residual,
                            const NormActivation& norm) {
    RECORD_FUNCTION("reslab::norm_activation", std::vector<c10::IValue>({x}));
    const Map map(x);
    Statistics statistics{norm.running_mean, norm.running_var};
    if (norm.training) {
      statistics = batch_statistics(x);
      move_running(norm, statistics, map.rows);
    }
    at::Tensor inverse = (statistics.variance + norm.eps).rsqrt();  // of the deviation
    if (norm.training) inverse.masked_fill_(statistics.variance == 0, 1);
    const at::Tensor scale = (inverse * weight).contiguous();
    const at::Tensor shift = (bias - statistics.mean * scale).contiguous();
    at::Tensor y = at::empty_like(x);
    const Affine affine{floats(scale), floats(shift)};
    const at::Tensor added = residual ? residual->contiguous(last) : at::Tensor();
    for_each_block(map.blocks(), [&](std::int64_t block, std::int64_t) {
      const std::int64_t offset = map.offset(block);
      row_activation(map.block(block), bytes(x) + offset, affine, norm.activation,
                     {added.defined() ? bytes(added) + offset : nullptr, norm.residual_first},
                     mutable_bytes(y) + offset);
    });
    // The running statistics go on moving: what the gradient needs of them is in scale and shift, but for the mean.
    context->save_for_backward({x, norm.training ? statistics.mean : statistics.mean.clone(), inverse, scale, shift,
                                norm.residual_first ? added : at::Tensor()});
    context->saved_data["training"] = norm.training;
    context->saved_data["residual"] = residual.has_value();
    context->saved_data["activation"] = static_cast<std::int64_t>(norm.activation);
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    RESLAB_ASSERT(!at::GradMode::is_enabled(), "batch norm with its activation is differentiable once");
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &mean = saved[1], &inverse = saved[2], &scale = saved[3], &shift = saved[4],
                     &added_first = saved[5];
    auto activation = static_cast<Activation>(context->saved_data["activation"].toInt());
    const bool training = context->saved_data["training"].toBool();
    at::Tensor dy = gradients[0].contiguous(last);
    RECORD_FUNCTION("reslab::norm_activation_backward", std::vector<c10::IValue>({x, dy}));
    const Map map(x);
    const Affine affine{floats(scale), floats(shift)};
    at::Tensor sums, of_input, of_weight, of_bias, of_residual;
    const bool of_parameters = context->needs_input_grad(1) || context->needs_input_grad(2);
    if (added_first.defined()) {
      // From here on as if there had been no activation.
      const at::Tensor g = at::empty_like(x);
      sums = residual_gradient(map, x, added_first, dy, affine, activation, mean, g);
      dy = g;
      activation = Activation::none;
    } else if (training || of_parameters) {
      sums = gradient_sums(map, x, dy, affine, activation, mean);
    }
    if (of_parameters) {
      of_bias = sums[0].to(at::kFloat);
      of_weight = (sums[1] * inverse).to(at::kFloat);
    }
    if (context->needs_input_grad(0)) {
      // By running statistics x moves neither mean nor deviation.
      at::Tensor slope = at::zeros_like(scale), offset = at::zeros_like(scale);
      if (training) {
        const at::Tensor averages = sums / static_cast<double>(map.rows);
        slope = (-averages[1] * scale * inverse * inverse).to(at::kFloat);
        offset = (-averages[0] * scale).to(at::kFloat);
      }
      of_input = gradient(map, x, dy, affine, activation, {floats(mean), floats(slope), floats(offset)});
    }
    if (context->saved_data["residual"].toBool()) of_residual = dy;
    return {of_input, of_weight, of_bias, of_residual, {}};
  }

 private:
  static at::Tensor gradient_sums(const Map& map, const at::Tensor& x, const at::Tensor& dy, const Affine& affine,
                                  Activation activation, const at::Tensor& mean) {
    const Partial partial(map);
    for_each_block(map.blocks(), [&](std::int64_t block, std::int64_t) {
      const std::int64_t offset = map.offset(block);
      row_gradient_sums(map.block(block), bytes(x) + offset, bytes(dy) + offset, affine, activation, floats(mean),
                        partial.first(block), partial.second(block));
    });
    return totals(map, partial);
  }

  static at::Tensor residual_gradient(const Map& map, const at::Tensor& x, const at::Tensor& residual,
                                      const at::Tensor& dy, const Affine& affine, Activation activation,
                                      const at::Tensor& mean, const at::Tensor& g) {
    const Partial partial(map);
    for_each_block(map.blocks(), [&](std::int64_t block, std::int64_t) {
      const std::int64_t offset = map.offset(block);
      row_residual_gradient(map.block(block), bytes(x) + offset, bytes(residual) + offset, bytes(dy) + offset, affine,
                            activation, floats(mean), partial.first(block), partial.second(block),
                            mutable_bytes(g) + offset);
    });
    return totals(map, partial);
  }

  static at::Tensor gradient(const Map& map, const at::Tensor& x, const at::Tensor& dy, const Affine& affine,
                             Activation activation, const Correction& correction) {
    at::Tensor dx = at::empty_like(x);
    for_each_block(map.blocks(), [&](std::int64_t block, std::int64_t) {
      const std::int64_t from = map.offset(block);
      row_gradient(map.block(block), bytes(x) + from, bytes(dy) + from, affine, activation, correction,
                   mutable_bytes(dx) + from);
    });
    return dx;
  }
};

}  // namespace

bool norm_activation_applies(const at::Tensor& x) {
  return x.is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16) && x.dim() == 4 &&
         x.numel() > 0 && x.is_contiguous(last);
}

at::Tensor norm_activation(const at::Tensor& x, const NormActivation& norm, const at::Tensor& residual) {
  RESLAB_ASSERT(norm_activation_applies(x), "no batch normalisation of ", x.sizes());
  RESLAB_ASSERT(norm.running_mean.size(0) == x.size(1), "statistics of ", norm.running_mean.size(0), " channels for ",
                x.sizes());
  RESLAB_ASSERT(!residual.defined() || (residual.sizes() == x.sizes() && residual.scalar_type() == x.scalar_type()),
                "a residual of ", residual.sizes(), " for ", x.sizes());
  return NormActivationFunction::apply(x, norm.weight, norm.bias,
                                       residual.defined() ? std::optional(residual) : std::nullopt, norm);
}

}  // namespace reslab::nn::kernels
