// Puts a network into evaluation mode and back into the mode in which it was.
#pragma once

#include "reslab/models/network.h"

namespace reslab::models {

class EvaluationMode {
 public:
  explicit EvaluationMode(Network& network) : network_(network), training_(network.is_training()) { network_.eval(); }
  ~EvaluationMode() { network_.train(training_); }
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;

 private:
  Network& network_;
  bool training_;
};

}  // namespace reslab::models
