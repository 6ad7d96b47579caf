#include "reslab/data/balanced_order.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "reslab/core/error.h"
#include "reslab/core/random.h"

namespace reslab::data {
namespace {

// Below the policies' streams, beside augment/mix.cpp's.
constexpr auto balance_stream = static_cast<core::Stream>(4);

// Fisher and Yates.
template <typename Swap>
void shuffle(std::size_t size, core::Random random, const Swap& swap) {
  for (std::size_t left = size; left > 1; --left) swap(left - 1, random.below(static_cast<std::uint32_t>(left)));
}

// How many of the first `total` places that are dealt to `classes` classes in turn go to class `index`.
std::int64_t dealt(std::int64_t total, std::int64_t classes, std::int64_t index) {
  return (total + classes - 1 - index) / classes;
}

}  // namespace

BalancedOrder::BalancedOrder(std::span<const std::int64_t> labels, std::uint64_t seed)
    : samples_(std::ssize(labels)), seed_(seed) {
  RESLAB_ASSERT(samples_ >= 1 && samples_ <= std::numeric_limits<std::uint32_t>::max(), samples_);
  std::vector<std::vector<std::int64_t>> by_label(static_cast<std::size_t>(std::ranges::max(labels)) + 1);
  for (std::int64_t place = 0; place < samples_; ++place) {
    const std::int64_t label = labels[static_cast<std::size_t>(place)];
    RESLAB_ASSERT(label >= 0, label);
    by_label[static_cast<std::size_t>(label)].push_back(place);
  }
  for (std::size_t label = 0; label < by_label.size(); ++label) {
    if (by_label[label].empty()) continue;
    classes_.push_back(std::move(by_label[label]));
    labels_.push_back(static_cast<std::uint32_t>(label));
  }
}

EpochOrder BalancedOrder::order(std::int64_t epoch) const {
  RESLAB_ASSERT(epoch >= 0 && epoch <= std::numeric_limits<std::uint32_t>::max(), "epoch ", epoch);
  const auto classes = std::ssize(classes_);
  EpochOrder order;
  order.places.reserve(static_cast<std::size_t>(samples_));
  order.uses.reserve(static_cast<std::size_t>(samples_));
  for (std::int64_t index = 0; index < classes; ++index) {
    const std::vector<std::int64_t>& own = classes_[static_cast<std::size_t>(index)];
    const std::int64_t size = std::ssize(own), each = samples_ / classes, left = samples_ % classes;
    // The class's draws in the training so far, and at this epoch's end.
    std::int64_t drawn = each * epoch + dealt(left * epoch, classes, index);
    const std::int64_t end = each * (epoch + 1) + dealt(left * (epoch + 1), classes, index);
    while (drawn < end) {
      const auto pass = static_cast<std::uint32_t>(drawn / size);
      std::vector<std::int64_t> walk = own;
      shuffle(walk.size(),
              core::Random({.seed = seed_,
                            .stream = balance_stream,
                            .epoch = pass,
                            .sample = labels_[static_cast<std::size_t>(index)]}),
              [&](std::size_t a, std::size_t b) { std::swap(walk[a], walk[b]); });
      for (std::int64_t place = drawn % size; place < size && drawn < end; ++place, ++drawn) {
        order.places.push_back(walk[static_cast<std::size_t>(place)]);
        order.uses.push_back(pass);
      }
    }
  }
  shuffle(
      order.places.size(),
      core::Random(
          {.seed = seed_, .stream = core::Stream::shuffle, .epoch = static_cast<std::uint32_t>(epoch), .sample = 0}),
      [&](std::size_t a, std::size_t b) {
        std::swap(order.places[a], order.places[b]);
        std::swap(order.uses[a], order.uses[b]);
      });
  return order;
}

}  // namespace reslab::data
