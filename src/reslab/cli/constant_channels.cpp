#include "reslab/cli/constant_channels.h"

#include <array>
#include <iostream>

#include "reslab/core/error.h"
#include "reslab/core/nearest.h"
#include "reslab/data/statistics.h"

namespace reslab::cli {
namespace {

std::string name_of(std::int64_t channel, std::int64_t channels) {
  static constexpr std::array colours{"red", "green", "blue"};
  if (channels == 1) return "the only channel";
  if (channels == std::ssize(colours))
    return core::concatenate("the ", colours[static_cast<std::size_t>(channel)], " channel");
  return core::concatenate("channel ", channel + 1, " of ", channels);
}

}  // namespace

void say_constant_channels(const data::Split& train, const recipe::Recipe& recipe) {
  std::vector<std::string> found;
  for (const data::ConstantChannel& one : data::constant_channels(train))
    found.push_back(
        core::concatenate(name_of(one.channel, train.info().channels), " is ", static_cast<int>(one.value)));
  if (found.empty()) return;
  std::cerr << core::concatenate("note: in all ", train.size(), " training images ", core::join(found),
                                 ", in every pixel: the network learns nothing from that; ",
                                 recipe.data.std.empty()
                                     ? "a standard deviation of 0 counts as 1, so that such pixels become 0"
                                     : "the recipe's own mean and deviation normalise it (data.mean, data.std)")
            << '\n';
}

}  // namespace reslab::cli
