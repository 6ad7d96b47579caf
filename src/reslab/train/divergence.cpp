#include "reslab/train/divergence.h"

#include "reslab/core/error.h"
#include "reslab/train/non_finite.h"

namespace reslab::train {
namespace {

constexpr const char* divergence_remedy =
    "lower the learning rate (--lr), or clip gradients (--set optimizer.clip_value=0.1), in a new run; what was saved "
    "before stays";

}  // namespace

void throw_diverged(const BatchDone& event, const std::string& where) {
  throw core::UserError({.attempted = core::concatenate("train on: the loss is ", event.loss, " in epoch ",
                                                        event.epoch + 1, ", batch ", event.batch),
                         .found = core::concatenate("training diverged at learning rate ", event.lr,
                                                    "; the first that is no finite number: ", where),
                         .remedy = divergence_remedy});
}

void check_finite(const TrainerState& state) {
  const auto check = [&](const std::string& name, const at::Tensor& tensor) {
    if (is_finite(tensor)) return;
    throw core::UserError(
        {.attempted = core::concatenate("train on after epoch ", state.epoch, ", batch ", state.progress.batches),
         .found = "training diverged; the first that is no finite number: " + name,
         .remedy = divergence_remedy});
  };
  for (const auto& [name, tensor] : state.network) check(name, tensor);
  for (const optim::Momentum& momentum : state.momenta) check("the momentum of " + momentum.name, momentum.buffer);
}

}  // namespace reslab::train
