// Where a data set's images come from: memory, files, a packed cache.
//
//   const std::unique_ptr<data::ImageReader> reader = source.reader();   // one for each thread
//   reader->read(17, {}, image);
//
// Samples are numbered by ids, 0 … samples() − 1, and stay as they are for as long as the source lives: what
// augmentation draws for a sample depends on its id.
//
// Thread safety: a source is immutable and may be used by several threads at once; a reader belongs to one thread.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>

#include "reslab/augment/policy.h"
#include "reslab/data/dataset_info.h"
#include "reslab/data/eval_transform.h"

namespace reslab::data {

/// What a reader may leave out of an image.
struct ReadOptions {
  /// The image may come smaller than it is, its shorter side at least this long, in pixels; 0: only in full. Decoders
  /// that scale for next to nothing make use of it.
  int least_side = 0;
};

/// Keeps its memory, so that only the first images allocate. The source must outlive it.
class ImageReader {
 public:
  virtual ~ImageReader() = default;

  /// Replaces `image` by the one of the sample `id`, in [0, samples()), with the data set's channels. Throws UserError,
  /// naming the file, where it can't be read any more: leaving it out would change the order of all that follow.
  virtual void read(std::int64_t id, const ReadOptions& options, augment::Image& image) = 0;

  /// The same in full and brought to its size by fit_image(): what evaluation takes. A source may keep the results.
  virtual void read_fitted(std::int64_t id, const ImageFit& fit, augment::Image& image);
};

class ImageSource {
 public:
  virtual ~ImageSource() = default;

  virtual const DatasetInfo& info() const = 0;
  virtual std::int64_t samples() const = 0;

  /// In [0, info().class_count()).
  virtual std::int64_t label(std::int64_t id) const = 0;

  /// Of the image in full, in pixels.
  virtual augment::Size size(std::int64_t id) const = 0;

  /// What tells its samples from those of all other sources, whatever their names and places: 64 hexadecimal digits.
  virtual std::string fingerprint() const = 0;

  virtual std::unique_ptr<ImageReader> reader() const = 0;

  /// All images, where they are in memory and of one size: [samples, height, width, channels], uint8, contiguous, CPU.
  /// Undefined elsewhere.
  virtual at::Tensor tensor() const { return {}; }
};

}  // namespace reslab::data
