#include "reslab/augment/one_of.h"

#include <utility>

#include "reslab/augment/check.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

constexpr double rounding = 1e-6;  // of probabilities such as 1/3, written with a few digits

}  // namespace

OneOf::OneOf(std::vector<Choice> choices) : choices_(std::move(choices)) {
  const auto fail = [](const std::string& found, const std::string& allowed) {
    throw core::UserError({.attempted = "apply one of several policies", .found = found, .allowed = allowed});
  };
  if (choices_.empty()) fail("no policy to choose", "at least one");
  double sum = 0;
  for (const Choice& choice : choices_) {
    RESLAB_ASSERT(choice.policy != nullptr);
    sum += checked_probability(choice.probability, "a probability of one_of");
  }
  if (sum > 1 + rounding) fail(core::concatenate("probabilities whose sum is ", sum), "a sum of at most 1");
  can_be_none_ = sum < 1 - rounding;
}

void OneOf::apply(Image& image, core::Random& random) const {
  double left = random.next() * 0x1p-32;
  const Policy* last = nullptr;
  for (const Choice& choice : choices_) {
    if (choice.probability <= 0) continue;
    left -= choice.probability;
    last = choice.policy.get();
    if (left < 0) return last->apply(image, random);
  }
  if (!can_be_none_ && last != nullptr) last->apply(image, random);  // the sum is a little below 1
}

std::optional<Size> OneOf::output_size(std::optional<Size> input) const {
  bool first = true;
  std::optional<Size> common;
  const auto add = [&](std::optional<Size> size) {
    if (first) common = size;
    first = false;
    if (size != common) common = std::nullopt;
  };
  if (can_be_none_) add(input);
  for (const Choice& choice : choices_)
    if (choice.probability > 0) add(choice.policy->output_size(input));
  return common;
}

}  // namespace reslab::augment
