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
    std::int64_t next = 0;
    bool in_order = true;
    for (const Split* split : all) {
      tensors.insert(tensors.end(), {split->tensor(), split->labels()});
      for (std::int64_t place = 0; place < split->size(); ++place) in_order = in_order && split->id(place) == next++;
    }
    // Augmentation draws by them. Splits that follow each other are what checkpoints of earlier versions know.
    if (!in_order)
      for (const Split* split : all) tensors.push_back(split->ids);
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
