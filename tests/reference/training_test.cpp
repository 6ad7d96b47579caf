// Five steps of the original's recipe by the training loop against PyTorch's: losses, weights, running statistics.
#include <gtest/gtest.h>

#include "reference.h"
#include "reslab/data/tensor_source.h"
#include "reslab/train/trainer.h"

namespace reslab::reference {
namespace {

constexpr std::int64_t plain_steps = 5;

// The recipe as it is, but for what the comparison must hold fixed: the batches.
recipe::Recipe recipe_for(std::int64_t samples) {
  return recipe::load_recipe(RESLAB_SOURCE_DIR "/recipes/original.toml",
                             {{"epochs", "1"},
                              {"data.batch_size", std::to_string(samples / plain_steps)},
                              {"data.shuffle", "false"},
                              {"augment.policies", "[]"}});
}

struct PlainLosses final : train::Observer {
  void on_batch_done(const train::BatchDone& event) override { values.push_back(event.loss); }
  std::vector<double> values;
};

TEST(Training, FiveStepsAgreeWithPyTorch) {
  const auto expected = values("steps");
  const data::Split dataset = data::in_memory("random images", value(expected, "images"), value(expected, "labels"),
                                              std::vector<std::string>(10, "class"));
  train::Trainer trainer(recipe_for(dataset.size()), {.train = dataset, .test = dataset}, {});
  load_reference_weights(trainer.network());
  PlainLosses losses;
  trainer.run({&losses}, {});

  ASSERT_EQ(losses.values.size(), static_cast<std::size_t>(plain_steps));
  EXPECT_TRUE(near(at::tensor(losses.values), value(expected, "losses"), 1e-5));
  const auto start = values("weights");
  for (const auto& [name, tensor] : named_tensors(trainer.network())) {
    SCOPED_TRACE(name);
    // Rounding, against how far the five steps moved the tensor, by norm: a ReLU at its threshold may go the other way
    // than PyTorch's, which moves a few elements of the tensors around it.
    const at::Tensor after = value(expected, "after." + name).to(at::kDouble);
    const auto moved = (after - value(start, name).to(at::kDouble)).norm().item<double>();
    EXPECT_GT(moved, 0);
    EXPECT_LT((tensor.to(at::kDouble) - after).norm().item<double>() / moved, 3e-3);
  }
}

}  // namespace
}  // namespace reslab::reference
