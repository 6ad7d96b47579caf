#include "reslab/serialization/safetensors_header.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "reslab/core/error.h"
#include "reslab/core/json_text.h"

namespace reslab::serialization {
namespace {

struct DtypeName {
  at::ScalarType type;
  std::string_view name;
};

constexpr std::array<DtypeName, 8> dtypes{{{at::kDouble, "F64"},
                                           {at::kFloat, "F32"},
                                           {at::kHalf, "F16"},
                                           {at::kBFloat16, "BF16"},
                                           {at::kLong, "I64"},
                                           {at::kInt, "I32"},
                                           {at::kByte, "U8"},
                                           {at::kBool, "BOOL"}}};

// What the format has besides. Such a file isn't damaged.
constexpr std::array<std::string_view, 12> other_dtypes{"I8", "I16",     "U16",     "U32",     "U64",     "C64",
                                                        "F4", "F6_E2M3", "F6_E3M2", "F8_E4M3", "F8_E5M2", "F8_E8M0"};

constexpr std::uint64_t max_size = std::numeric_limits<std::int64_t>::max();

std::string all_dtype_names() {
  std::string text;
  for (const DtypeName& dtype : dtypes) text += (text.empty() ? "" : ", ") + std::string(dtype.name);
  return text;
}

[[noreturn]] void refuse(const std::string& source, const std::string& found, const std::string& allowed = {}) {
  throw core::DamagedFile({.attempted = "read the safetensors file " + source,
                           .found = found,
                           .allowed = allowed,
                           .remedy = "get the file again: it is damaged, or no safetensors file"});
}

[[noreturn]] void refuse_tensor(const std::string& source, const std::string& name, const std::string& found,
                                const std::string& allowed = {}) {
  refuse(source, "tensor " + printable(name) + " " + found, allowed);
}

// Takes the parser's events one by one, so that nothing is built from what the format doesn't allow, however deep or
// long it is. Each callback says by its place what may come there.
class HeaderReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit HeaderReader(const std::string& source) : source_(source) {}

  SafetensorsHeader take() { return std::move(header_); }

  bool null() override { unexpected("null"); }
  bool boolean(bool) override { unexpected("a truth value"); }
  bool number_integer(std::int64_t value) override { unexpected(core::concatenate(value)); }
  bool number_float(double, const std::string& text) override { unexpected(text.substr(0, 40)); }
  bool binary(nlohmann::json::binary_t&) override { unexpected("binary data"); }

  bool number_unsigned(std::uint64_t value) override {
    if (place_ == Place::shape && value <= max_size) {
      if (tensor().shape.size() == max_dimensions)
        refuse_tensor(source_, tensor().name, "has too many dimensions", core::concatenate("at most ", max_dimensions));
      tensor().shape.push_back(static_cast<std::int64_t>(value));
    } else if (place_ == Place::offsets && offsets_ < 2) {
      (offsets_++ == 0 ? tensor().begin : tensor().end) = value;
    } else {
      unexpected(core::concatenate(value));
    }
    return true;
  }

  bool string(std::string& value) override {
    if (place_ == Place::metadata) {
      if (!header_.metadata.emplace(key_, std::move(value)).second)
        refuse(source_, "the metadata key " + printable(key_) + " stands twice");
    } else if (place_ == Place::tensor && key_ == "dtype") {
      set_dtype(value);
    } else {
      unexpected(printable(value));
    }
    return true;
  }

  bool start_object(std::size_t) override {
    if (place_ == Place::start) {
      place_ = Place::file;
    } else if (place_ == Place::file && key_ == "__metadata__") {
      place_ = Place::metadata;
    } else if (place_ == Place::file) {
      place_ = Place::tensor;
      header_.tensors.push_back({.name = key_, .shape = {}});
      fields_.clear();
    } else {
      unexpected("an object");
    }
    return true;
  }

  bool end_object() override {
    if (place_ == Place::tensor && fields_.size() != 3)
      refuse_tensor(source_, tensor().name, "lacks a field", "dtype, shape and data_offsets");
    place_ = place_ == Place::file ? Place::start : Place::file;
    return true;
  }

  bool start_array(std::size_t) override {
    if (place_ != Place::tensor || key_ == "dtype") unexpected("a list");
    place_ = key_ == "shape" ? Place::shape : Place::offsets;
    offsets_ = 0;
    return true;
  }

  bool end_array() override {
    if (place_ == Place::offsets && offsets_ != 2)
      refuse_tensor(source_, tensor().name, core::concatenate("has ", offsets_, " data_offsets"), "two");
    place_ = Place::tensor;
    return true;
  }

