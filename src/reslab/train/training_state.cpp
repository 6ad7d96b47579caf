#include "reslab/train/training_state.h"

#include <map>
#include <string>

#include "reslab/core/error.h"

namespace reslab::train {
namespace {

void add_average(TrainerState& state, const optim::WeightAverage& average) {
  for (const optim::Momentum& one : average.state()) state.more.push_back({"average." + one.name, one.buffer});
  // While the average stands in the network's place, the trained weights lie elsewhere.
  std::map<std::string, at::Tensor> live;
  for (std::size_t i = 0; i < average.names().size(); ++i) live[average.names()[i]] = average.live()[i];
  for (auto& [name, tensor] : state.network)
    if (const auto found = live.find(name); found != live.end()) tensor = found->second;
}

}  // namespace

TrainerState state_of(const TrainingProgress& progress, const models::Network& network, const WeightUpdate& update,
                      const Decisions& decisions) {
  RESLAB_ASSERT(progress.unread() == 0, progress.unread());
  TrainerState state{.epoch = progress.epoch(), .progress = progress.of_epoch(), .network = nn::state_of(network)};
  for (const TrainedGroup& group : update.groups())
    for (const optim::Momentum& momentum : group.optimizer->state()) state.momenta.push_back(momentum);
  if (const at::Tensor patience = decisions.patience_state(); patience.defined())
    state.more.push_back({"patience", patience});
  if (update.average() != nullptr) add_average(state, *update.average());
  return state;
}

}  // namespace reslab::train
