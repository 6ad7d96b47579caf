#include "reslab/augment/cutout.h"

#include <algorithm>
#include <utility>

#include "reslab/augment/check.h"
#include "reslab/augment/formulas.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

constexpr std::int64_t most_holes = 1024;

std::uint32_t checked_holes(std::int64_t holes) {
  if (holes < 1 || holes > most_holes)
    throw core::UserError({.attempted = core::concatenate("set cutout.holes to ", holes),
                           .found = "a number of holes outside its range",
                           .allowed = core::concatenate("1 to ", most_holes)});
  return static_cast<std::uint32_t>(holes);
}

}  // namespace

std::vector<std::uint8_t> fill_of_mean(std::span<const double> mean) {
  std::vector<std::uint8_t> fill;
  for (const double value : mean) {
    if (!(value >= 0 && value <= 1))
      throw core::UserError({.attempted = core::concatenate("fill holes with the mean colour ", value),
                             .found = "a mean outside its range",
                             .allowed = "0 to 1, of pixels in [0, 1]"});
    fill.push_back(static_cast<std::uint8_t>(value * 255));
  }
  return fill;
}

Cutout::Cutout(CutoutOptions options)
    : holes_(checked_holes(options.holes)),
      size_{checked_side(options.height, "cutout.height"), checked_side(options.width, "cutout.width")},
      probability_(checked_probability(options.probability, "cutout.probability")),
      fill_(std::move(options.fill)) {}

void Cutout::apply(Image& image, core::Random& random) const {
  if (!random.chance(probability_)) return;
  RESLAB_ASSERT(fill_.empty() || fill_.size() == static_cast<std::size_t>(image.channels), "a colour of ", fill_.size(),
                " values for an image of ", image.channels, " channels");
  for (std::uint32_t hole = 0; hole < holes_; ++hole) {
    const Interval rows = place_hole(image.height, size_.height, random);
    const Interval columns = place_hole(image.width, size_.width, random);
    for (int row = rows.begin; row < rows.end; ++row) {
      std::uint8_t* const end = image.pixels.data() + image.offset(row, columns.end);
      for (std::uint8_t* at = image.pixels.data() + image.offset(row, columns.begin); at < end; at += image.channels) {
        if (fill_.empty())
          std::fill_n(at, image.channels, std::uint8_t{0});
        else
          std::copy(fill_.begin(), fill_.end(), at);
      }
    }
  }
}

std::optional<Instruction> Cutout::instruction() const {
  Instruction instruction{
      .kind = Instruction::Kind::cutout, .probability = probability_, .size = size_, .holes = holes_};
  if (fill_.size() > instruction.fill.size()) return std::nullopt;
  std::copy(fill_.begin(), fill_.end(), instruction.fill.begin());
  instruction.fill_size = fill_.size();
  return instruction;
}

}  // namespace reslab::augment
