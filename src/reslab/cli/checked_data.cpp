#include "reslab/cli/checked_data.h"

#include "reslab/cli/format.h"
#include "reslab/core/error.h"
#include "reslab/core/quantity.h"
#include "reslab/image/format.h"

namespace reslab::cli {
namespace {

std::string sides(augment::Size size) { return core::concatenate(size.width, " × ", size.height); }

std::int64_t pictures_in(const std::vector<pictures::AlikeGroup>& groups) {
  std::int64_t all = 0;
  for (const pictures::AlikeGroup& group : groups) all += std::ssize(group.ids);
  return all;
}

}  // namespace

std::string fit_text(const data::ImageFit& fit) {
  const std::string output = sides(fit.output) + " pixels: ";
  switch (fit.kind) {
    case data::FitKind::crop:
      return output + core::concatenate("the shorter side becomes ", fit.resize, ", and the middle is cut out");
    case data::FitKind::pad: return output + "pictures are padded";
    case data::FitKind::stretch: return output + "pictures are stretched";
    case data::FitKind::none: break;
  }
  return "the pictures' own size";
}

std::string size_text(const CheckedData& checked, std::uint32_t id) {
  const augment::Size size = checked.opened.facts[id].size;
  if (checked.fit.kind == data::FitKind::none) return sides(size);
  const double scale = pictures::scale_of(checked.fit, size), kept = pictures::part_kept(checked.fit, size);
  std::string text =
      sides(size) + core::concatenate(size == checked.fit.output ? " stay " : " become ", sides(checked.fit.output));
  if (scale != 1)
    text += format(scale < 0.1 ? ", at %.1f %% of the length" : ", at %.0f %% of the length", 100 * scale);
  if (kept < 0.995) text += format("; %.0f %% of the picture is seen", 100 * kept);
  return text;
}

std::string copies_text(const CheckedData& checked) {
  const pictures::Alike& alike = checked.survey.alike;
  if (alike.copies == 0) return "none";
  return core::counted(alike.copies, "picture") + " equal to another to the byte" +
         (alike.equal.test_seen.empty()
              ? ""
              : core::concatenate("; ", core::counted(std::ssize(alike.equal.test_seen), "test picture"),
                                  " among training or the hold-out"));
}

std::string alike_text(const CheckedData& checked) {
  const pictures::AlikePictures& near = checked.survey.alike.near;
  if (near.groups.empty()) return "none";
  std::string text = core::concatenate(core::counted(pictures_in(near.groups), "picture"), " in ",
                                       core::counted(std::ssize(near.groups), "group"));
  if (!near.test_seen.empty())
    text += core::concatenate("; ", core::counted(std::ssize(near.test_seen), "test picture"),
                              " like one of training or the hold-out");
  if (!near.labels_disagree.empty())
    text += core::concatenate("; ", std::ssize(near.labels_disagree), " with different labels");
  return text;
}

std::string imbalance_text(const CheckedData& checked) {
  const pictures::Survey& survey = checked.survey;
  const auto counts = checked.opened.set.counts();
  const auto told = [&](std::int32_t label) {
    const auto place = static_cast<std::size_t>(label);
    return core::concatenate(checked.opened.set.classes[place], ", ", counts[place][0]);
  };
  return format("%.1f", survey.imbalance) + " : 1 (" + told(survey.most) + "; " + told(survey.least) + ")";
}

std::string kinds_text(const std::vector<pictures::KindCount>& kinds) {
  std::string text;
  for (const pictures::KindCount& kind : kinds)
    text += core::concatenate(text.empty() ? "" : "; ", kind.name, ' ', kind.pictures);
  return text;
}

std::string conversion_of(const CheckedData& checked, const pictures::LeftOut& left) {
  if (left.reason != "not-read" && left.reason != "unsupported") return "";
  return image::conversion_command(pictures::format_of(left.kind),
                                   pictures::full_path(checked.opened.set.root, left.path));
}

}  // namespace reslab::cli
