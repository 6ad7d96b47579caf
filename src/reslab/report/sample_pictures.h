// What training shows TensorBoard of its data.
#pragma once

#include <vector>

#include "reslab/augment/normalize.h"
#include "reslab/data/split.h"
#include "reslab/recipe/recipe.h"
#include "reslab/track/tensorboard.h"

namespace reslab::report {

/// The first 32 training samples, eight a row: "samples/plain", and "samples/augmented" as epoch 0 sees them.
std::vector<track::TaggedPicture> sample_pictures(const recipe::Recipe& recipe, const data::Split& train,
                                                  const augment::Normalizer& normalizer);

}  // namespace reslab::report
