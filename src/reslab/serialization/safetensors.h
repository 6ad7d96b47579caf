// Tensors in a file, as Python's safetensors reads and writes them. No code in the file, nothing of pickle.
//
//   serialization::write_safetensors("weights.safetensors", {{"FC.weight", weight}}, {{"reslab.model",
//   "custom_resnet"}});
//   // Same names, dtypes and shapes, or an error:
//   serialization::load_safetensors("weights.safetensors", {{"FC.weight", weight}});
// Dtypes: float64, float32, float16, bfloat16, int64, int32, uint8, bool. Layout: serialization/safetensors_header.h.
#pragma once

#include <filesystem>

#include "reslab/serialization/checksums.h"
#include "reslab/serialization/safetensors_header.h"

namespace reslab::serialization {

struct NamedTensor {
  std::string name;
  at::Tensor tensor;
};

/// A file that was read whole.
struct SafetensorsFile {
  std::filesystem::path path;
  Metadata metadata;
  std::vector<NamedTensor> tensors;  ///< contiguous, CPU, in the payload's order

  /// The tensor of that name, or nullptr.
  const at::Tensor* find(std::string_view name) const;
};

/// Writes durably (core::DurableFile). Tensors: dense, any device and strides, of the dtypes above, names all
/// different. In the file the wider types come first, so that each tensor lies at a multiple of its element's size.
/// Returns the checksums of what was handed to the system: sections "header" and one a tensor, under its name.
Checksums write_safetensors(const std::filesystem::path& path, std::vector<NamedTensor> tensors,
                            const Metadata& metadata = {});

/// The header alone, checked against the size of the file. Throws UserError.
SafetensorsHeader read_safetensors_header(const std::filesystem::path& path);

/// Everything. No memory is asked for before the header has been checked. Throws UserError.
SafetensorsFile read_safetensors(const std::filesystem::path& path);

struct LoadOptions {
  /// F16 and BF16 are taken where F32 is expected: each of their values is one of F32's, so that nothing is rounded.
  bool half_floats = false;
};

/// Copies the file's tensors into `expected`, which must have the same names, dtypes and shapes; any strides and
/// device. Otherwise one UserError lists what is missing, unexpected or different, and nothing is changed. Nor is it
/// where a value isn't finite: DamagedFile names the first tensor, in the order of `expected`, that has one.
void load_into(const SafetensorsFile& file, const std::vector<NamedTensor>& expected, const LoadOptions& options = {});

/// Reads a file into `expected` as load_into does, comparing before any of the payload is read. Returns the metadata.
Metadata load_safetensors(const std::filesystem::path& path, const std::vector<NamedTensor>& expected,
                          const LoadOptions& options = {});

}  // namespace reslab::serialization
