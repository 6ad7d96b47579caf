#include "reslab/train/step_profile.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/record_function.h>

#include <chrono>
#include <map>

#include "reslab/core/error.h"
#include "reslab/core/order.h"
#include "reslab/data/tensor_source.h"
#include "reslab/train/operation_cost.h"

namespace reslab::train {
namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// Marks the calls whose end counts.
struct Counted final : at::ObserverContext {};

// The operations of one thread: the training's, on which a processor's backward pass runs too. A callback is a plain
// function, so that the recording at hand is known to all; there is one at a time.
class Recording {
 public:
  Recording() {
    RESLAB_ASSERT(current_ == nullptr, "two profiles at once");
    current_ = this;
    handle_ = at::addThreadLocalCallback(at::RecordFunctionCallback(&Recording::begin, &Recording::end)
                                             .needsInputs(true)
                                             .scopes({at::RecordScope::FUNCTION}));
  }
  ~Recording() {
    at::removeCallback(handle_);
    current_ = nullptr;
  }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  std::map<std::string, Operation> operations;

 private:
  static std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction& function) {
    // The backward pass wraps each node of the graph: what is of interest is inside.
    if (std::string_view(function.name()).starts_with("autograd::")) return nullptr;
    Recording& recording = *current_;
    if (recording.depth_++ > 0) return std::make_unique<Counted>();
    recording.name_ = function.name();
    recording.cost_ = operation_cost(recording.name_, function.inputs());
    recording.begun_ = now();
    return std::make_unique<Counted>();
  }

  static void end(const at::RecordFunction& /*function*/, at::ObserverContext* counted) {
    Recording& recording = *current_;
    if (counted == nullptr || --recording.depth_ > 0) return;
    Operation& operation = recording.operations[recording.name_];
    operation.name = recording.name_;
    operation.calls += 1;
    operation.seconds += now() - recording.begun_;
    operation.flop += recording.cost_.flop;
    operation.bytes += recording.cost_.bytes;
  }

  static Recording* current_;
  at::CallbackHandle handle_ = 0;
  int depth_ = 0;
  std::string name_;
  OperationCost cost_;
  double begun_ = 0;
};

Recording* Recording::current_ = nullptr;

// Lets the first steps pass, and records the others.
class Stopwatch final : public Observer {
 public:
  explicit Stopwatch(const ProfileOptions& options) : options_(options) {}

  void on_training_started(const TrainingStarted&) override {
    if (options_.warmup == 0) begin();
  }
  void on_batch_done(const BatchDone& event) override {
    const std::int64_t images = event.seen - std::exchange(seen_, event.seen);
    ++batches_;
    if (batches_ == options_.warmup) return begin();
    if (recording_ == nullptr) return;
    waiting_ += event.waiting_seconds;
    images_ += static_cast<double>(images);
    if (is_done()) end();
  }
  // What lies between two epochs is no step's.
  void on_epoch_trained(const EpochDone&) override {
    seen_ = 0;
    between_ = recording_ != nullptr;
    if (between_) end();
  }
  void on_epoch_done(const EpochDone&) override {
    if (std::exchange(between_, false)) begin();
  }

  bool is_done() const { return batches_ >= options_.warmup + options_.steps; }

  StepProfile result() {
    const auto steps = static_cast<double>(options_.steps);
    StepProfile profile{.steps = options_.steps,
                        .step_images = images_ / steps,
                        .step_seconds = seconds_ / steps,
                        .waiting_seconds = waiting_ / steps};
    for (auto& [name, operation] : operations_) {
      for (double* sum : {&operation.calls, &operation.seconds, &operation.flop, &operation.bytes}) *sum /= steps;
      profile.operations.push_back(std::move(operation));
    }
    std::ranges::sort(profile.operations, core::highest_first, &Operation::seconds);
    return profile;
  }

 private:
  void begin() {
    recording_ = std::make_unique<Recording>();
    begun_ = now();
  }

  void end() {
    seconds_ += now() - begun_;
    for (const auto& [name, part] : recording_->operations) {
      Operation& sum = operations_[name];
      sum.name = name;
      sum.calls += part.calls, sum.seconds += part.seconds, sum.flop += part.flop, sum.bytes += part.bytes;
    }
    recording_.reset();
  }

  ProfileOptions options_;
  std::unique_ptr<Recording> recording_;
  std::map<std::string, Operation> operations_;
  std::int64_t batches_ = 0, seen_ = 0;
  bool between_ = false;  // two epochs, recording
  double begun_ = 0, seconds_ = 0, waiting_ = 0, images_ = 0;
};

// The best of several runs.
template <typename Work>
double shortest(int runs, const Work& work) {
  double best = 0;
  for (int i = 0; i <= runs; ++i) {
    const double start = now();
    work();
    const double seconds = now() - start;
    if (i == 1 || (i > 1 && seconds < best)) best = seconds;  // the first one pays for memory
  }
  return best;
}

}  // namespace

bool Operation::is_of_patches() const { return name.starts_with("reslab::patch_"); }

bool Operation::is_convolution() const { return !is_of_patches() && name.find("conv") != std::string::npos; }

double StepProfile::flop() const {
  double sum = 0;
  for (const Operation& operation : operations) sum += operation.flop;
  return sum;
}

double StepProfile::other_seconds() const {
  double rest = step_seconds - waiting_seconds;
  for (const Operation& operation : operations) rest -= operation.seconds;
  return rest;
}

data::Splits random_images(const data::DatasetInfo& info, std::int64_t samples) {
  const augment::Size size = info.size.value();
  const data::Split images =
      data::in_memory("random images", at::randint(256, {samples, size.height, size.width, info.channels}, at::kByte),
                      at::randint(info.class_count(), {samples}, at::kLong), info.classes);
  return {.train = images, .test = images};
}

StepProfile profile_steps(Trainer& trainer, const ProfileOptions& options) {
  RESLAB_ASSERT(options.warmup >= 0 && options.steps >= 1, options.warmup, options.steps);
  Stopwatch stopwatch(options);
  trainer.run({&stopwatch}, [&]() -> std::optional<End> {
    return stopwatch.is_done() ? std::optional(End::interrupted) : std::nullopt;
  });
  if (!stopwatch.is_done())
    throw core::UserError({.attempted = core::concatenate("profile ", options.warmup, " + ", options.steps, " batches"),
                           .found = "a training of fewer",
                           .remedy = "give more epochs, or a smaller batch"});
  return stopwatch.result();
}

Roofline measure_roofline(const Compute& compute) {
  const at::NoGradGuard no_grad;
  constexpr std::int64_t side = 2048, megabytes = 256;
  const auto options = at::TensorOptions().dtype(compute.activations).device(compute.device);
  const at::Tensor a = at::randn({side, side}, options), b = at::randn({side, side}, options);
  at::Tensor c = at::empty_like(a);
  const double product = shortest(8, [&] { at::mm_out(c, a, b); });
  const at::Tensor from = at::ones({megabytes << 20}, at::TensorOptions(at::kByte).device(compute.device));
  const at::Tensor to = at::empty_like(from);
  const double copy = shortest(4, [&] { to.copy_(from); });
  return {.flop_per_second = 2.0 * side * side * side / product,
          .bytes_per_second = 2.0 * static_cast<double>(from.nbytes()) / copy};
}

double least_seconds(const Operation& operation, const Roofline& roofline) {
  return std::max(operation.flop / roofline.flop_per_second, operation.bytes / roofline.bytes_per_second);
}

}  // namespace reslab::train
