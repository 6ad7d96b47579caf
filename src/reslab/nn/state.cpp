#include "reslab/nn/state.h"

#include "reslab/core/error.h"
#include "reslab/core/hash.h"

namespace reslab::nn {

State state_of(const Module& network) {
  State state;
  for (const auto& [name, tensor] : network.named_parameters()) state.emplace_back(name, tensor);
  for (const auto& [name, tensor] : network.named_buffers()) state.emplace_back(name, tensor);
  return state;
}

std::string state_hash(const State& state) {
  core::Sha256 hash;
  for (const auto& [name, tensor] : state) {
    const std::string head = core::concatenate(name, ' ', tensor.scalar_type(), ' ', tensor.sizes(), '\n');
    hash.update(std::as_bytes(std::span(head)));
    const at::Tensor values = tensor.detach().cpu().contiguous();
    hash.update({static_cast<const std::byte*>(values.const_data_ptr()), values.nbytes()});
  }
  return hash.finish();
}

}  // namespace reslab::nn
