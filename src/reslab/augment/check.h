// Checks that several policies share. Each throws UserError and names the policy's key: "set pad.height to 0".
#pragma once

#include <cstdint>
#include <string_view>

#include "reslab/augment/policy.h"

namespace reslab::augment {

inline constexpr int largest_side = 16'384;  ///< pixels; sides come from recipes, and memory must bear their product

/// `value` when it is in [0, 1].
double checked_probability(double value, std::string_view key);

/// `value` when it is in [1, largest_side].
int checked_side(std::int64_t value, std::string_view key);

/// The size after a policy that changes `input` to `changed` with the given probability; nothing where it differs from
/// image to image. A batch needs images of one size, so a probability between 0 and 1 is refused where `input` is known
/// and the two differ.
std::optional<Size> checked_output_size(std::optional<Size> input, std::optional<Size> changed, double probability,
                                        std::string_view policy);

}  // namespace reslab::augment
