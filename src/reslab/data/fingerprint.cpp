#include "reslab/data/fingerprint.h"

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

std::string fingerprint(const Parts& parts) {
  core::Sha256 hash;
  for (const Dataset* part : {&parts.train, &parts.test}) {
    add(hash, part->images);
    add(hash, part->labels);
  }
  return hash.finish();
}

}  // namespace reslab::data
