#include "reslab/pictures/split_file.h"

#include "reslab/core/csv.h"
#include "reslab/core/error.h"
#include "reslab/pictures/labels.h"

namespace reslab::pictures {

std::string splits_csv(const PictureSet& set) {
  std::string text = "path,label,split,group\n";
  for (const Picture& picture : set.pictures) {
    const std::string group = picture.group < 0 ? "" : set.groups[static_cast<std::size_t>(picture.group)];
    text += core::csv_field(picture.path) + ',' +
            core::csv_field(set.classes[static_cast<std::size_t>(picture.label)]) + ',' +
            std::string(name_of(picture.split)) + ',' + core::csv_field(group) + '\n';
  }
  return text;
}

Listing read_splits(const std::filesystem::path& file) {
  Listing listing = read_list({.file = file});
  if (!listing.files.front().split)
    throw core::UserError({.attempted = "take splits from " + file.string(),
                           .found = "a list without splits",
                           .allowed = "the columns path, label and split, as in a run's splits.csv",
                           .remedy = "for labels alone, give it as --labels"});
  return listing;
}

}  // namespace reslab::pictures
