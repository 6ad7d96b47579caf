// Whether a data set's files are the official ones. Their MD5 are computed once; a small stamp beside the files
// (verified.json) remembers their sizes and modification times, so that later starts only look at those, and crc32c.txt
// (data/record_checksums.h) what reading compares with.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "reslab/data/cifar10.h"

namespace reslab::fetch {

/// "" when `folder` holds all of `files` with the right checksums; otherwise what is wrong with the first bad one.
/// Writes stamp and checksums when it can (a read-only folder is no error).
/// `thorough`: computes the checksums whatever the stamp says.
std::string find_fault(const std::filesystem::path& folder, std::span<const data::CifarFile> files,
                       bool thorough = false);

}  // namespace reslab::fetch
