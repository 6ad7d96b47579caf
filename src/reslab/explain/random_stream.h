// The random numbers of this folder: noise, and weights that explanations are tested with.
#pragma once

#include "reslab/core/random.h"

namespace reslab::explain {

/// A stream of its own among those of core/random.h.
inline constexpr core::Stream explain_stream{272};

}  // namespace reslab::explain
