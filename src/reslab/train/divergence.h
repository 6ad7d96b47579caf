// The errors with which a training ends that has diverged.
#pragma once

#include <string>

#include "reslab/train/events.h"
#include "reslab/train/training_state.h"

namespace reslab::train {

/// Throws the UserError for a batch whose loss isn't finite. `where` names the first value that isn't
/// (train/non_finite.h).
[[noreturn]] void throw_diverged(const BatchDone& event, const std::string& where);

/// Throws UserError where a weight or a momentum isn't finite. A step can make it so whose loss was finite; a state
/// like that must not be saved, since a resumed run would go on from it.
void check_finite(const TrainerState& state);

}  // namespace reslab::train
