#include "reslab/train/device_steps.h"

#include <ATen/TensorOperators.h>
#include <ATen/record_function.h>
#include <gtest/gtest.h>

#include "reslab/core/error.h"
#include "reslab/nn/conv2d.h"
#include "train/trainer_support.h"

namespace reslab::train {
namespace {

using namespace test;

// What a CUDA graph can record: the same operations on the same shapes in every step, and no value read from the
// device.
class Operations {
 public:
  Operations() {
    handle_ = at::addThreadLocalCallback(at::RecordFunctionCallback(&Operations::begin, &Operations::end)
                                             .needsInputs(true)
                                             .scopes({at::RecordScope::FUNCTION, at::RecordScope::BACKWARD_FUNCTION}));
    current_ = this;
  }
  ~Operations() {
    at::removeCallback(handle_);
    current_ = nullptr;
  }
  std::vector<std::string> names;  // with the shapes of what they take
  int reads = 0;                   // of a value, by the host

 private:
  static std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction& function) {
    if (current_ == nullptr) return nullptr;
    std::string name = function.name();
    // On the processor this one reads the rate itself; on a GPU it doesn't.
    if (name == "aten::_fused_sgd_") ++current_->inside_;
    if (current_->inside_ == 0 &&
        (name == "aten::_local_scalar_dense" || name == "aten::is_nonzero" || name == "aten::nonzero"))
      ++current_->reads;
    for (const c10::IValue& input : function.inputs())
      if (input.isTensor() && input.toTensor().defined()) name += c10::str(" ", input.toTensor().sizes());
    current_->names.push_back(std::move(name));
    return nullptr;
  }
  static void end(const at::RecordFunction& function, at::ObserverContext*) {
    if (current_ != nullptr && std::string(function.name()) == "aten::_fused_sgd_") --current_->inside_;
  }
  static inline Operations* current_ = nullptr;
  at::CallbackHandle handle_;
  int inside_ = 0;
};

// Narrow, and of whole batches alone.
recipe::Recipe on_device(const char* name, const recipe::Overrides& more) {
  recipe::Overrides all{
      {"model.width", "8"}, {"model.group_width", "8"}, {"data.batch_size", "50"}, {"data.drop_last", "true"}};
  all.insert(all.end(), more.begin(), more.end());
  return recipe::load_recipe(core::concatenate(RESLAB_SOURCE_DIR "/recipes/", name, ".toml"), all);
}

// The state after some steps.
TrainerState trained(const recipe::Recipe& recipe, const TrainerOptions& options, std::int64_t steps) {
  Trainer trainer(recipe, samples(), options);
  std::int64_t batches = 0;
  trainer.run({}, [&] { return ++batches == steps ? std::optional(End::interrupted) : std::nullopt; });
  EXPECT_EQ(trainer.makes_device_steps(), options.device_steps || options.compute.device.is_cuda()) << recipe.name;
  EXPECT_EQ(batches, steps);
  TrainerState state = trainer.state();
  for (auto& [key, tensor] : state.network) tensor = tensor.detach().cpu().clone();
  return state;
}

// But for rounding, which later steps make larger.
void expect_near(const TrainerState& found, const TrainerState& expected, double share, const std::string& recipe) {
  ASSERT_EQ(found.network.size(), expected.network.size());
  for (std::size_t i = 0; i < found.network.size(); ++i) {
    const at::Tensor a = found.network[i].second.to(at::kDouble), b = expected.network[i].second.to(at::kDouble);
    EXPECT_LT((a - b).abs().max().item<double>(), share * (1 + b.abs().max().item<double>()))
        << recipe << ": " << found.network[i].first;
  }
  EXPECT_EQ(found.epoch, expected.epoch);
  EXPECT_EQ(found.progress.batches, expected.progress.batches);
}

TEST(DeviceSteps, MakesTheSameSteps) {
  for (const char* name : {"resnet", "airbench94"}) {
    const recipe::Recipe recipe = on_device(name, {{"epochs", "2"}});
    expect_near(trained(recipe, {.device_steps = true}, 2), trained(recipe, {}, 2), 2e-3, name);
  }
}

TEST(DeviceSteps, LeavesRecipesWithoutASteadyMomentumAlone) {
  const Trainer trainer(on_device("original", {}), samples(), {.device_steps = true});
  EXPECT_FALSE(trainer.makes_device_steps());
}

// The whole of it: batches made on the device, fused normalisation and pooling, the recorded step and those after it.
TEST(DeviceSteps, TrainsAsTheProcessorDoesOnCuda) {
  if (!at::hasCUDA()) GTEST_SKIP() << "this libtorch sees no CUDA device: training on one is NOT tested here";
  for (const char* name : {"resnet", "airbench94"}) {
    const recipe::Recipe recipe = on_device(name, {{"epochs", "3"}});
    const Compute cuda = resolve_compute({.device = "cuda", .precision = "fp32"});
    // cuDNN multiplies fp32 with fewer digits where it may.
    expect_near(trained(recipe, {.compute = cuda}, 2), trained(recipe, {.device_steps = true}, 2), 2e-2, name);
    expect_near(trained(recipe, {.compute = cuda}, 7), trained(recipe, {.device_steps = true}, 7), 0.2, name);
  }
}

// Lists what happens between the batches of one epoch.
struct ListingSteps final : Observer {
  void on_batch_done(const BatchDone& event) override {
    if (operations) steps.push_back(std::move(operations->names)), reads.push_back(operations->reads);
    operations.reset();
    // The step after this one; at an epoch's end there would be more in it.
    if (event.batch + 1 < event.batches) operations.emplace();
  }
  std::optional<Operations> operations;
  std::vector<std::vector<std::string>> steps;
  std::vector<int> reads;
};

TEST(DeviceSteps, DoesTheSameInEveryDeviceStepAndReadsNothing) {
  for (const char* name : {"resnet", "airbench94"})
    for (const bool device_steps : {false, true}) {
      Trainer trainer(on_device(name, {{"epochs", "2"}}), samples(), {.device_steps = device_steps});
      nn::use_direct_convolutions(trainer.network());
      ListingSteps listing;
      trainer.run({&listing}, never);
      ASSERT_GE(listing.steps.size(), 4U) << name;
      for (std::size_t i = 0; i < listing.steps.size(); ++i) {
        if (device_steps) {
          EXPECT_EQ(listing.steps[i], listing.steps[0]) << name << ", step " << i;
          EXPECT_EQ(listing.reads[i], 0) << name << ", step " << i;
        } else {
          EXPECT_GE(listing.reads[i], 1) << "the loss, in an ordinary step of " << name;
        }
      }
      EXPECT_GT(listing.steps[0].size(), 50U) << "nothing was listed";
    }
}

}  // namespace
}  // namespace reslab::train
