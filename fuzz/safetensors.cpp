// serialization::read_safetensors: files of weights and checkpoints.
#include "reslab/serialization/safetensors.h"

#include <ATen/ops/empty.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "fuzz/target.h"
#include "reslab/serialization/weights.h"

namespace reslab::fuzz {
namespace {

// A file without a place.
class MemoryFile {
 public:
  explicit MemoryFile(std::span<const std::byte> bytes) : descriptor_(::memfd_create("input", MFD_CLOEXEC)) {
    if (descriptor_ < 0 || ::write(descriptor_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
      std::abort();
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

// As weights are: half floats become floats, and whatever isn't finite is refused. The strict reader has bounded what
// is asked for by the size of the file.
void load(const serialization::SafetensorsFile& file) {
  std::vector<serialization::NamedTensor> expected;
  for (const auto& [name, tensor] : file.tensors) {
    const bool half = tensor.scalar_type() == at::kHalf || tensor.scalar_type() == at::kBFloat16;
    expected.push_back({name, at::empty(tensor.sizes(), half ? at::kFloat : tensor.scalar_type())});
  }
  try {
    serialization::load_into(file, expected, {.half_floats = true});
  } catch (const core::DamagedFile&) {
    return;  // not finite
  }
  for (const auto& [name, tensor] : expected)
    if (!tensor.isfinite().all().item<bool>()) std::abort();
}

}  // namespace

void read(std::span<const std::byte> bytes) {
  const MemoryFile file(bytes);
  const serialization::SafetensorsFile read = serialization::read_safetensors(file.path());
  // What was read lies within the file.
  std::size_t total = 0;
  for (const serialization::NamedTensor& each : read.tensors) total += each.tensor.nbytes();
  if (total > bytes.size()) std::abort();
  load(read);
  serialization::missing_keys(read.metadata);
  serialization::weights_metadata(read.metadata, file.path());
}

std::vector<std::string> worst_cases() {
  const auto file = [](const std::string& header) {
    const std::uint64_t length = header.size();
    return std::string(reinterpret_cast<const char*>(&length), sizeof length) + header;
  };
  const auto number = [](std::size_t i) { return std::to_string(i); };
  constexpr std::size_t size = serialization::max_header_bytes;
  // What weights_metadata looks at, one of whose keys is long.
  const auto weights = [&](const std::string& classes) {
    return file(
        R"({"__metadata__":{"reslab.format":"1","reslab.model":"speednet","reslab.model_options":"{}","reslab.mean":"[0]",)"
        R"("reslab.std":"[1]","reslab.image_size":"[1,1,1]","reslab.recipe":"","reslab.classes":")" +
        classes + "\"}}");
  };
  return {
      file(repeated(R"({"__metadata__":{"a":"")", [&](std::size_t i) { return ",\"" + number(i) + "\":\"\""; }, "}}",
                    size)),
      file(repeated(
          R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})",
          [&](std::size_t i) { return ",\"" + number(i) + R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})"; },
          "}", size)),
      file(repeated(
          "{\"", [](std::size_t) { return std::string("a"); }, R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})",
          size)),
      weights(repeated(
          "[0", [](std::size_t) { return std::string(",0"); }, "]", size - 300)),
      weights(repeated(R"([\"\")", [](std::size_t) { return std::string(R"(,\"\")"); }, "]", size - 300)),
      weights(repeated(
          "[[]", [](std::size_t) { return std::string(",[]"); }, "]", size - 300)),
  };
}

}  // namespace reslab::fuzz
