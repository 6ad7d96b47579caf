// Limits on gradients, in place, after the backward pass.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace reslab::optim {

/// Each element of each gradient to [−limit, limit]; limit > 0. Parameters without a gradient are passed over.
void clip_by_value(const std::vector<at::Tensor>& parameters, double limit);

/// All gradients together to an L2 norm of at most `limit` (> 0): g ← g · min(1, limit / (‖g‖ + 1e-6)), as PyTorch has
/// it. Returns the norm before.
double clip_by_norm(const std::vector<at::Tensor>& parameters, double limit);

}  // namespace reslab::optim
