#include "reslab/data/sampler.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "reslab/core/error.h"
#include "reslab/core/random.h"

namespace reslab::data {
namespace {

constexpr std::int64_t largest_id = std::numeric_limits<std::uint32_t>::max();  // random keys hold 32 bits

}  // namespace

Sampler::Sampler(const SamplerOptions& options) : options_(options) {
  const auto fail = [&](const std::string& found, const std::string& allowed, const std::string& remedy) {
    throw core::UserError({.attempted = core::concatenate("cut ", options.samples, " samples into batches"),
                           .found = found,
                           .allowed = allowed,
                           .remedy = remedy});
  };
  if (options.samples < 1 || options.samples > largest_id)
    fail("that is no number of samples to train or test on", core::concatenate("1 to ", largest_id), "");
  if (options.batch_size < 1) fail(core::concatenate("a batch size of ", options.batch_size), "1 or more", "");
  if (batches() == 0)
    fail(core::concatenate("not one full batch of ", options.batch_size, ", and drop_last leaves out the rest"), "",
         "make data.batch_size smaller, or set data.drop_last to false");
}

bool Sampler::joins_last() const {
  return options_.join_last && !options_.drop_last && options_.samples > options_.batch_size &&
         options_.samples % options_.batch_size == 1;
}

std::int64_t Sampler::batches() const {
  const std::int64_t full = options_.samples / options_.batch_size;
  const bool rest = !options_.drop_last && options_.samples % options_.batch_size != 0 && !joins_last();
  const std::int64_t all = full + (rest ? 1 : 0);
  return options_.limit_batches > 0 ? std::min(all, options_.limit_batches) : all;
}

BatchRange Sampler::batch(std::int64_t index) const {
  RESLAB_ASSERT(index >= 0 && index < batches(), "batch ", index, " of ", batches());
  const std::int64_t begin = index * options_.batch_size;
  const std::int64_t left = options_.samples - begin;
  return {begin,
          begin + (joins_last() && left == options_.batch_size + 1 ? left : std::min(options_.batch_size, left))};
}

std::vector<std::int64_t> Sampler::order(std::int64_t epoch) const {
  RESLAB_ASSERT(epoch >= 0 && epoch <= largest_id, "epoch ", epoch);
  std::vector<std::int64_t> order(static_cast<std::size_t>(options_.samples));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  if (!options_.shuffle) return order;
  core::Random random({.seed = options_.seed,
                       .stream = core::Stream::shuffle,
                       .epoch = static_cast<std::uint32_t>(epoch),
                       .sample = 0});
  for (std::size_t left = order.size(); left > 1; --left)
    std::swap(order[left - 1], order[random.below(static_cast<std::uint32_t>(left))]);
  return order;
}

}  // namespace reslab::data
