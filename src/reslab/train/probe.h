// A few seconds of the work that training consists of, to tell how long a recipe will take here.
//
//   const std::optional<train::TimePlan> plan = train::training_times(recipe, data, train::resolve_compute({}));
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "reslab/data/dataset_info.h"
#include "reslab/recipe/recipe.h"
#include "reslab/train/compute.h"

namespace reslab::train {

struct ProbeOptions {
  double seconds = 3;       ///< in all, roughly; at least one run of everything is made
  std::int64_t images = 0;  ///< of a batch; 0: 64 on a processor, 512 on a GPU
};

/// Arithmetic of three of custom_resnet's 3×3 convolutions, forward and backward, divided by the time it took:
/// operations a second, a multiply-add counting as two.
double training_rate(const Compute& compute, const ProbeOptions& options = {});

/// How long the parts of a training take, in seconds, or in any unit where only their proportions are known.
struct EpochTime {
  double training = 0, evaluation = 0;
};
struct TimePlan {
  std::vector<EpochTime> epochs;  ///< all of the schedule's

  double total() const;
};

/// A pass takes `fixed` seconds whatever its images, most of them for the filters, and `an_image` more for each.
struct PassTime {
  double fixed = 0, an_image = 0;  ///< seconds, ≥ 0

  double of(std::int64_t images) const { return fixed + an_image * static_cast<double>(images); }
};

/// Of what a pass took over `images` (≥ 4) and over a quarter of them, rounded down. What else ran meanwhile may have
/// made either slower, so that the images' share stays within what was seen of networks: 0.3 of the pass and more.
PassTime pass_time(std::int64_t images, double seconds, double seconds_of_quarter);

/// How many images of a batch training_times may take of a recipe, so that those of all the program's recipes end
/// within about 15 seconds on a machine of this training_rate: 16 to 256.
std::int64_t images_for(double rate);

/// What a training is timed for: a data set, and how many samples its splits have.
struct TimedData {
  data::DatasetInfo info;
  augment::Size tested{};            ///< of the images at evaluation, in pixels
  std::int64_t train = 0, test = 0;  ///< samples
};

/// How long the recipe's epochs take on such data, with a test after each epoch, with the recipe's test-time
/// augmentation after the last: from passes of its network over whole batches of noise at the largest size that its
/// images have, forward and back, from small batches at the other sizes, and from a step of its optimisers. The
/// preparation of the data, a per cent or two, isn't in it. Where little time or memory may be taken, batches are cut
/// to `most_images` (≥ 4); what a whole one takes is then told by those and by a quarter of them. Nothing for a recipe
/// that runs only some batches of an epoch, and where the whole training has fewer than a hundred batches.
std::optional<TimePlan> training_times(const recipe::Recipe& recipe, const TimedData& data,
                                       const train::Compute& compute, std::int64_t most_images = 4096);

/// The same from what the first epochs took, by the pixels of the images and the last test's augmentation. Without a
/// measured epoch only the trainings' proportions are known, and evaluations count as 0.
TimePlan times_after(const recipe::Recipe& recipe, const data::DatasetInfo& info,
                     std::span<const EpochTime> measured = {});

}  // namespace reslab::train
