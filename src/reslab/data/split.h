// Some samples of a source, in an order: the training set, the test set, a hold-out.
//
//   const data::Splits splits = data::read_cifar10(folder);
//   const data::Split few = data::select(splits.test, {0, 17});
//   const augment::Image image = data::image_at(few, 1);      // of the test set's 18th sample
//
// A split holds no images of its own: copies and selections of it cost nothing but their list of ids.
//
// Places count within a split, 0 … size() − 1; ids count within its source.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "reslab/data/image_source.h"

namespace reslab::data {

struct Split {
  std::string name;                           ///< "cifar10 test"
  std::shared_ptr<const ImageSource> source;  ///< not null
  at::Tensor ids;                             ///< [samples], int64 in [0, source->samples()), contiguous, CPU

  std::int64_t size() const { return ids.size(0); }
  const DatasetInfo& info() const { return source->info(); }
  const std::vector<std::string>& classes() const { return source->info().classes; }

  /// Of the sample at `place`, in [0, size()).
  std::int64_t id(std::int64_t place) const;
  std::int64_t label(std::int64_t place) const { return source->label(id(place)); }

  /// Of all samples: [size()], int64, CPU.
  at::Tensor labels() const;

  /// The images of all samples, where the source has them in memory: [size(), height, width, channels], uint8, CPU. Not
  /// copied where the ids follow each other. Undefined elsewhere.
  at::Tensor tensor() const;
};

/// The splits of a data set, all of one source. `test` is never chosen by.
struct Splits {
  Split train, test;
  std::optional<Split> validation = {};  ///< the hold-out, where the data set has one of its own

  const DatasetInfo& info() const { return train.info(); }
};

/// The samples with the ids begin … end − 1 of `source`.
Split range_of(std::string name, std::shared_ptr<const ImageSource> source, std::int64_t begin, std::int64_t end);

/// The samples at `places` of `split`, each in [0, split.size()), in that order, under the same name.
Split select(const Split& split, const at::Tensor& places);
Split select(const Split& split, std::span<const std::int64_t> places);

/// Its first `count` samples, or all where it has fewer.
Split first(const Split& split, std::int64_t count);

/// A copy of the image at `place` as it is stored: true colours, whatever a network is given.
augment::Image image_at(const Split& split, std::int64_t place);

}  // namespace reslab::data
