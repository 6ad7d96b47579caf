// From listed files to pictures: each is opened, named where it can't be, left out where it is none, and known by its
// content from then on.
//
//   Gathered found = gather(read_layout(folder), {.threads = 4});
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reslab/pictures/content_hash.h"
#include "reslab/pictures/examine.h"
#include "reslab/pictures/file_kind.h"
#include "reslab/pictures/finding.h"
#include "reslab/pictures/listing.h"

namespace reslab::pictures {

struct Candidate {
  std::string path;
  std::int32_t label = 0;   ///< place in Gathered::labels
  std::int32_t group = -1;  ///< place in Gathered::groups, −1: none
  std::optional<Split> given;
  FileKind kind = FileKind::other;
  std::uint64_t bytes = 0;
  ContentHash hash;
  FileStamp stamp;
};

/// A picture that was listed and isn't used.
struct LeftOut {
  /// Of one that was left out after it had got its split.
  struct Assigned {
    Split split;
    std::int32_t group;  ///< place in Gathered::groups, −1: none
    ContentHash hash;
  };

  std::string path, label;
  std::string reason;  ///< kind of the finding that says so: "missing", "unreadable", "not-read", …
  std::optional<Assigned> assigned = {};   ///< where the reason is "unknown-class"
  FileKind kind = FileKind::other;         ///< of one that could be read
  ContentHash hash = {};                   ///< of one that was read whole: "two-labels", and what decoding refused
  std::string why = {};                    ///< what decoding said; at most 1,000 bytes
  std::optional<std::uint64_t> byte = {};  ///< of the file, where decoding noticed it
};

struct Gathered {
  std::vector<std::string> labels, groups;  ///< each in the order of its bytes
  std::vector<Candidate> pictures;          ///< by file name, then by path (comes_before)
  std::vector<LeftOut> left_out;
  Findings findings;  ///< the listing's, and its own
};

struct GatherOptions {
  std::string group_by = {};  ///< GroupPattern; "": groups of the list, if it has any
  int threads = 1;            ///< ≥ 1
  OnProgress progress = {};
  KnownFiles* known = nullptr;  ///< ExamineOptions::known
};

/// The order of pictures: by the name of the file, then by the whole path, both as bytes.
bool comes_before(const std::string& a, const std::string& b);

/// Reads every file once. Left out and named: files that are missing or can't be read, pictures of kinds that aren't
/// decoded, files that are no pictures, and all copies of pictures that have different labels. Throws UserError where
/// groups are given by a list and a pattern both.
Gathered gather(const Listing& listing, const GatherOptions& options);

}  // namespace reslab::pictures
