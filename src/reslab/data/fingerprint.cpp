#include "reslab/data/fingerprint.h"

#include <algorithm>
#include <vector>

#include "reslab/core/error.h"
#include "reslab/core/hash.h"

namespace reslab::data {
namespace {

void add(core::Sha256& hash, const at::Tensor& tensor) {
  const std::string shape = core::concatenate(tensor.scalar_type(), ' ', tensor.sizes(), '\n');
  hash.update(std::as_bytes(std::span(shape)));
  const at::Tensor flat = tensor.contiguous();
  hash.update({static_cast<const std::byte*>(flat.const_data_ptr()), flat.nbytes()});
}

}  // namespace

std::string fingerprint(std::span<const at::Tensor> tensors) {
  core::Sha256 hash;
  for (const at::Tensor& tensor : tensors) add(hash, tensor);
  return hash.finish();
}

std::string fingerprint(const Splits& splits) {
  std::vector<const Split*> all{&splits.train, &splits.test};
  if (splits.validation) all.push_back(&*splits.validation);
  if (std::ranges::all_of(all, [](const Split* split) { return split->source->tensor().defined(); })) {
    std::vector<at::Tensor> tensors;
    for (const Split* split : all) tensors.insert(tensors.end(), {split->tensor(), split->labels()});
    return fingerprint(tensors);
  }
  core::Sha256 hash;
  for (const Split* split : all) {
    const std::string source = split->source->fingerprint();
    hash.update(std::as_bytes(std::span(source)));
    add(hash, split->ids);
  }
  return hash.finish();
}

}  // namespace reslab::data
