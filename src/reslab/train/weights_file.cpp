#include "reslab/train/weights_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "reslab/core/error.h"
#include "reslab/core/json_text.h"
#include "reslab/core/nearest.h"
#include "reslab/nn/state.h"
#include "reslab/recipe/value.h"
#include "reslab/serialization/safetensors.h"

namespace reslab::train {
namespace {

std::vector<serialization::NamedTensor> tensors_of(const models::Network& network) {
  std::vector<serialization::NamedTensor> tensors;
  for (const auto& [name, tensor] : nn::state_of(network)) tensors.push_back({name, tensor});
  return tensors;
}

// The network's options, without those that only say how weights begin.
std::string options_text(const recipe::ModelOptions& model) {
  auto json = nlohmann::json::object();
  for (const models::Option& option : models::kind(model.name).options) {
    if (!option.in_weights_file) continue;
    const auto given = model.values.find(option.name);
    std::visit([&](const auto& value) { json[option.name] = value; },
               given == model.values.end() ? option.initial : given->second);
  }
  return core::json_text(json);
}

recipe::Value value_of(const nlohmann::json& json) {
  if (json.is_boolean()) return {json.get<bool>()};
  if (json.is_number_integer()) return {json.get<std::int64_t>()};
  if (json.is_number_float()) return {json.get<double>()};
  if (json.is_string()) return {json.get<std::string>()};
  return {recipe::OtherKind{json.type_name()}};
}

// Options that the file doesn't name have their initial values; what is no option of the network is left alone.
models::Options model_options(const serialization::WeightsMetadata& weights, const std::string& source) {
  recipe::Recipe recipe;
  recipe.model.name = weights.model;
  const auto json = nlohmann::json::parse(weights.model_options);
  for (const models::Option& option : models::kind(weights.model).options)
    if (const auto found = json.find(option.name); found != json.end())
      recipe::assign(recipe, {.key = "model." + option.name,
                              .value = value_of(*found),
                              .attempted = "read the model's options in " + source,
                              .place = {}});
  return {.classes = static_cast<std::int64_t>(weights.classes.size()),
          .in_channels = weights.channels,
          .values = std::move(recipe.model.values)};
}

std::string text_in(const serialization::Metadata& metadata, const std::string& key, const std::string& otherwise) {
  const auto found = metadata.find(key);
  return found == metadata.end() ? otherwise : found->second;
}

// What metadata claim must not cost more memory than the file itself is large, or twice that in half floats.
void check_size(const serialization::SafetensorsHeader& header, const std::string& model,
                const models::Options& options, const std::string& source) {
  double values = 0;
  for (const serialization::TensorEntry& entry : header.tensors)
    if (at::isFloatingType(entry.dtype))
      values += static_cast<double>(entry.end - entry.begin) / static_cast<double>(c10::elementSize(entry.dtype));
  const double least = models::least_parameters(model, options);
  if (values >= least) return;
  std::vector<std::string> said;
  for (const models::Option& option : models::kind(model).options)
    if (const auto given = options.values.find(option.name); given != options.values.end())
      said.push_back(option.name + ' ' + models::option_text(given->second));
  throw core::UserError({.attempted = "load the network in " + source,
                         .found = core::concatenate("tensors of ", std::llround(values), " numbers in all"),
                         .allowed = core::concatenate("at least ", std::llround(least), ", as a ", model,
                                                      " of its options (", core::join(said, ", "), ") has"),
                         .remedy = "name the model and the options that the file was written for; where its own "
                                   "metadata name them, it is damaged, or they are of another"});
}

NetworkDescription description_in(const serialization::Metadata& metadata, const std::string& source) {
  NetworkDescription description{.weights = serialization::weights_metadata(metadata, source),
                                 .precision = text_in(metadata, "reslab.precision", "fp32")};
  const std::string epochs = text_in(metadata, "reslab.epochs", "0");
  std::from_chars(epochs.data(), epochs.data() + epochs.size(), description.epochs);
  return description;
}

constexpr std::array fit_names{std::pair{data::FitKind::crop, "crop"}, std::pair{data::FitKind::pad, "pad"},
                               std::pair{data::FitKind::stretch, "stretch"}};

std::optional<serialization::FitMetadata> fit_metadata(const data::ImageFit& fit, std::int64_t channels) {
  for (const auto& [kind, name] : fit_names)
    if (kind == fit.kind)
      return serialization::FitMetadata{.kind = name,
                                        .resize = fit.resize,
                                        .background = {fit.background.begin(), fit.background.begin() + channels}};
  return std::nullopt;
}

data::ImageFit fit_of(const serialization::WeightsMetadata& weights) {
  if (!weights.fit) return {};
  data::ImageFit fit{.output = {static_cast<int>(weights.height), static_cast<int>(weights.width)},
                     .resize = static_cast<int>(weights.fit->resize)};
  for (const auto& [kind, name] : fit_names)
    if (weights.fit->kind == name) fit.kind = kind;
  const std::vector<std::int64_t>& background = weights.fit->background;
  for (std::size_t c = 0; c < fit.background.size() && !background.empty(); ++c)
    fit.background[c] = static_cast<std::uint8_t>(background[std::min(c, background.size() - 1)]);
  return fit;
}

}  // namespace

data::EvalTransform transform_of(const NetworkDescription& description) {
  return {.fit = fit_of(description.weights), .normalizer = {description.weights.mean, description.weights.std}};
}

NetworkDescription describe_network(const recipe::Recipe& recipe, const data::DatasetInfo& info,
                                    const data::EvalTransform& transform, const std::string& precision) {
  const augment::Size size = data::output_size(transform.fit, info.size).value();
  return {.weights = {.model = recipe.model.name,
                      .model_options = options_text(recipe.model),
                      .classes = info.classes,
                      .mean = transform.normalizer.mean(),
                      .std = transform.normalizer.std(),
                      .height = size.height,
                      .width = size.width,
                      .channels = info.channels,
                      .fit = fit_metadata(transform.fit, info.channels),
                      .recipe_hash = recipe_hash(recipe)},
          .precision = precision};
}

void save_network(const std::filesystem::path& path, const models::Network& network,
                  const NetworkDescription& description) {
  serialization::Metadata metadata = serialization::to_metadata(description.weights);
  metadata["reslab.precision"] = description.precision;
  metadata["reslab.epochs"] = std::to_string(description.epochs);
  serialization::write_safetensors(path, tensors_of(network), metadata);
}

NetworkDescription read_description(const std::filesystem::path& path) {
  return description_in(serialization::read_safetensors_header(path).metadata, path.string());
}

std::vector<std::string> missing_description(const std::filesystem::path& path) {
  return serialization::missing_keys(serialization::read_safetensors_header(path).metadata);
}

LoadedNetwork load_network(const std::filesystem::path& path, const serialization::Metadata& otherwise) {
  const serialization::SafetensorsHeader header = serialization::read_safetensors_header(path);
  serialization::Metadata metadata = header.metadata;
  metadata.insert(otherwise.begin(), otherwise.end());
  LoadedNetwork loaded{.network = nullptr, .description = description_in(metadata, path.string())};
  const std::string& model = loaded.description.weights.model;
  const models::Options options = model_options(loaded.description.weights, path.string());
  check_size(header, model, options, path.string());
  loaded.network = models::create(model, options);
  serialization::load_safetensors(path, tensors_of(*loaded.network), {.half_floats = true});
  loaded.network->eval();
  return loaded;
}

}  // namespace reslab::train
