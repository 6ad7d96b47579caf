// Decodes every picture once, before any is used, by the decoder that training uses; what is known from an earlier
// start isn't decoded again.
//
//   const CheckedPictures checked = check_pictures(cache, root, found, {.threads = 4});
//   const PictureFacts& facts = checked.facts.at(picture.hash);
#pragma once

#include <chrono>
#include <string>
#include <unordered_map>

#include "reslab/pictures/cache_folder.h"
#include "reslab/pictures/gather.h"
#include "reslab/pictures/picture_facts.h"

namespace reslab::pictures {

struct CheckOptions {
  image::Limits limits{};
  bool use_damaged = false;
  int threads = 1;  ///< ≥ 1
  OnProgress progress = {};
  core::MemoryBudget* memory = nullptr;          ///< of all that decode at the same time; null: not bounded
  std::chrono::milliseconds save_every{20'000};  ///< between two times that what was found is kept
};

using FactsByContent = std::unordered_map<ContentHash, PictureFacts, ContentHasher>;

struct CheckedPictures {
  FactsByContent facts;     ///< of all pictures, those left out included
  std::size_t decoded = 0;  ///< contents that weren't known
};

/// Leaves refused pictures out of `found`, damaged ones too unless they are to be used, and says so in its findings.
/// Throws UserError where a file can't be read any more. What was found is kept every so often, and where something is
/// thrown, so that the next check goes on from there.
CheckedPictures check_pictures(CacheFolder& cache, const std::string& root, Gathered& found,
                               const CheckOptions& options);

}  // namespace reslab::pictures
