// Tells two data sets apart by what is in them.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <string>

#include "reslab/data/split.h"

namespace reslab::data {

/// SHA-256 over the tensors' types, shapes and values, 64 hexadecimal digits.
std::string fingerprint(std::span<const at::Tensor> tensors);

/// The same over images and labels of training set, test set and, where there is one, validation set; their ids
/// too, unless the splits follow each other in the source; names and paths don't count. Where the images aren't in
/// memory, over the source's fingerprint and the ids of the splits. About half a second for CIFAR-10.
std::string fingerprint(const Splits& splits);

}  // namespace reslab::data
