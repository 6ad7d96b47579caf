// What `reslab data check` has found of a folder of pictures, and its three forms: for a terminal, for programs, and as
// a page with pictures (data_page.h).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "reslab/pictures/survey.h"

namespace reslab::cli {

struct CheckedData {
  std::string name;                 ///< the folder, or the data set, as it was named
  pictures::OpenedPictures opened;  ///< without a source
  data::ImageFit fit;               ///< the network's
  pictures::Survey survey;
};

/// "64 × 64 pixels: the shorter side becomes 73, and the middle is cut out"; width first, as cameras say sizes.
std::string fit_text(const data::ImageFit& fit);

/// "4000 × 3000 become 64 × 64, at 2.4 % of the length; 58 % of the picture is seen".
std::string size_text(const CheckedData& checked, std::uint32_t id);

/// "none", or "3 pictures …": of copies, and of pictures that look alike.
std::string copies_text(const CheckedData& checked);
std::string alike_text(const CheckedData& checked);

/// The training pictures of the largest class and the smallest: "6.8 : 1 (t-shirt, 734; skirt, 108)".
std::string imbalance_text(const CheckedData& checked);

/// "JPEG 3781, PNG 2".
std::string kinds_text(const std::vector<pictures::KindCount>& kinds);

/// The shell command that makes a readable picture of one that was left out; "" where there is none.
std::string conversion_of(const CheckedData& checked, const pictures::LeftOut& left);

/// Lines for a terminal.
std::string check_text(const CheckedData& checked);

/// docs/data_check.md says what stands in it.
nlohmann::ordered_json check_json(const CheckedData& checked);

}  // namespace reslab::cli
