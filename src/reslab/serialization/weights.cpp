#include "reslab/serialization/weights.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "reslab/core/error.h"
#include "reslab/core/json_text.h"

namespace reslab::serialization {
namespace {

using nlohmann::json;

constexpr const char* format_key = "reslab.format";
constexpr const char* format_version = "1";
constexpr const char* fit_key = "reslab.fit";
constexpr const char* range16_key = "reslab.range16";
constexpr const char* background_key = "reslab.background";
constexpr std::size_t most_within = 256;        // lists and objects in a value
constexpr std::int64_t largest_side = 1 << 16;  // pixels; bounds what a stranger's file can make a caller allocate

std::string text(const json& value) { return core::json_text(value); }

class Keys {
 public:
  Keys(const Metadata& metadata, const std::string& source) : metadata_(metadata), source_(source) {}

  const std::string& raw(const char* key) const {
    const auto place = metadata_.find(key);
    if (place == metadata_.end())
      throw core::UserError({.attempted = "use the weights in " + source_,
                             .found = core::concatenate("no metadata key ", key),
                             .remedy = "use weights that reslab has written; evaluate, explain and mistakes also take "
                                       "others, described by --recipe or --model"});
    return place->second;
  }

  [[noreturn]] void refuse(const char* key, const std::string& allowed) const {
    throw core::UserError({.attempted = "use the weights in " + source_,
                           .found = core::concatenate(key, " is ", printable(raw(key))),
                           .allowed = allowed});
  }

  json parsed(const char* key) const {
    // Nothing here is deeper than a list in an object, or has more than a few of them. The parser would look, at each
    // one's end, through all that lies beside it.
    std::size_t within = 0;
    const auto shallow = [&](int depth, json::parse_event_t event, const json&) {
      const bool begins = event == json::parse_event_t::array_start || event == json::parse_event_t::object_start;
      if (begins && ++within > most_within)
        refuse(key, core::concatenate("at most ", most_within, " lists and objects"));
      return depth <= 3;
    };
    return json::parse(raw(key), shallow, /*allow_exceptions=*/false);
  }

  std::vector<double> numbers(const char* key, bool positive) const {
    const char* const allowed =
        positive ? "a JSON list of numbers > 0, one a channel" : "a JSON list of numbers, one a channel";
    const json list = parsed(key);
    if (!list.is_array() || list.empty()) refuse(key, allowed);
    std::vector<double> values;
    for (const json& each : list) {
      if (!each.is_number()) refuse(key, allowed);
      values.push_back(each.get<double>());
      if (!std::isfinite(values.back()) || (positive && values.back() <= 0)) refuse(key, allowed);
    }
    return values;
  }

  std::vector<std::string> names(const char* key) const {
    const json list = parsed(key);
    if (!list.is_array() || list.empty()) refuse(key, "a JSON list of names");
    std::vector<std::string> values;
    for (const json& each : list) {
      if (!each.is_string()) refuse(key, "a JSON list of names");
      values.push_back(each.get<std::string>());
    }
    return values;
  }

