// The header of a safetensors file: names, types and places of its tensors, and the file's metadata.
//
// Layout of the file (all numbers little-endian):
//   8 bytes         length of the header, uint64
//   the header      a JSON object, padded with spaces: {"__metadata__": {key: text, …},
//                   name: {"dtype": "F32", "shape": [64, 3], "data_offsets": [begin, end]}, …}
//   the payload     the tensors' elements, row-major; data_offsets count from its start
//
// The reader is strict, since weights come from strangers: it takes only what the format allows, with the tensors
// covering the payload exactly, and asks for memory in proportion to the header alone.
//
// Source: the format's description in the safetensors project (github.com/huggingface/safetensors).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace reslab::serialization {

using Metadata = std::map<std::string, std::string>;

/// One tensor as the header describes it.
struct TensorEntry {
  std::string name;
  at::ScalarType dtype = at::kFloat;
  std::vector<std::int64_t> shape;   ///< at most `max_dimensions`, each ≥ 0
  std::uint64_t begin = 0, end = 0;  ///< bytes of the payload, [begin, end)
};

struct SafetensorsHeader {
  Metadata metadata;
  std::vector<TensorEntry> tensors;  ///< in the payload's order
};

/// Thousands of tensors; of what this program writes, ten times the most. The format itself allows 100 MB, of which a
/// stranger could make gigabytes of names.
inline constexpr std::uint64_t max_header_bytes = std::uint64_t{256} << 10;
inline constexpr std::size_t max_dimensions = 16;

/// "F32" and the like; "" for a type that the format (as this program uses it) doesn't have.
std::string_view dtype_name(at::ScalarType type);

/// Reads the JSON text of a header whose payload has `payload_bytes`. Throws UserError that names `source`, the tensor
/// and what was found.
SafetensorsHeader parse_header(std::string_view json, std::uint64_t payload_bytes, const std::string& source);

/// The JSON text, padded with spaces so that 8 + its length is a multiple of 8.
std::string format_header(const SafetensorsHeader& header);

/// A name from a file, fit for a message: quoted, control characters escaped, at most 80 bytes of it.
std::string printable(std::string_view name);

}  // namespace reslab::serialization