  bool key(std::string& name) override {
    key_ = std::move(name);
    if (place_ == Place::file && !names_.insert(key_).second)
      refuse(source_, "the name " + printable(key_) + " stands twice");
    if (place_ != Place::tensor) return true;
    if (key_ != "dtype" && key_ != "shape" && key_ != "data_offsets")
      refuse_tensor(source_, tensor().name, "has the unknown field " + printable(key_),
                    "dtype, shape and data_offsets");
    if (!fields_.insert(key_).second) refuse_tensor(source_, tensor().name, "has " + printable(key_) + " twice");
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override {
    refuse(source_, core::concatenate("its header is no valid JSON at byte ", position));
  }

 private:
  enum class Place { start, file, metadata, tensor, shape, offsets };

  TensorEntry& tensor() { return header_.tensors.back(); }

  void set_dtype(const std::string& name) {
    const auto* const place =
        std::find_if(dtypes.begin(), dtypes.end(), [&](const DtypeName& dtype) { return dtype.name == name; });
    if (std::ranges::find(other_dtypes, name) != other_dtypes.end())
      throw core::UserError(
          {.attempted = "read the safetensors file " + source_,
           .found = "tensor " + printable(tensor().name) + " has the dtype " + name + ", which reslab doesn't read",
           .allowed = all_dtype_names() + "; for weights F32, F16 or BF16",
           .remedy = "save the file anew with tensors of such a dtype (in PyTorch: tensor.float())"});
    if (place == dtypes.end())
      refuse_tensor(source_, tensor().name, "has the dtype " + printable(name), all_dtype_names());
    tensor().dtype = place->type;
  }

  [[noreturn]] void unexpected(const std::string& what) {
    switch (place_) {
      case Place::start: refuse(source_, "its header is " + what, "an object");
      case Place::file: refuse(source_, printable(key_) + " is " + what, "an object");
      case Place::metadata: refuse(source_, "the metadata key " + printable(key_) + " has " + what, "text");
      case Place::tensor: refuse_tensor(source_, tensor().name, "has " + what + " as its " + key_);
      case Place::shape: refuse_tensor(source_, tensor().name, "has " + what + " in its shape", "whole numbers ≥ 0");
      case Place::offsets: break;
    }
    refuse_tensor(source_, tensor().name, "has " + what + " in its data_offsets", "two whole numbers ≥ 0");
  }

  const std::string& source_;
  SafetensorsHeader header_;
  Place place_ = Place::start;
  std::string key_;
  std::set<std::string> names_, fields_;
  int offsets_ = 0;
};

// Bytes that a tensor of this shape needs. Zeros are left out of the product at first, so that a shape whose strides
// can't be counted is refused even when it holds nothing.
std::uint64_t byte_size(const TensorEntry& entry, const std::string& source) {
  std::uint64_t bytes = c10::elementSize(entry.dtype);
  bool empty = false;
  for (const std::int64_t size : entry.shape) {
    empty = empty || size == 0;
    if (size == 0) continue;
    if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(size), &bytes) || bytes > max_size)
      refuse_tensor(source, entry.name, "has a shape whose size overflows");
  }
  return empty ? 0 : bytes;
}

// Orders the tensors by place, and sees that they cover the payload without holes or overlaps.
void check_places(SafetensorsHeader& header, std::uint64_t payload_bytes, const std::string& source) {
  std::stable_sort(header.tensors.begin(), header.tensors.end(), [](const TensorEntry& a, const TensorEntry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::uint64_t covered = 0;
  for (const TensorEntry& entry : header.tensors) {
    if (entry.begin > entry.end || entry.end > payload_bytes)
      refuse_tensor(source, entry.name, core::concatenate("lies at bytes ", entry.begin, " to ", entry.end),
                    core::concatenate("within the payload's ", payload_bytes, " bytes"));
    if (entry.begin != covered)
      refuse_tensor(source, entry.name,
                    core::concatenate(entry.begin < covered ? "overlaps the one before it" : "leaves a hole before it",
                                      ": it begins at byte ", entry.begin),
                    core::concatenate("byte ", covered));
    if (const std::uint64_t needed = byte_size(entry, source); entry.end - entry.begin != needed)
      refuse_tensor(source, entry.name, core::concatenate("has ", entry.end - entry.begin, " bytes"),
                    core::concatenate(needed, " bytes, by its shape and dtype"));
    covered = entry.end;
  }
  if (covered != payload_bytes)
    refuse(source, core::concatenate("its payload has ", payload_bytes, " bytes"),
           core::concatenate(covered, " bytes, where its tensors end"));
}

}  // namespace

std::string_view dtype_name(at::ScalarType type) {
  for (const DtypeName& dtype : dtypes)
    if (dtype.type == type) return dtype.name;
  return {};
}

SafetensorsHeader parse_header(std::string_view json, std::uint64_t payload_bytes, const std::string& source) {
  if (json.empty() || json.front() != '{') refuse(source, "its header does not begin with '{'");
  // The JSON library takes a zero byte for the end of its input and would overlook what follows.
  if (json.find('\0') != std::string_view::npos) refuse(source, "its header holds a zero byte");
  HeaderReader reader(source);
  nlohmann::json::sax_parse(json, &reader);
  SafetensorsHeader header = reader.take();
  check_places(header, payload_bytes, source);
  return header;
}

std::string format_header(const SafetensorsHeader& header) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  if (!header.metadata.empty()) json["__metadata__"] = header.metadata;
  for (const TensorEntry& entry : header.tensors)
    json[entry.name] = {
        {"dtype", dtype_name(entry.dtype)}, {"shape", entry.shape}, {"data_offsets", {entry.begin, entry.end}}};
  std::string text = core::json_text(json);
  text.append((8 - text.size() % 8) % 8, ' ');
  return text;
}

std::string printable(std::string_view name) {
  constexpr std::size_t longest = 80;
  const std::string shown(name.substr(0, longest));
  return core::json_text(nlohmann::json(shown)) + (name.size() > longest ? "…" : "");
}

}  // namespace reslab::serialization
