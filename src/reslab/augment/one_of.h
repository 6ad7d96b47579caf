// Applies one of several policies to each image, drawn with given probabilities, or none.
//
//   std::vector<augment::OneOf::Choice> choices;
//   choices.push_back({std::make_unique<augment::Rotation>(), 0.3});
//   choices.push_back({std::make_unique<augment::ColorJitter>(), 0.5});    // and nothing for a fifth of the images
//   augment::OneOf one_of(std::move(choices));
//
// Draws: the choice; then what the chosen policy draws, from the same numbers.
#pragma once

#include "reslab/augment/policy.h"

namespace reslab::augment {

class OneOf final : public Policy {
 public:
  struct Choice {
    std::unique_ptr<Policy> policy;
    double probability = 0;  ///< in [0, 1]
  };

  /// Throws UserError when there is no choice, a probability is out of range, or their sum is above 1 (by more than
  /// rounding).
  explicit OneOf(std::vector<Choice> choices);

  std::string_view name() const override { return "one_of"; }

  /// Throws as the chosen policy does.
  void apply(Image& image, core::Random& random) const override;

  /// Nothing where what can be drawn leads to different sizes. Throws as the policies do.
  std::optional<Size> output_size(std::optional<Size> input) const override;

 private:
  std::vector<Choice> choices_;
  bool can_be_none_;
};

}  // namespace reslab::augment
