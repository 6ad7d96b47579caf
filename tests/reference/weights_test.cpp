// Weights written here, read by PyTorch.
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "reference.h"
#include "reslab/data/tensor_source.h"
#include "reslab/nn/layer.h"
#include "reslab/train/weights_file.h"

namespace reslab::reference {
namespace {

TEST(Weights, LoadIntoPyTorchsModuleAndGiveTheSameLogits) {
  const auto network = models::create("custom_resnet", {.classes = 10, .in_channels = 3});
  nn::initialise(*network, 5);
  const at::Tensor images = value(values("batch"), "images");
  const at::NoGradGuard no_grad;
  for (int i = 0; i < 20; ++i) network->forward(images);  // moves the running statistics away from their start
  network->eval();
  const at::Tensor logits = network->forward(images);

  const std::filesystem::path folder = RESLAB_REFERENCE_DIR;
  const recipe::Recipe recipe = recipe::load_recipe(RESLAB_SOURCE_DIR "/recipes/original.toml");
  const data::Split dataset = data::in_memory("the batch", at::zeros({1, 32, 32, 3}, at::kByte),
                                              at::zeros({1}, at::kLong), std::vector<std::string>(10, "class"));
  const data::EvalTransform transform{.normalizer = {recipe.data.mean, recipe.data.std}};
  train::save_network(folder / "ours.safetensors", *network,
                      train::describe_network(recipe, dataset.info(), transform, "fp32"));
  serialization::write_safetensors(folder / "ours_output.safetensors", {{"images", images}, {"logits", logits}});
  const std::string command = "'" RESLAB_PYTHON "' -B '" RESLAB_SOURCE_DIR "/tests/reference/check_weights.py' '" +
                              (folder / "ours.safetensors").string() + "' '" +
                              (folder / "ours_output.safetensors").string() + "'";
  EXPECT_EQ(std::system(command.c_str()), 0);
}

}  // namespace
}  // namespace reslab::reference
