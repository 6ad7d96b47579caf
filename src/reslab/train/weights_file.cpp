#include "reslab/train/weights_file.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "reslab/core/error.h"
#include "reslab/exchange/safetensors.h"
#include "reslab/nn/state.h"

namespace reslab::train {
namespace {

std::vector<exchange::NamedTensor> tensors_of(const models::Network& network) {
  std::vector<exchange::NamedTensor> tensors;
  for (const auto& [name, tensor] : nn::state_of(network)) tensors.push_back({name, tensor});
  return tensors;
}

std::string options_text(const ModelOptions& options) {
  if (options.name == "speednet")
    return nlohmann::json{{"activation", options.activation},
                          {"depth", options.depth},
                          {"group_width", options.group_width},
                          {"last_width", options.last_width},
                          {"width", options.width}}
        .dump();
  return nlohmann::json{{"softmax", options.softmax}, {"width", options.width}}.dump();
}

models::Options model_options(const exchange::WeightsMetadata& weights, const std::string& source) {
  models::Options options{.classes = static_cast<std::int64_t>(weights.classes.size()),
                          .in_channels = weights.channels};
  constexpr std::int64_t widest = 4096;
  try {
    const nlohmann::json json = nlohmann::json::parse(weights.model_options);
    options.softmax = json.value("softmax", options.softmax);
    options.width = json.value("width", options.width);
    options.group_width = json.value("group_width", options.group_width);
    options.last_width = json.value("last_width", options.last_width);
    options.depth = json.value("depth", options.depth);
    options.activation = json.value("activation", options.activation);
  } catch (const nlohmann::json::exception& error) {
    throw core::UserError({.attempted = "read the model's options in " + source, .found = error.what()});
  }
  for (const std::int64_t width :
       {options.width, options.group_width, options.last_width == 0 ? options.group_width : options.last_width})
    if (width < 1 || width > widest)
      throw core::UserError({.attempted = "read the model's options in " + source,
                             .found = core::concatenate("a width of ", width),
                             .allowed = core::concatenate("1 to ", widest)});
  return options;
}

std::string value_of(const exchange::Metadata& metadata, const std::string& key, const std::string& otherwise) {
  const auto found = metadata.find(key);
  return found == metadata.end() ? otherwise : found->second;
}

// What metadata claim must not cost more memory than the file itself is large.
void check_size(const exchange::SafetensorsHeader& header, double least_parameters, const std::string& source) {
  const double bytes = header.tensors.empty() ? 0 : static_cast<double>(header.tensors.back().end);
  if (bytes >= sizeof(float) * least_parameters) return;
  throw core::UserError({.attempted = "load the network in " + source,
                         .found = core::concatenate("tensors of ", bytes, " bytes"),
                         .allowed = core::concatenate("more than ", sizeof(float) * least_parameters,
                                                      ", as the model in its metadata has"),
                         .remedy = "get the file again: it is damaged, or its metadata are of another"});
}

NetworkDescription description_in(const exchange::Metadata& metadata, const std::string& source) {
  NetworkDescription description{.weights = exchange::weights_metadata(metadata, source),
                                 .precision = value_of(metadata, "reslab.precision", "fp32")};
  const std::string epochs = value_of(metadata, "reslab.epochs", "0");
  std::from_chars(epochs.data(), epochs.data() + epochs.size(), description.epochs);
  return description;
}

}  // namespace

NetworkDescription describe_network(const Recipe& recipe, const data::Dataset& dataset,
                                    const augment::Normalizer& normalizer, const std::string& precision) {
  return {.weights = {.model = recipe.model.name,
                      .model_options = options_text(recipe.model),
                      .classes = dataset.classes,
                      .mean = normalizer.mean(),
                      .std = normalizer.std(),
                      .height = dataset.images.size(1),
                      .width = dataset.images.size(2),
                      .channels = dataset.images.size(3),
                      .recipe_hash = recipe_hash(recipe)},
          .precision = precision};
}

void save_network(const std::filesystem::path& path, const models::Network& network,
                  const NetworkDescription& description) {
  exchange::Metadata metadata = exchange::to_metadata(description.weights);
  metadata["reslab.precision"] = description.precision;
  metadata["reslab.epochs"] = std::to_string(description.epochs);
  exchange::write_safetensors(path, tensors_of(network), metadata);
}

NetworkDescription read_description(const std::filesystem::path& path) {
  return description_in(exchange::read_safetensors_header(path).metadata, path.string());
}

LoadedNetwork load_network(const std::filesystem::path& path) {
  const exchange::SafetensorsHeader header = exchange::read_safetensors_header(path);
  const exchange::Metadata& metadata = header.metadata;
  LoadedNetwork loaded{.network = nullptr, .description = description_in(metadata, path.string())};
  const std::string& model = loaded.description.weights.model;
  const models::Options options = model_options(loaded.description.weights, path.string());
  check_size(header, models::least_parameters(model, options), path.string());
  loaded.network = models::create(model, options);
  exchange::load_safetensors(path, tensors_of(*loaded.network));
  loaded.network->eval();
  return loaded;
}

}  // namespace reslab::train
