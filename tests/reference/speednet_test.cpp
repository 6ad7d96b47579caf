// airbench94's network, views and training steps against PyTorch's.
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "reference.h"
#include "reslab/data/tensor_source.h"
#include "reslab/train/evaluate.h"
#include "reslab/train/trainer.h"

namespace reslab::reference {
namespace {

constexpr std::int64_t steps = 2, batch = 32;

void load(const serialization::SafetensorsFile& file, models::Network& network) {
  const at::NoGradGuard no_grad;
  for (auto& [name, tensor] : named_tensors(network)) at::Tensor(tensor).copy_(value(file, "before." + name));
}

TEST(Speednet, LogitsAndViewsAgreeWithPyTorch) {
  const auto file = values("speednet");
  const auto network = models::create("speednet", {.classes = 10, .in_channels = 3});
  load(file, *network);
  network->eval();
  const at::NoGradGuard no_grad;
  const at::Tensor images = value(file, "normalised").slice(0, 0, batch).contiguous(at::MemoryFormat::ChannelsLast);
  EXPECT_TRUE(near(network->forward(images), value(file, "logits"), 1e-4));
  EXPECT_TRUE(near(train::forward_views(*network, images, train::Views::six), value(file, "six_views"), 1e-4));
}

struct Losses final : train::Observer {
  void on_batch_done(const train::BatchDone& event) override { values.push_back(event.loss); }
  std::vector<double> values;
};

TEST(Speednet, TwoStepsOfAirbench94AgreeWithPyTorch) {
  const auto file = values("speednet");
  const data::Split dataset = data::in_memory("random images", value(file, "images"), value(file, "labels"),
                                              std::vector<std::string>(10, "class"));
  const recipe::Recipe recipe =
      recipe::load_recipe(RESLAB_SOURCE_DIR "/recipes/airbench94.toml", {{"epochs", "1"},
                                                                         {"data.batch_size", std::to_string(batch)},
                                                                         {"data.shuffle", "false"},
                                                                         {"augment.policies", "[]"},
                                                                         {"optimizer.whitening_epochs", "0.5"}});
  train::Trainer trainer(recipe, {.train = dataset, .test = dataset}, {});
  const auto whitened = trainer.network().named_parameters()["whiten.weight"].clone();
  EXPECT_TRUE(near(whitened.abs(), value(file, "before.whiten.weight").abs(), 1e-3)) << "but for an eigenvector's sign";
  load(file, trainer.network());
  Losses losses;
  trainer.run({&losses}, {});

  ASSERT_EQ(losses.values.size(), static_cast<std::size_t>(steps));
  EXPECT_TRUE(near(at::tensor(losses.values), value(file, "losses"), 1e-4));
  for (const auto& [name, tensor] : named_tensors(trainer.network())) {
    SCOPED_TRACE(name);
    if (name.ends_with("num_batches_tracked")) continue;
    const at::Tensor before = value(file, "before." + name), after = value(file, "after." + name);
    const auto moved = (after - before).norm().item<double>();
    const bool fixed = name == "whiten.weight" || (name.find("norm") != std::string::npos && name.ends_with(".weight"));
    EXPECT_EQ(moved == 0, fixed);
    // Single elements part further: see speednet.py.
    EXPECT_LE((tensor.detach() - after).norm().item<double>(), 5e-3 * moved);
  }
}

}  // namespace
}  // namespace reslab::reference
