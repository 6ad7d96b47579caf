#include "reslab/serialization/safetensors.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <bit>
#include <cerrno>
#include <fstream>
#include <set>

#include "reslab/core/crc32c.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/hash.h"
#include "reslab/core/nearest.h"

namespace reslab::serialization {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are written as they lie in memory");

constexpr std::uint64_t length_bytes = 8;

std::span<const std::byte> bytes_of(const at::Tensor& tensor) {
  return {static_cast<const std::byte*>(tensor.const_data_ptr()), tensor.nbytes()};
}

std::string reading(const std::filesystem::path& path) { return "read the safetensors file " + path.string(); }

[[noreturn]] void refuse_file(const std::filesystem::path& path, const std::string& found,
                              const std::string& allowed = {}) {
  throw core::DamagedFile({.attempted = reading(path),
                           .found = found,
                           .allowed = allowed,
                           .remedy = "get the file again: it is damaged, or no safetensors file"});
}

// An open file whose header has been checked; the payload comes next.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : path_(path) {
    std::error_code error;
    const std::uint64_t size = std::filesystem::file_size(path, error);
    if (error) core::refuse_read(reading(path), error.value());
    errno = 0;
    file_.open(path, std::ios::binary);
    if (!file_) core::refuse_read(reading(path), errno);
    const std::string text = header_text(size);
    header_ = parse_header(text, size - length_bytes - text.size(), path.string());
  }

  SafetensorsHeader& header() { return header_; }

  /// The tensors, which lie in the order of the header. At most once.
  std::vector<NamedTensor> read_payload() {
    std::vector<NamedTensor> tensors;
    for (const TensorEntry& entry : header_.tensors) tensors.push_back({entry.name, read(entry)});
    return tensors;
  }

 private:
  at::Tensor read(const TensorEntry& entry) {
    at::Tensor tensor = at::empty(entry.shape, at::TensorOptions().dtype(entry.dtype));
    take(tensor.data_ptr(), entry.end - entry.begin);
    // A bool that is neither 0 nor 1 means something else in every operation.
    if (entry.dtype == at::kBool)
      for (const std::byte byte : bytes_of(tensor))
        if (byte > std::byte{1})
          refuse_file(
              path_,
              core::concatenate("tensor ", printable(entry.name), " holds the byte ", std::to_integer<int>(byte)),
              "0 or 1 in a BOOL tensor");
    return tensor;
  }

  std::string header_text(std::uint64_t size) {
    if (size < length_bytes) refuse_file(path_, core::concatenate("it has ", size, " bytes"), "at least 8");
    std::uint64_t length = 0;
    take(&length, length_bytes);
    const std::uint64_t longest = std::min(size - length_bytes, max_header_bytes);
    if (length > longest)
      refuse_file(path_, core::concatenate("its header claims ", length, " bytes"),
                  core::concatenate("at most ", longest));
    std::string text(length, '\0');
    take(text.data(), length);
    return text;
  }

  void take(void* destination, std::uint64_t count) {
    if (count == 0) return;
    errno = 0;
    if (file_.read(static_cast<char*>(destination), static_cast<std::streamsize>(count))) return;
    if (errno != 0) core::refuse_read(reading(path_), errno);
    refuse_file(path_, "it ended while it was read");
  }

  std::filesystem::path path_;
  std::ifstream file_;
  SafetensorsHeader header_;
};

// Collects up to a few lines of each kind, and counts the rest.
class Differences {
 public:
  void add(const std::string& kind, const std::string& line) {
    Kind& place = kinds_[kind];
    if (++place.count <= shown) place.lines.push_back(line);
  }
  bool any() const { return !kinds_.empty(); }
  std::string text() const {
    std::vector<std::string> parts;
    for (const auto& [name, kind] : kinds_) {
      const std::size_t more = kind.count - kind.lines.size();
      parts.push_back(core::concatenate(kind.count, " ", name, ": ", core::join(kind.lines),
                                        more == 0 ? "" : core::concatenate(" and ", more, " more")));
    }
    return core::join(parts, "; ");
  }

 private:
  static constexpr std::size_t shown = 4;
  struct Kind {
    std::size_t count = 0;
    std::vector<std::string> lines;
  };
  std::map<std::string, Kind> kinds_;
};

std::string description(at::ScalarType dtype, at::IntArrayRef shape) {
  return core::concatenate(dtype_name(dtype), " ", shape);
}

bool fits(at::ScalarType found, at::ScalarType expected, const LoadOptions& options) {
  const bool half = found == at::kHalf || found == at::kBFloat16;
  return found == expected || (options.half_floats && half && expected == at::kFloat);
}

void check_against(const std::filesystem::path& path, const std::vector<TensorEntry>& found,
                   const std::vector<NamedTensor>& expected, const LoadOptions& options) {
  std::map<std::string_view, const TensorEntry*> by_name;
  for (const TensorEntry& entry : found) by_name.emplace(entry.name, &entry);
  Differences differences;
  bool other_dtype = false;
  for (const auto& [name, tensor] : expected) {
    const auto place = by_name.find(name);
    if (place == by_name.end()) {
      differences.add("missing", printable(name));
      continue;
    }
    const TensorEntry& entry = *place->second;
    const bool dtype_fits = fits(entry.dtype, tensor.scalar_type(), options);
    other_dtype = other_dtype || !dtype_fits;
    if (!dtype_fits || tensor.sizes() != at::IntArrayRef(entry.shape))
      differences.add("different", core::concatenate(printable(name), " is ", description(entry.dtype, entry.shape),
                                                     " and not ", description(tensor.scalar_type(), tensor.sizes())));
    by_name.erase(place);
  }
  for (const TensorEntry& entry : found)
    if (by_name.contains(entry.name)) differences.add("unexpected", printable(entry.name));
  if (differences.any())
    throw core::UserError({.attempted = "load the tensors of " + path.string(),
                           .found = differences.text(),
                           .allowed = core::concatenate("the names, dtypes and shapes of the ", expected.size(),
                                                        " tensors that are to be loaded",
                                                        options.half_floats ? "; F16 and BF16 for F32, too" : ""),
                           .remedy = other_dtype ? "save the file anew with these dtypes (in PyTorch: tensor.float())"
                                                 : "take a file that was written for the same model and classes"});
}

