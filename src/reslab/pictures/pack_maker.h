// Makes the packed cache: of the pictures that are wanted in a form, or from an earlier pack to which some are missing.
//
//   std::shared_ptr<const Pack> pack = find_or_make_pack(cache, {.form = form, .decode = decode, .wanted = pictures},
//   options);
//
// Of several processes that want the same one makes it and the others wait. It is written beside, and appears under its
// name when it is whole and on the disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "reslab/pictures/cache_folder.h"
#include "reslab/pictures/examine.h"
#include "reslab/pictures/form.h"
#include "reslab/pictures/pack.h"
#include "reslab/pictures/picture_file.h"

namespace reslab::pictures {

struct PackPicture {
  std::string path;  ///< where its file is
  ExpectedContent content;
  augment::Size size;                             ///< in full and upright, pixels
  image::Format format = image::Format::unknown;  ///< of the file
};

struct PackContent {
  Form form;
  image::DecodeOptions decode;        ///< channels are 1 or 3
  std::vector<PackPicture> wanted;    ///< must be in it; each content once or more
  std::vector<ContentHash> may_stay;  ///< of the same data set: kept where an earlier pack has them already
};

struct PackOptions {
  std::uint64_t limit = 0;  ///< bytes that all packs of all data sets may take; 0: none is made, used or removed
  int threads = 1;          ///< ≥ 1
  OnProgress progress = {};
  Say say = {};
  core::MemoryBudget* memory = nullptr;  ///< of all that decode at the same time; null: not bounded
};

/// Name of the file for a form and decode options, and what its head says.
std::string pack_name(const PackContent& content);
std::string pack_about(const PackContent& content);

/// Null where there is none and none can be made: off, too large (which is said), or refused by the system (which is
/// said too). A pack may then lack pictures that are wanted, too. Packs of any data set that were used longest ago are
/// removed where all together exceed the limit, which is said (cache_room.h). Throws UserError where a picture can't be
/// read.
std::shared_ptr<const Pack> find_or_make_pack(CacheFolder& cache, const PackContent& content,
                                              const PackOptions& options);

}  // namespace reslab::pictures
