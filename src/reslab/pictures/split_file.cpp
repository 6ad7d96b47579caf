#include "reslab/pictures/split_file.h"

#include "reslab/core/csv.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/pictures/labels.h"
#include "reslab/pictures/set_aside.h"

namespace reslab::pictures {

std::string splits_csv(const PictureSet& set) {
  std::string text = "path,label,split,group,hash\n";
  const auto add = [&](const std::string& path, const std::string& label, std::string_view split, std::int32_t group,
                       const ContentHash& hash) {
    const std::string in_group = group < 0 ? "" : set.groups[static_cast<std::size_t>(group)];
    text += core::csv_field(path) + ',' + core::csv_field(label) + ',' + std::string(split) + ',' +
            core::csv_field(in_group) + ',' + hash.hex() + '\n';
  };
  for (const Picture& picture : set.pictures)
    add(picture.path, set.classes[static_cast<std::size_t>(picture.label)], name_of(picture.split), picture.group,
        picture.hash);
  for (const LeftOut& picture : set.left_out)
    if (picture.assigned)
      add(picture.path, picture.label,
          picture.reason == set_aside_reason ? set_aside_word : name_of(picture.assigned->split),
          picture.assigned->group, picture.assigned->hash);
  return text;
}

Listing parse_splits(std::string text, const std::filesystem::path& file) {
  Listing listing = parse_list(std::move(text), {.file = file, .hashes = true});
  if (!listing.files.front().split)
    throw core::UserError({.attempted = "take splits from " + file.string(),
                           .found = "a list without splits",
                           .allowed = "the columns path, label and split, as in a run's splits.csv",
                           .remedy = "for labels alone, give it as --labels"});
  return listing;
}

Listing read_splits(const std::filesystem::path& file) {
  return parse_splits(core::read_text(file, max_list_bytes), file);
}

}  // namespace reslab::pictures
