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

struct Range {
  double least = 0, most = 0;
};

/// Throws UserError unless allowed.least ≤ range.least ≤ range.most ≤ allowed.most, naming the keys least_… and most_…
/// of the policy: "set affine.least_scale to 2 and affine.most_scale to 1".
void check_range(const Range& range, const Range& allowed, std::string_view policy, std::string_view of);

/// `value` when it is in the range.
double checked_in(double value, const Range& allowed, std::string_view key);

/// {height, width} when neither is above largest_side: memory must bear it. `from`: what the policy would enlarge so.
Size checked_enlarged(Size from, std::int64_t height, std::int64_t width, std::string_view policy);

/// The size after a policy that changes `input` to `changed` with the given probability; nothing where it differs from
/// image to image. A batch needs images of one size, so a probability between 0 and 1 is refused where `input` is known
/// and the two differ.
std::optional<Size> checked_output_size(std::optional<Size> input, std::optional<Size> changed, double probability,
                                        std::string_view policy);

}  // namespace reslab::augment
