// Small copies of pictures for a page, made on several threads by the decoder that training uses.
//
//   const std::vector<augment::Image> small = make_thumbnails(files, {.decode = opened.decode, .threads = 4});
#pragma once

#include <span>
#include <string>
#include <vector>

#include "reslab/image/decode.h"
#include "reslab/pictures/content_hash.h"
#include "reslab/pictures/examine.h"

namespace reslab::pictures {

struct ThumbnailFile {
  std::string path;  ///< where the file is
  ContentHash hash;  ///< of its content
};

struct ThumbnailOptions {
  image::DecodeOptions decode = {};  ///< but channels and the least side
  int side = 112;                    ///< pixels that the longer side has at most; pictures aren't enlarged
  int threads = 1;                   ///< ≥ 1
  OnProgress progress = {};
};

/// One for each file, upright, with 3 channels; without pixels where nothing can be decoded or the file has changed.
std::vector<augment::Image> make_thumbnails(std::span<const ThumbnailFile> files, const ThumbnailOptions& options);

}  // namespace reslab::pictures
