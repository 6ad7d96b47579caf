#include "reference.h"

#include <filesystem>

#include "reslab/core/error.h"
#include "reslab/nn/state.h"

namespace reslab::reference {

std::vector<serialization::NamedTensor> named_tensors(const models::Network& network) {
  std::vector<serialization::NamedTensor> tensors;
  for (const auto& [name, tensor] : nn::state_of(network)) tensors.push_back({name, tensor});
  return tensors;
}

serialization::SafetensorsFile values(const std::string& name) {
  const std::filesystem::path path = std::filesystem::path(RESLAB_REFERENCE_DIR) / (name + ".safetensors");
  if (!std::filesystem::exists(path)) {
    throw core::UserError({.attempted = "read the reference values " + path.string(),
                           .found = "no such file",
                           .remedy = "run these tests by ctest, which makes it first, or run " RESLAB_PYTHON
                                     " " RESLAB_SOURCE_DIR "/tests/reference/network.py " RESLAB_REFERENCE_DIR});
  }
  return serialization::read_safetensors(path);
}

at::Tensor value(const serialization::SafetensorsFile& file, const std::string& name) {
  const at::Tensor* tensor = file.find(name);
  RESLAB_ASSERT(tensor != nullptr, name, " is not in ", file.path);
  return *tensor;
}

void load_reference_weights(models::Network& network) {
  serialization::load_into(values("weights"), named_tensors(network));
}

std::shared_ptr<models::Network> network_with_reference_weights(bool softmax) {
  auto network = models::create("custom_resnet", {.classes = 10, .in_channels = 3, .values = {{"softmax", softmax}}});
  load_reference_weights(*network);
  return network;
}

testing::AssertionResult near(const at::Tensor& actual, const at::Tensor& expected, double tolerance) {
  if (actual.sizes() != expected.sizes())
    return testing::AssertionFailure() << "shape " << actual.sizes() << " where " << expected.sizes() << " is expected";
  const auto difference = (actual.detach().to(at::kDouble) - expected.to(at::kDouble)).abs().max().item<double>();
  if (difference <= tolerance) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "differs by up to " << difference << ", allowed is " << tolerance;
}

}  // namespace reslab::reference
