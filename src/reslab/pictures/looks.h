// The looks of many pictures, decoded on several threads; what is known from an earlier start isn't decoded again.
//
//   LooksByContent looks = find_looks(cache, {.set = &set, .decode = decode, .threads = 4});
#pragma once

#include <unordered_map>

#include "reslab/image/decode.h"
#include "reslab/pictures/cache_folder.h"
#include "reslab/pictures/look.h"
#include "reslab/pictures/picture_set.h"

namespace reslab::pictures {

using LooksByContent = std::unordered_map<ContentHash, Look, ContentHasher>;

struct LookOptions {
  const PictureSet* set = nullptr;   ///< not owned
  image::DecodeOptions decode = {};  ///< limits, background and the range of 16 bits count
  int threads = 1;                   ///< ≥ 1
  OnProgress progress = {};
};

/// Of every content in the set. JPEG is decoded at the scale that look_decoding_side allows. Throws UserError where a
/// picture can't be read any more after it was looked at.
LooksByContent find_looks(CacheFolder& cache, const LookOptions& options);

}  // namespace reslab::pictures
