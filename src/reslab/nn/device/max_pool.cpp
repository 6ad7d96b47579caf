#include "reslab/nn/device/max_pool.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/record_function.h>
#include <c10/core/DeviceGuard.h>
#include <torch/csrc/autograd/custom_function.h>

#include "reslab/core/error.h"
#include "reslab/nn/device/pool_tasks.h"
#include "reslab/nn/device/run.h"

namespace reslab::nn::device {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

PoolSizes sizes_of(c10::IntArrayRef sizes) { return {static_cast<int>(sizes[2]), static_cast<int>(sizes[3])}; }

class MaxPoolFunction : public torch::autograd::Function<MaxPoolFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, std::int64_t host_threads) {
    RECORD_FUNCTION("reslab::max_pool", std::vector<c10::IValue>({x}));
    const c10::DeviceGuard there(x.device());
    const int threads = block_threads(x, static_cast<int>(host_threads));
    const std::vector<std::int64_t> size{x.size(0), x.size(1), x.size(2) / 2, x.size(3) / 2};
    const at::Tensor y = at::empty(size, x.options().memory_format(at::MemoryFormat::ChannelsLast));
    const at::Tensor choice =
        at::empty(size, x.options().dtype(at::kByte).memory_format(at::MemoryFormat::ChannelsLast));
    with_elements({x, y, choice}, [&]<typename E>(const E&) {
      using Value = typename E::Value;
      run(MaxPool<Value, E::width>{layout_of(y.numel() / y.size(1), static_cast<int>(y.size(1)), E::width, threads),
                                   sizes_of(x.sizes()), data<Value>(x), y.mutable_data_ptr<Value>(),
                                   choice.mutable_data_ptr<std::uint8_t>()},
          x.device(), threads);
    });
    context->save_for_backward({choice});
    context->saved_data["sizes"] = x.sizes().vec();
    context->saved_data["host_threads"] = host_threads;
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    RESLAB_ASSERT(!at::GradMode::is_enabled(), "max-pooling by kernels is differentiable once");
    const at::Tensor choice = context->get_saved_variables().front();
    const at::Tensor dy = gradients[0].contiguous(at::MemoryFormat::ChannelsLast);
    RECORD_FUNCTION("reslab::max_pool_backward", std::vector<c10::IValue>({dy}));
    const c10::DeviceGuard there(dy.device());
    const int threads = block_threads(dy, static_cast<int>(context->saved_data["host_threads"].toInt()));
    const std::vector<std::int64_t> size = context->saved_data["sizes"].toIntVector();
    const at::Tensor dx = at::empty(size, dy.options().memory_format(at::MemoryFormat::ChannelsLast));
    const std::int64_t windows = size[0] * ((size[2] + 1) / 2) * ((size[3] + 1) / 2);
    with_elements({dy, dx, choice}, [&]<typename E>(const E&) {
      using Value = typename E::Value;
      run(MaxPoolGradient<Value, E::width>{layout_of(windows, static_cast<int>(size[1]), E::width, threads),
                                           sizes_of(size), data<Value>(dy), choice.const_data_ptr<std::uint8_t>(),
                                           dx.mutable_data_ptr<Value>()},
          dy.device(), threads);
    });
    return {dx, {}};
  }
};

}  // namespace

at::Tensor max_pool(const at::Tensor& x, int host_threads) {
  RESLAB_ASSERT(max_pool_applies(x), "no pooling of ", x.sizes());
  return MaxPoolFunction::apply(x, host_threads);
}

}  // namespace reslab::nn::device
