#include "reslab/data/fingerprint.h"

#include <array>

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
  if (splits.train.source->tensor().defined() && splits.test.source->tensor().defined())
    return fingerprint(
        std::array{splits.train.tensor(), splits.train.labels(), splits.test.tensor(), splits.test.labels()});
  core::Sha256 hash;
  for (const Split* split : {&splits.train, &splits.test}) {
    const std::string source = split->source->fingerprint();
    hash.update(std::as_bytes(std::span(source)));
    add(hash, split->ids);
  }
  return hash.finish();
}

}  // namespace reslab::data
