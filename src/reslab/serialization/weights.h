// What a file of weights says about itself, so that it can be used without the run that made it: the safetensors
// metadata under the keys below (docs/formats.md).
//
//   serialization::write_safetensors(path, tensors, serialization::to_metadata(weights));
//   const auto weights = serialization::weights_metadata(serialization::read_safetensors_header(path).metadata,
//   path.string());
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reslab/serialization/safetensors_header.h"

namespace reslab::serialization {

/// How images of other sizes come to the network's (data::ImageFit), with antialiased bilinear resizing.
struct FitMetadata {
  std::string kind;                      ///< "crop", "pad" or "stretch"
  std::int64_t resize = 0;               ///< of crop: the shorter side before the middle is cut out, ≥ 1
  std::vector<std::int64_t> background;  ///< of pad: a value for each channel, in [0, 255]
};

struct WeightsMetadata {
  std::string model;                 ///< reslab.model: the model's name
  std::string model_options = "{}";  ///< reslab.model_options: a JSON object of the model's options
  std::vector<std::string> classes;  ///< reslab.classes: JSON list, names by label; at least one
  std::vector<double> mean, std;     ///< reslab.mean, reslab.std: JSON lists, by channel, of pixels in [0, 1]; std > 0
  std::int64_t height = 0, width = 0, channels = 0;  ///< reslab.image_size: JSON list of the three; each ≥ 1
  std::optional<FitMetadata> fit = {};  ///< reslab.fit: a JSON object; none: images must have the size already
  /// reslab.range16: a JSON list of two: the 16-bit values that became 0 and 255; none: no picture had 16 bits.
  std::optional<std::array<std::int64_t, 2>> range16 = {};
  std::vector<std::int64_t> background = {};  ///< reslab.background: a JSON list of red, green and blue, behind alpha
  std::string recipe_hash;                    ///< reslab.recipe: recipe::recipe_hash of the run; may be empty
};

/// Keys and texts for the file. Numbers are written so that they read back exactly.
Metadata to_metadata(const WeightsMetadata& weights);

/// The keys of to_metadata that aren't there, in their order.
std::vector<std::string> missing_keys(const Metadata& metadata);

/// The reverse of to_metadata; keys that aren't the program's are left alone. Throws UserError that names `source`, the
/// key and what was found when a key is missing or its value can't be.
WeightsMetadata weights_metadata(const Metadata& metadata, const std::string& source);

}  // namespace reslab::serialization
