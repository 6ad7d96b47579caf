// What a recipe costs, counted and not timed: so that two recipes can be compared without a clock, and a record across
// machines.
//
//   const FlopLedger ledger = flop_ledger(
//       recipe, *network, {.channels = 3, .height = 32, .width = 32, .train = 50'000, .test = 10'000});
//   ledger.training.total();   // 2.77e14 for airbench94
//
// Counted are the multiplications by weights, of convolutions and linear layers, each as the direct method needs it: 2
// a multiply-add, whatever the kernels do in truth (Winograd needs fewer). Of these, what is really executed: nothing
// for a weight that isn't trained, and no gradient of a layer's input where nothing before it is trained, in the steps
// in which that is so. Normalisation, activations, pooling, loss and optimiser aren't in it.
//
// Of a convolution before a pooling of 2×2, whole maps are counted, as published figures do. `dropped` says how much of
// that is for a last odd row or column, which the pooling leaves out: their gradients are zero, and bf16 kernels
// compute neither those outputs nor what they would add to the gradients of weight and input (nn/kernels/winograd.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reslab/core/required.h"
#include "reslab/models/network.h"
#include "reslab/recipe/recipe.h"

namespace reslab::train {

/// Floating-point operations.
struct PassFlop {
  double forward = 0, input_gradient = 0, weight_gradient = 0;

  double total() const { return forward + input_gradient + weight_gradient; }
};

struct LayerFlop {
  std::string path;     ///< "layers.0.conv1"
  std::string type;     ///< "Conv2d"
  double image = 0;     ///< forward, of one image
  PassFlop training{};  ///< of the whole training
};

struct FlopLedger {
  std::vector<LayerFlop> layers;  ///< those that multiply by weights, in the order in which they run
  std::int64_t steps = 0;
  std::int64_t images = 0;  ///< trained on, each as often as it is
  PassFlop training{};      ///< of all steps
  double dropped = 0;       ///< of it, in all passes, for outputs that a pooling leaves out
  double first_step = 0, last_step = 0;
  double tests = 0;      ///< all evaluations, of test set and hold-out
  double last_test = 0;  ///< of the test set after the last epoch, with the recipe's test-time augmentation
};

/// Images of a data set, and samples of its two splits.
struct LedgerData {
  core::Required<std::int64_t> channels, height, width;
  core::Required<std::int64_t> train, test;
  std::int64_t epochs = 0;  ///< trained of the recipe's, where early stopping ended it; 0: all
};

/// Runs one image of zeros through the network, in evaluation mode. Throws UserError where no batch comes together.
FlopLedger flop_ledger(const recipe::Recipe& recipe, models::Network& network, const LedgerData& data);

}  // namespace reslab::train
