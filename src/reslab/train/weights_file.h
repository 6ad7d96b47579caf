// A network in one file: its weights, and in the metadata all that is needed to use them.
//
//   train::save_network("weights.safetensors", trainer.network(), description);
//   auto loaded = train::load_network("weights.safetensors");
//   at::Tensor scores = loaded.network->forward(…);
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "reslab/data/dataset_info.h"
#include "reslab/data/eval_transform.h"
#include "reslab/models/network.h"
#include "reslab/recipe/recipe.h"
#include "reslab/serialization/weights.h"

namespace reslab::train {

struct NetworkDescription {
  serialization::WeightsMetadata weights;
  std::string precision = "fp32";  ///< reslab.precision: "fp32" or "bf16", in which it was trained
  std::int64_t epochs = 0;         ///< reslab.epochs: epochs finished when it was saved
};

/// Describes the network of a run of `recipe` on a data set like `info`, whose images are of one size.
NetworkDescription describe_network(const recipe::Recipe& recipe, const data::DatasetInfo& info,
                                    const data::EvalTransform& transform, const std::string& precision);

/// What the description says of evaluation.
data::EvalTransform transform_of(const NetworkDescription& description);

/// Writes durably.
void save_network(const std::filesystem::path& path, const models::Network& network,
                  const NetworkDescription& description);

/// What a file by save_network says of itself; nothing of its payload is read. Throws UserError when it is damaged, or
/// doesn't say.
NetworkDescription read_description(const std::filesystem::path& path);

/// The keys of the metadata that a network needs and the file lacks: none of one by save_network, all of one by
/// another program. Throws UserError when the file can't be read.
std::vector<std::string> missing_description(const std::filesystem::path& path);

struct LoadedNetwork {
  std::shared_ptr<models::Network> network;  ///< in evaluation mode, on the CPU
  NetworkDescription description;
};

/// Reads a file by save_network, or one of another program with the same tensors in F32, F16 or BF16; `otherwise`
/// stands in for what its metadata lack. Throws UserError when it is damaged, holds values that aren't finite, or
/// doesn't say what network it holds.
LoadedNetwork load_network(const std::filesystem::path& path, const serialization::Metadata& otherwise = {});

}  // namespace reslab::train
