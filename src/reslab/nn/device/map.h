// Maps of pixels as the kernels of a GPU take them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <initializer_list>

#include "reslab/nn/device/blocks.h"

namespace reslab::nn::device {

/// Whether kernels can take it: fp32 or bf16, [n, c, h, w] channels-last, not empty; on CUDA, or on the processor,
/// where they are for tests.
inline bool takes(const at::Tensor& x) {
  return (x.is_cuda() || x.is_cpu()) && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16) &&
         x.dim() == 4 && x.numel() > 0 && x.is_contiguous(at::MemoryFormat::ChannelsLast);
}

/// The type of elements, and how many channels a thread takes at once.
template <typename Type, int channels>
struct Elements {
  using Value = Type;
  static constexpr int width = channels;
};

/// f(Elements) as suits all of the maps, which are of one type and number of channels: 16 bytes at once where all lie
/// on such places, else one value.
template <typename F>
void with_elements(std::initializer_list<at::Tensor> maps, const F& f) {
  const at::Tensor& first = *maps.begin();
  bool aligned = true;
  for (const at::Tensor& map : maps)
    aligned = aligned && (!map.defined() || reinterpret_cast<std::uintptr_t>(map.const_data_ptr()) % 16 == 0);
  const auto by_type = [&](auto value) {
    using Value = decltype(value);
    if (aligned && first.size(1) % vector_width<Value> == 0)
      f(Elements<Value, vector_width<Value>>());
    else
      f(Elements<Value, 1>());
  };
  if (first.scalar_type() == at::kFloat)
    by_type(float());
  else
    by_type(c10::BFloat16());
}

/// Threads of a block where x lies.
inline int block_threads(const at::Tensor& x, int on_host) { return x.is_cuda() ? threads : on_host; }

template <typename Value>
const Value* data(const at::Tensor& map) {
  return map.defined() ? map.const_data_ptr<Value>() : nullptr;
}

}  // namespace reslab::nn::device
