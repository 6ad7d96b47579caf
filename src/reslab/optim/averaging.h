// Averages of a network's weights over the steps of its training.
//
//   optim::WeightAverage average(network_tensors, {.kind = optim::AverageKind::ema, .decay = 0.999});
//   after each step:  average.after_step(step, last_step);
//
// lookahead   every `every` steps after `start` of them, and after the last:
//             slow ← slow + share · (w − slow),  w ← slow;  slow is what the weights are after `start` steps
// ema         after each step from `start` on, the n-th time (from 0):
//             average ← d · average + (1 − d) · w  with d = min(decay, (1 + n) / (10 + n)), so that the first steps,
//             far from the rest, are soon forgotten
// swa         every `every` steps from `start` on, the n-th time:  average ← average + (w − average) / (n + 1)
//
// Lookahead changes the weights that are trained; the other two leave them alone, and the average is what is evaluated
// and saved. Batch-norm's running statistics are averaged with the weights: it needs no other pass over the data, where
// Izmailov et al. compute them anew.
//
// Sources: Zhang et al., "Lookahead optimizer: k steps forward, 1 step back", 2019, arXiv 1907.08610; Polyak and
// Juditsky, "Acceleration of stochastic approximation by averaging", 1992; Izmailov et al., "Averaging weights leads to
// wider optima and better generalization", 2018, arXiv 1803.05407.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "reslab/optim/optimizer.h"

namespace reslab::optim {

enum class AverageKind { lookahead, ema, swa };

struct AverageOptions {
  AverageKind kind = AverageKind::ema;
  std::int64_t every = 5;  ///< steps, ≥ 1; of lookahead and swa
  std::int64_t start = 0;  ///< the first step that counts, from 0
  double share = 0.5;      ///< (0, 1]; of lookahead
  double decay = 0.999;    ///< [0, 1); of ema
};

class WeightAverage {
 public:
  /// `weights`: names and fp32 tensors, shared with the network; others than floating-point ones are passed over.
  WeightAverage(const std::vector<std::pair<std::string, at::Tensor>>& weights, const AverageOptions& options);

  /// After the update of `step` (from 0).
  void after_step(std::int64_t step, bool last);

  /// Exchanges the network's values and the average's, where the average is what counts and has begun; the second call
  /// puts them back. Between the two no step may be made.
  void exchange();
  bool exchanged() const { return exchanged_; }

  /// What must be kept to go on: the averages under their weights' names, and "count", how often was averaged. All in
  /// fp32. While exchanged, the buffers of the average are the network's, and live() is what is trained.
  std::vector<Momentum> state() const;

  /// The tensors that hold the trained values of `names`' weights at this moment.
  const std::vector<at::Tensor>& live() const { return exchanged_ ? averages_ : weights_; }
  const std::vector<std::string>& names() const { return names_; }

 private:
  bool begun() const;
  /// Whether `step` is before the start. What was averaged in a training whose start was earlier is forgotten then.
  bool forget_before_start(std::int64_t step);

  AverageOptions options_;
  std::vector<std::string> names_;
  std::vector<at::Tensor> weights_, averages_;
  at::Tensor count_;  // [], fp32: exact up to 2²⁴
  bool exchanged_ = false;
};

}  // namespace reslab::optim
