#include "reslab/nn/device/norm_activation.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/record_function.h>
#include <c10/core/DeviceGuard.h>
#include <torch/csrc/autograd/custom_function.h>

#include <optional>

#include "reslab/core/error.h"
#include "reslab/nn/device/norm_tasks.h"
#include "reslab/nn/device/run.h"

namespace reslab::nn::device {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::Tensor fp32_like(const at::Tensor& x, c10::IntArrayRef sizes) {
  return at::empty(sizes, x.options().dtype(at::kFloat).memory_format(at::MemoryFormat::Contiguous));
}

// Rows of numbers by channel, as the kernels take them.
float* row(const at::Tensor& numbers, std::int64_t index) {
  return numbers.mutable_data_ptr<float>() + index * numbers.size(1);
}

Channels channels_of(const at::Tensor& numbers) {
  return {row(numbers, 0), row(numbers, 1), row(numbers, 2), row(numbers, 3)};
}

Partial partial_of(const at::Tensor& sums) { return {row(sums, 0), row(sums, sums.size(0) / 2)}; }

// The cut of a map of x's size, for elements of such a width.
Layout cut_of(const at::Tensor& x, int width, int threads) {
  return layout_of(x.numel() / x.size(1), static_cast<int>(x.size(1)), width, threads);
}

// One block for all chunks of a tile.
Layout over_chunks(const Layout& cut, int threads) {
  // Few columns: many lanes, which are what shortens the way through the chunks.
  Layout layout = layout_of(cut.chunks, cut.channels, 1, threads, /*most_columns=*/8);
  layout.chunks = 1;
  layout.chunk_rows = layout.rows;
  return layout;
}

class NormActivationFunction : public torch::autograd::Function<NormActivationFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& bias, const std::optional<at::Tensor>& residual,
                            const kernels::NormActivation& norm, std::int64_t host_threads) {
    RECORD_FUNCTION("reslab::norm_activation", std::vector<c10::IValue>({x}));
    const c10::DeviceGuard there(x.device());
    const int threads = block_threads(x, static_cast<int>(host_threads));
    const at::Tensor added = residual ? residual->contiguous(at::MemoryFormat::ChannelsLast) : at::Tensor();
    const at::Tensor y = at::empty_like(x), numbers = fp32_like(x, {4, x.size(1)});
    with_elements({x, added, y}, [&]<typename E>(const E&) {
      using Value = typename E::Value;
      const Layout cut = cut_of(x, E::width, threads);
      const Channels channels = channels_of(numbers);
      at::Tensor sums;
      Partial partial{};
      if (norm.training) {
        sums = fp32_like(x, {2 * cut.chunks, x.size(1)});
        partial = partial_of(sums);
        run(RowStatistics<Value, E::width>{cut, data<Value>(x), partial}, x.device(), threads);
      }
      run(FinishStatistics{.layout = over_chunks(cut, threads),
                           .cut = cut,
                           .partial = partial,
                           .weight = data<float>(weight),
                           .bias = data<float>(bias),
                           .running_mean = norm.running_mean.mutable_data_ptr<float>(),
                           .running_var = norm.running_var.mutable_data_ptr<float>(),
                           .training = norm.training,
                           .momentum = norm.momentum,
                           .eps = norm.eps,
                           .channels = channels},
          x.device(), threads);
      run(Activate<Value, E::width>{cut, data<Value>(x), data<Value>(added), y.mutable_data_ptr<Value>(), channels,
                                    norm.activation, norm.residual_first},
          x.device(), threads);
    });
    context->save_for_backward({x, numbers, norm.residual_first ? added : at::Tensor()});
    context->saved_data["training"] = norm.training;
    context->saved_data["residual"] = residual.has_value();
    context->saved_data["activation"] = static_cast<std::int64_t>(norm.activation);
    context->saved_data["host_threads"] = host_threads;
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    RESLAB_ASSERT(!at::GradMode::is_enabled(), "batch norm with its activation is differentiable once");
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &numbers = saved[1], &added_first = saved[2];
    const auto activation = static_cast<Activation>(context->saved_data["activation"].toInt());
    const int threads = block_threads(x, static_cast<int>(context->saved_data["host_threads"].toInt()));
    const at::Tensor dy = gradients[0].contiguous(at::MemoryFormat::ChannelsLast);
    RECORD_FUNCTION("reslab::norm_activation_backward", std::vector<c10::IValue>({x, dy}));
    const c10::DeviceGuard there(x.device());
    const bool training = context->saved_data["training"].toBool();
    const bool of_parameters = context->needs_input_grad(1) || context->needs_input_grad(2);
    const at::Tensor dx = context->needs_input_grad(0) ? at::empty_like(x) : at::Tensor();
    // Of what was activated, where that is more than the normalised map.
    const at::Tensor g = added_first.defined() ? at::empty_like(x) : at::Tensor();
    // Tensors of their own, since they are kept as the parameters' gradients.
    const at::Tensor of_weight = fp32_like(x, {x.size(1)}), of_bias = fp32_like(x, {x.size(1)});
    const at::Tensor corrections = fp32_like(x, {2, x.size(1)});
    with_elements({x, dy, dx, added_first, g}, [&]<typename E>(const E&) {
      using Value = typename E::Value;
      const Layout cut = cut_of(x, E::width, threads);
      const Channels channels = channels_of(numbers);
      const Correction correction{row(corrections, 0), row(corrections, 1)};
      if (training || of_parameters || g.defined()) {
        const at::Tensor sums = fp32_like(x, {2 * cut.chunks, x.size(1)});
        run(GradientSums<Value, E::width>{cut, data<Value>(x), data<Value>(dy), channels, activation, partial_of(sums),
                                          data<Value>(added_first),
                                          g.defined() ? g.mutable_data_ptr<Value>() : nullptr},
            x.device(), threads);
        run(FinishSums{.layout = over_chunks(cut, threads),
                       .cut = cut,
                       .partial = partial_of(sums),
                       .channels = channels,
                       .training = training,
                       .of_weight = of_weight.mutable_data_ptr<float>(),
                       .of_bias = of_bias.mutable_data_ptr<float>(),
                       .correction = correction},
            x.device(), threads);
      } else {
        corrections.zero_();
      }
      if (dx.defined())
        run(Gradient<Value, E::width>{cut, data<Value>(x), data<Value>(g.defined() ? g : dy),
                                      dx.mutable_data_ptr<Value>(), channels, correction,
                                      g.defined() ? Activation::none : activation},
            x.device(), threads);
    });
    return {dx,
            of_parameters ? of_weight : at::Tensor(),
            of_parameters ? of_bias : at::Tensor(),
            !context->saved_data["residual"].toBool() ? at::Tensor()
            : g.defined()                             ? g
                                                      : dy,
            {},
            {}};
  }
};

}  // namespace

at::Tensor norm_activation(const at::Tensor& x, const kernels::NormActivation& norm, const at::Tensor& residual,
                           int host_threads) {
  RESLAB_ASSERT(takes(x), "no batch normalisation of ", x.sizes());
  for (const at::Tensor& numbers : {norm.weight, norm.bias, norm.running_mean, norm.running_var})
    RESLAB_ASSERT(numbers.dim() == 1 && numbers.size(0) == x.size(1) && numbers.is_contiguous() &&
                      numbers.scalar_type() == at::kFloat && numbers.device() == x.device(),
                  "numbers of ", numbers.sizes(), " on ", numbers.device(), " for ", x.sizes(), " on ", x.device());
  RESLAB_ASSERT(!residual.defined() || (residual.sizes() == x.sizes() && residual.scalar_type() == x.scalar_type()),
                "a residual of ", residual.sizes(), " for ", x.sizes());
  return NormActivationFunction::apply(x, norm.weight, norm.bias,
                                       residual.defined() ? std::optional(residual) : std::nullopt, norm, host_threads);
}

}  // namespace reslab::nn::device