// A network with one weight that is no number gives no numbers at all.
void check_finite(const SafetensorsFile& file, const std::vector<NamedTensor>& expected) {
  for (const auto& [name, tensor] : expected) {
    const auto bad = file.find(name)->isfinite().logical_not().sum().item<std::int64_t>();
    if (bad == 0) continue;
    throw core::DamagedFile({.attempted = "load the tensors of " + file.path.string(),
                             .found = core::concatenate("the tensor ", printable(name),
                                                        " holds values that aren't finite (NaN or infinite): ", bad,
                                                        " of its ", tensor.numel()),
                             .allowed = "finite numbers",
                             .remedy = "take weights of a training that did not diverge"});
  }
}

SafetensorsHeader lay_out(const std::vector<NamedTensor>& tensors, const Metadata& metadata) {
  SafetensorsHeader header{.metadata = metadata, .tensors = {}};
  std::set<std::string_view> names{"__metadata__"};
  std::uint64_t place = 0;
  for (const auto& [name, tensor] : tensors) {
    RESLAB_ASSERT(names.insert(name).second, "the name ", name, " is taken");
    RESLAB_ASSERT(!dtype_name(tensor.scalar_type()).empty(), name, " has the dtype ", tensor.scalar_type());
    RESLAB_ASSERT(static_cast<std::size_t>(tensor.dim()) <= max_dimensions, name, " has ", tensor.dim(), " dimensions");
    header.tensors.push_back({.name = name,
                              .dtype = tensor.scalar_type(),
                              .shape = tensor.sizes().vec(),
                              .begin = place,
                              .end = place + tensor.nbytes()});
    place += tensor.nbytes();
  }
  return header;
}

// A file whose checksums are taken on the way.
class CheckedWriter {
 public:
  explicit CheckedWriter(const std::filesystem::path& path) : file_(path) {}

  void begin_section(const std::string& name) {
    sums_.sections.push_back({.name = name, .begin = sums_.bytes, .end = sums_.bytes});
  }

  void write(std::span<const std::byte> bytes) {
    file_.write(bytes);
    sha256_.update(bytes);
    Section& section = sums_.sections.back();
    section.crc32c = core::crc32c(bytes, section.crc32c);
    section.end = sums_.bytes += bytes.size();
  }

  Checksums commit() {
    file_.commit();
    sums_.sha256 = sha256_.finish();
    return std::move(sums_);
  }

 private:
  core::DurableFile file_;
  core::Sha256 sha256_;
  Checksums sums_;
};

}  // namespace

const at::Tensor* SafetensorsFile::find(std::string_view name) const {
  for (const NamedTensor& each : tensors)
    if (each.name == name) return &each.tensor;
  return nullptr;
}

Checksums write_safetensors(const std::filesystem::path& path, std::vector<NamedTensor> tensors,
                            const Metadata& metadata) {
  std::stable_sort(tensors.begin(), tensors.end(), [](const NamedTensor& a, const NamedTensor& b) {
    return a.tensor.element_size() > b.tensor.element_size();
  });
  const std::string header = format_header(lay_out(tensors, metadata));
  const std::uint64_t length = header.size();
  CheckedWriter writer(path);
  writer.begin_section("header");
  writer.write(std::as_bytes(std::span(&length, 1)));
  writer.write(std::as_bytes(std::span(header)));
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor plain = tensor.detach().cpu().contiguous();
    writer.begin_section(name);
    writer.write(bytes_of(plain));
  }
  return writer.commit();
}

SafetensorsHeader read_safetensors_header(const std::filesystem::path& path) {
  return std::move(Reader(path).header());
}

SafetensorsFile read_safetensors(const std::filesystem::path& path) {
  Reader reader(path);
  std::vector<NamedTensor> tensors = reader.read_payload();
  return {.path = path, .metadata = std::move(reader.header().metadata), .tensors = std::move(tensors)};
}

void load_into(const SafetensorsFile& file, const std::vector<NamedTensor>& expected, const LoadOptions& options) {
  std::vector<TensorEntry> found;
  for (const auto& [name, tensor] : file.tensors)
    found.push_back({.name = name, .dtype = tensor.scalar_type(), .shape = tensor.sizes().vec()});
  check_against(file.path, found, expected, options);
  check_finite(file, expected);
  const at::NoGradGuard no_gradient;
  for (const auto& [name, tensor] : expected) at::Tensor(tensor).copy_(*file.find(name));
}

Metadata load_safetensors(const std::filesystem::path& path, const std::vector<NamedTensor>& expected,
                          const LoadOptions& options) {
  Reader reader(path);
  check_against(path, reader.header().tensors, expected, options);
  const SafetensorsFile file{
      .path = path, .metadata = std::move(reader.header().metadata), .tensors = reader.read_payload()};
  load_into(file, expected, options);
  return file.metadata;
}

}  // namespace reslab::serialization