 private:
  const Metadata& metadata_;
  const std::string& source_;
};

void read_image_size(const Keys& keys, WeightsMetadata& weights) {
  constexpr const char* key = "reslab.image_size";
  const std::string allowed =
      core::concatenate("a JSON list of height, width and channels, each from 1 to ", largest_side);
  const json list = keys.parsed(key);
  if (!list.is_array() || list.size() != 3) keys.refuse(key, allowed);
  for (const json& each : list)
    if (!each.is_number_unsigned() || each.get<std::uint64_t>() < 1 || each.get<std::uint64_t>() > largest_side)
      keys.refuse(key, allowed);
  weights.height = list[0].get<std::int64_t>();
  weights.width = list[1].get<std::int64_t>();
  weights.channels = list[2].get<std::int64_t>();
}

// A list of `count` whole numbers from 0 to `most`.
std::vector<std::int64_t> whole_numbers(const Keys& keys, const char* key, std::size_t count, std::uint64_t most) {
  const std::string allowed = core::concatenate("a JSON list of ", count, " whole numbers from 0 to ", most);
  const json list = keys.parsed(key);
  if (!list.is_array() || list.size() != count) keys.refuse(key, allowed);
  std::vector<std::int64_t> numbers;
  for (const json& each : list) {
    if (!each.is_number_unsigned() || each.get<std::uint64_t>() > most) keys.refuse(key, allowed);
    numbers.push_back(each.get<std::int64_t>());
  }
  return numbers;
}

// How picture files were decoded.
void read_decoding(const Keys& keys, const Metadata& metadata, WeightsMetadata& weights) {
  if (metadata.contains(range16_key)) {
    const auto range = whole_numbers(keys, range16_key, 2, 65'535);
    if (range[0] >= range[1]) keys.refuse(range16_key, "a lower and a higher number");
    weights.range16 = {range[0], range[1]};
  }
  if (metadata.contains(background_key)) weights.background = whole_numbers(keys, background_key, 3, 255);
}

std::optional<FitMetadata> read_fit(const Keys& keys, const Metadata& metadata, const WeightsMetadata& weights) {
  if (!metadata.contains(fit_key)) return std::nullopt;
  const std::string allowed =
      "a JSON object with kind (crop, pad or stretch), resize (of crop: at least the image's sides), background (of "
      "pad: "
      "a value from 0 to 255 for each channel), interpolation bilinear and antialias true";
  const json fit = keys.parsed(fit_key);
  const auto demand = [&](bool holds) {
    if (!holds) keys.refuse(fit_key, allowed);
  };
  demand(fit.is_object() && fit.contains("kind") && fit["kind"].is_string());
  demand(fit.value("interpolation", json("bilinear")) == "bilinear" && fit.value("antialias", json(true)) == true);
  FitMetadata read{.kind = fit["kind"].get<std::string>()};
  demand(read.kind == "crop" || read.kind == "pad" || read.kind == "stretch");
  if (read.kind == "crop") {
    demand(fit.contains("resize") && fit["resize"].is_number_unsigned());
    const auto resize = fit["resize"].get<std::uint64_t>();
    demand(resize >= static_cast<std::uint64_t>(std::max(weights.height, weights.width)) && resize <= largest_side);
    read.resize = static_cast<std::int64_t>(resize);
  }
  if (read.kind == "pad") {
    demand(fit.contains("background") && fit["background"].is_array() &&
           fit["background"].size() == static_cast<std::size_t>(weights.channels));
    for (const json& value : fit["background"]) {
      demand(value.is_number_unsigned() && value.get<std::uint64_t>() <= 255);
      read.background.push_back(value.get<std::int64_t>());
    }
  }
  return read;
}

}  // namespace

Metadata to_metadata(const WeightsMetadata& weights) {
  Metadata metadata{{format_key, format_version},
                    {"reslab.model", weights.model},
                    {"reslab.model_options", weights.model_options},
                    {"reslab.classes", text(weights.classes)},
                    {"reslab.mean", text(weights.mean)},
                    {"reslab.std", text(weights.std)},
                    {"reslab.image_size", text({weights.height, weights.width, weights.channels})},
                    {"reslab.recipe", weights.recipe_hash}};
  if (weights.fit)
    metadata[fit_key] = text({{"kind", weights.fit->kind},
                              {"resize", weights.fit->resize},
                              {"background", weights.fit->background},
                              {"interpolation", "bilinear"},
                              {"antialias", true}});
  if (weights.range16) metadata[range16_key] = text({(*weights.range16)[0], (*weights.range16)[1]});
  if (!weights.background.empty()) metadata[background_key] = text(weights.background);
  return metadata;
}

std::vector<std::string> missing_keys(const Metadata& metadata) {
  std::vector<std::string> missing;
  for (const auto& [key, text] : to_metadata({}))
    if (!metadata.contains(key)) missing.push_back(key);
  return missing;
}

WeightsMetadata weights_metadata(const Metadata& metadata, const std::string& source) {
  const Keys keys(metadata, source);
  if (keys.raw(format_key) != format_version) keys.refuse(format_key, format_version);
  WeightsMetadata weights{.model = keys.raw("reslab.model"),
                          .model_options = keys.raw("reslab.model_options"),
                          .classes = keys.names("reslab.classes"),
                          .mean = keys.numbers("reslab.mean", false),
                          .std = keys.numbers("reslab.std", true),
                          .recipe_hash = keys.raw("reslab.recipe")};
  if (!keys.parsed("reslab.model_options").is_object()) keys.refuse("reslab.model_options", "a JSON object");
  read_image_size(keys, weights);
  const auto channels = static_cast<std::size_t>(weights.channels);
  if (weights.mean.size() != channels) keys.refuse("reslab.mean", "as many numbers as channels");
  if (weights.std.size() != channels) keys.refuse("reslab.std", "as many numbers as channels");
  weights.fit = read_fit(keys, metadata, weights);
  read_decoding(keys, metadata, weights);
  return weights;
}

}  // namespace reslab::serialization
