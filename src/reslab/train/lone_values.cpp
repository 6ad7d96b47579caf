#include "reslab/train/lone_values.h"

#include "reslab/core/error.h"
#include "reslab/data/sampler.h"
#include "reslab/nn/batch_norm2d.h"
#include "reslab/recipe/schedule.h"

namespace reslab::train {
namespace {

// The path of the first batch normalisation that gets a map of one pixel; "" for none.
std::string first_lone_value(const nn::Graph& graph, const nn::Shape& images) {
  const std::vector<nn::Shape> shapes = nn::shapes_of(graph, images);
  for (std::size_t i = 0; i < shapes.size(); ++i)
    if (std::holds_alternative<nn::BatchNorm2dOptions>(graph.nodes()[i].op) && shapes[i][2] * shapes[i][3] == 1)
      return graph.nodes()[i].path;
  return "";
}

// "its batches hold one image", or that its last one does; nothing where all have more.
std::string lone_batch(const recipe::Recipe& recipe, std::int64_t samples) {
  const data::Sampler sampler(recipe::sampler_options(recipe, samples));
  if (sampler.batch(0).size() == 1) return "batches of one image";
  if (sampler.batch(sampler.batches() - 1).size() == 1)
    return core::concatenate("a last batch of one image (", samples, " samples in batches of ", recipe.data.batch_size,
                             ")");
  return "";
}

}  // namespace

void check_lone_values(models::Network& network, const recipe::Recipe& recipe, const TrainedImages& images) {
  const std::string batch = lone_batch(recipe, images.samples);
  if (batch.empty()) return;
  for (const augment::Size& size : images.sizes) {
    const std::string path = first_lone_value(network.graph(), {1, images.channels, size.height, size.width});
    if (!path.empty())
      nn::refuse_lone_values(core::concatenate("train on images of ", size.height, " × ", size.width, " pixels"),
                             core::concatenate(batch, ", of which ", path, " gets a map of 1 × 1 pixels"));
  }
}

}  // namespace reslab::train
