// exchange::read_safetensors: files of weights and checkpoints.
#include "reslab/exchange/safetensors.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "fuzz/target.h"
#include "reslab/exchange/weights.h"

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

}  // namespace

void read(std::span<const std::byte> bytes) {
  const MemoryFile file(bytes);
  const exchange::SafetensorsFile read = exchange::read_safetensors(file.path());
  // What was read lies within the file.
  std::size_t total = 0;
  for (const exchange::NamedTensor& each : read.tensors) total += each.tensor.nbytes();
  if (total > bytes.size()) std::abort();
  exchange::weights_metadata(read.metadata, file.path());
}

}  // namespace reslab::fuzz
