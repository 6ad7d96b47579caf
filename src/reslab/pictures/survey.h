// What an owner of pictures should know before a training: sizes, kinds, balance, and pictures that are there twice.
//
//   OpenedPictures opened = look_through_pictures(options);
//   const LooksByContent looks = find_looks(cache, …);
//   const Survey survey = make_survey(opened, looks, {.fit = fit});
//   if (survey.needs_attention()) say(survey.findings);
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reslab/pictures/alike.h"
#include "reslab/pictures/open.h"

namespace reslab::pictures {

/// Pictures of one kind: "JPEG", "grey with alpha, 16 bits".
struct KindCount {
  std::string name;
  std::int64_t pictures = 0;
};

struct Survey {
  /// Ids of the pictures with the fewest pixels, the median, and the most; of equally large ones the first.
  std::uint32_t smallest = 0, median = 0, largest = 0;
  std::int64_t enlarged = 0;         ///< pictures that the network's size enlarges
  std::int64_t tiny = 0;             ///< of them those that it enlarges more than fourfold
  std::vector<KindCount> formats;    ///< most frequent first
  std::vector<KindCount> colours;    ///< as they are stored; likewise
  std::int64_t turned = 0;           ///< pictures that EXIF's orientation turns or mirrors
  std::int64_t damaged_used = 0;     ///< damaged pictures that are used all the same
  double imbalance = 1;              ///< training pictures of the largest class for each of the smallest
  std::int32_t most = 0, least = 0;  ///< those classes
  Alike alike;
  Findings findings;  ///< the set's, and the survey's own

  /// Whether there is a finding that isn't just a note.
  bool needs_attention() const;
};

struct SurveyOptions {
  data::ImageFit fit = {};  ///< the network's; kind none: pictures keep their size
};

/// How much longer, or shorter below 1, a picture's sides become.
double scale_of(const data::ImageFit& fit, augment::Size size);

/// The part of a picture's pixels that a fit keeps, in (0, 1]: a crop leaves some out.
double part_kept(const data::ImageFit& fit, augment::Size size);

/// `opened` has a picture; `looks` has every content of it.
Survey make_survey(const OpenedPictures& opened, const LooksByContent& looks, const SurveyOptions& options);

}  // namespace reslab::pictures
