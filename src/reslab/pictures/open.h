// From a folder of pictures to what training and evaluation take: found, checked, split, packed.
//
//   const OpenedPictures opened = open_pictures({.pictures = {.data = "photos"}, .cache = cache_folder(),
//                                                .cache_limit = 10'000'000'000, .threads = 4,
//                                                .fit = transform.fit, .least_side = 146});
//   data::Loader loader({.samples = opened.splits.train, .pipeline = pipeline, .transform = transform,
//                        .least_side = 146}, options);
//
// Images are the same bits with the cache and without, and with any number of threads. Pictures that are all of one
// size, 1 GiB decoded at most, are held in memory as a tensor (data::TensorSource), in full; all others are read as
// form.h says. Nothing is written into the folder of the pictures.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reslab/data/split.h"
#include "reslab/pictures/cache_folder.h"
#include "reslab/pictures/form.h"
#include "reslab/pictures/pack.h"
#include "reslab/pictures/picture_facts.h"
#include "reslab/pictures/picture_set.h"

namespace reslab::pictures {

struct OpenOptions {
  /// `classes` are those of a network that is only evaluated. Its threads, progress, known and check are set from here.
  PictureOptions pictures = {};
  std::filesystem::path cache = {};  ///< the program's cache folder; empty: nothing is kept
  std::uint64_t cache_limit = 0;     ///< bytes that packed pictures of all data sets may take; 0: none are packed
  int threads = 1;                   ///< ≥ 1
  /// Bytes that pictures may take while they are decoded, those of all threads together, files included: by default
  /// the larger of 2 GiB and 128 MiB a thread, which is more than usual photographs take (24 megapixels: 72 MB and the
  /// file). One picture at a time may take more. The images that are made of them are others'.
  std::optional<std::uint64_t> decode_memory = {};
  int channels = 0;  ///< 1, 3, or 0: 1 where all training pictures are grey, else 3
  std::array<std::uint8_t, 3> background{255, 255, 255};  ///< RGB, on which alpha is composed
  image::Limits limits{};
  bool use_damaged = false;                        ///< damaged pictures too
  std::optional<image::SampleRange> range16 = {};  ///< of a network's weights; none: found over the training split
  data::ImageFit fit = {};                         ///< evaluation's; kind none: images keep their size
  std::optional<int> least_side =
      0;  ///< training's, pixels, 0: in full; none: training takes fitted pictures too, or there is none
  std::int64_t settle =
      2'000'000'000;  ///< nanoseconds after a change until a file is remembered by its times (file_index.h)
  /// Stages are "reading", "checking" and "packing"; those that have nothing to do don't occur. As OnProgress is
  /// called.
  std::function<void(std::string_view stage, const Progress&)> progress = {};
  Say say = {};  ///< sentences about the cache; after the opening too, by readers. Must outlive the source.
};

struct OpenedPictures {
  PictureSet set;  ///< findings of the check included; no_untouched_test where `test` is the validation split
  std::vector<PictureFacts> facts;  ///< by id
  std::shared_ptr<const data::ImageSource> source;
  data::Splits splits;                        ///< `test` is the validation split where there is no test split
  image::DecodeOptions decode;                ///< of all pictures: channels, background, limits, range of 16 bits
  std::optional<image::SampleRange> range16;  ///< where pictures have 16-bit samples, or it was given
  std::size_t decoded = 0;                    ///< contents that the check had to decode, not knowing them

  std::shared_ptr<const core::MemoryBudget> memory;  ///< in which all of it is decoded

  const data::DatasetInfo& info() const { return source->info(); }

  /// Where a picture's file is, bytes.
  std::string file_of(std::int64_t id) const { return set.full_path(static_cast<std::size_t>(id)); }
};

/// What open_pictures finds before pixels are read for use: `source` and `splits` are empty, and nothing is packed, so
/// that a fit, a least side and a cache's limit are of no effect. Throws UserError as find_pictures does, and where a
/// picture can't be read any more after it was looked at.
OpenedPictures look_through_pictures(const OpenOptions& options);

/// The cache of one data set of pictures, as open_pictures has it.
CacheFolder cache_of(const OpenOptions& options);

/// Throws UserError as find_pictures does, where a picture can't be read any more after it was looked at, and where
/// there is neither a test nor a validation split.
OpenedPictures open_pictures(const OpenOptions& options);

/// The pictures that open_pictures would open, found and checked by the same options: for those who divide them before
/// they are opened.
PictureSet find_usable(const OpenOptions& options);

}  // namespace reslab::pictures
