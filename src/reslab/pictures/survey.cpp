#include "reslab/pictures/survey.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "reslab/core/error.h"
#include "reslab/core/printable.h"
#include "reslab/core/quantity.h"

namespace reslab::pictures {
namespace {

constexpr double tiny_scale = 4;
constexpr double large_imbalance = 10;

std::int64_t pixels_of(augment::Size size) { return std::int64_t{size.height} * size.width; }

std::string colour_text(const PictureFacts& facts) {
  std::string text(image::name_of(facts.colour));
  if (facts.alpha) text += facts.colour == image::Colour::palette ? " with transparency" : " with alpha";
  // Of a palette the bits are those of an index: they say nothing of colours.
  if (facts.bits != 8 && facts.colour != image::Colour::palette)
    text += core::concatenate(", ", facts.bits, facts.bits == 1 ? " bit" : " bits");
  return text;
}

std::vector<KindCount> most_frequent_first(const std::map<std::string, std::int64_t>& counts) {
  std::vector<KindCount> list;
  list.reserve(counts.size());
  for (const auto& [name, pictures] : counts) list.push_back({name, pictures});
  std::ranges::stable_sort(list, std::ranges::greater{}, &KindCount::pictures);
  return list;
}

class Surveyor {
 public:
  Surveyor(const OpenedPictures& opened, const SurveyOptions& options) : opened_(opened), options_(options) {}

  Survey make(const LooksByContent& looks) {
    survey_.findings = opened_.set.findings;
    survey_.alike = find_alike(opened_.set, looks);
    look_at_sizes();
    look_at_kinds();
    look_at_balance();
    report_names();
    report_sizes();
    report_equal();
    report_alike();
    return std::move(survey_);
  }

 private:
  void look_at_sizes() {
    std::vector<std::uint32_t> ids(opened_.facts.size());
    std::iota(ids.begin(), ids.end(), 0U);
    const auto pixels = [&](std::uint32_t id) { return pixels_of(opened_.facts[id].size); };
    std::ranges::stable_sort(ids, {}, pixels);
    survey_.smallest = ids.front();
    survey_.median = ids[(ids.size() - 1) / 2];
    survey_.largest = *std::ranges::lower_bound(ids, pixels(ids.back()), {}, pixels);
    for (std::uint32_t id = 0; id < opened_.facts.size(); ++id) {
      const double scale = scale_of(options_.fit, opened_.facts[id].size);
      if (scale > 1) enlarged_.push_back(id);
      if (scale > tiny_scale) tiny_.push_back(id);
    }
    survey_.enlarged = std::ssize(enlarged_);
    survey_.tiny = std::ssize(tiny_);
  }

  void look_at_kinds() {
    std::map<std::string, std::int64_t> formats, colours;
    for (const PictureFacts& facts : opened_.facts) {
      ++formats[std::string(image::name_of(facts.format))];
      ++colours[colour_text(facts)];
      survey_.turned += facts.orientation != 1;
      survey_.damaged_used += facts.verdict == Verdict::damaged;
    }
    survey_.formats = most_frequent_first(formats);
    survey_.colours = most_frequent_first(colours);
  }

  void look_at_balance() {
    const auto counts = opened_.set.counts();
    std::vector<std::int64_t> training;
    training.reserve(counts.size());
    for (const auto& row : counts) training.push_back(row[static_cast<std::size_t>(Split::train)]);
    const auto most = std::ranges::max_element(training), least = std::ranges::min_element(training);
    survey_.most = static_cast<std::int32_t>(most - training.begin());
    survey_.least = static_cast<std::int32_t>(least - training.begin());
    survey_.imbalance = static_cast<double>(*most) / static_cast<double>(std::max<std::int64_t>(*least, 1));
    if (survey_.imbalance < large_imbalance) return;
    const auto class_text = [&](std::int32_t label) {
      return core::concatenate(opened_.set.classes[static_cast<std::size_t>(label)], " (",
                               training[static_cast<std::size_t>(label)], ")");
    };
    add("imbalance", Severity::warning, 1,
        core::concatenate("the largest class has ", static_cast<std::int64_t>(survey_.imbalance),
                          " times as many training pictures as the smallest: accuracy says little of small classes"),
        {class_text(survey_.most), class_text(survey_.least)});
  }

  void add(const char* kind, Severity severity, std::int64_t count, std::string text,
           std::vector<std::string> examples) {
    survey_.findings.push_back({.kind = kind,
                                .severity = severity,
                                .text = std::move(text),
                                .count = static_cast<std::uint64_t>(count),
                                .examples = first_of(examples)});
  }

  void report_names() {
    std::vector<std::string> names;
    for (const std::string& name : opened_.set.classes)
      if (!core::is_utf8(name)) names.push_back(name);
    if (!names.empty())
      add("class-name", Severity::warning, std::ssize(names),
          core::counted(std::ssize(names), "class") +
              " whose name isn't UTF-8 text, so that no training takes them; what to do: rename the folder or the "
              "label",
          names);
  }

  std::string sized(std::uint32_t id) const {
    const augment::Size size = opened_.facts[id].size;
    return core::concatenate(opened_.set.pictures[id].path, ": ", size.width, " × ", size.height);
  }

  void report_sizes() {
    const auto examples = [&](const std::vector<std::uint32_t>& ids) {
      std::vector<std::string> texts;
      for (std::size_t i = 0; i < std::min(ids.size(), usual_examples); ++i) texts.push_back(sized(ids[i]));
      return texts;
    };
    if (!enlarged_.empty())
      add("enlarged", Severity::note, survey_.enlarged,
          core::counted(survey_.enlarged, "picture") + " smaller than the network's size, and so enlarged",
          examples(enlarged_));
    if (!tiny_.empty())
      add("tiny", Severity::warning, survey_.tiny,
          core::counted(survey_.tiny, "picture") +
              " enlarged more than fourfold: hardly anything can be seen of them; what to do: leave them out, or "
              "choose "
              "a smaller size (--image-size)",
          examples(tiny_));
  }

  std::string place_of(std::uint32_t id) const {
    const Picture& picture = opened_.set.pictures[id];
    return core::concatenate(picture.path, " (", opened_.set.classes[static_cast<std::size_t>(picture.label)], ", ",
                             name_of(picture.split), ")");
  }

  template <typename Wanted>
  std::vector<std::string> lines_of(const std::vector<AlikeGroup>& groups, const char* between,
                                    const Wanted& wanted) const {
    constexpr std::size_t shown = 4;
    std::vector<std::string> lines;
    for (const AlikeGroup& group : groups) {
      if (lines.size() == usual_examples) break;
      if (!wanted(group)) continue;
      std::string line;
      for (std::size_t i = 0; i < std::min(group.ids.size(), shown); ++i)
        line += (i == 0 ? "" : between) + place_of(group.ids[i]);
      if (group.ids.size() > shown) line += core::concatenate(between, "… (", group.ids.size(), " in all)");
      lines.push_back(std::move(line));
    }
    return lines;
  }

  static bool parts_splits(const AlikeGroup& group) { return group.across_splits; }
  static bool parts_classes(const AlikeGroup& group) { return group.across_classes; }

  std::string of_test(const AlikePictures& pictures) const {
    return core::concatenate(pictures.test_seen.size(), " of ",
                             core::counted(std::ssize(opened_.set.ids(Split::test)), "test picture"));
  }

  void report_equal() {
    const AlikePictures& equal = survey_.alike.equal;
    if (!equal.test_seen.empty())
      add("test-equal", Severity::warning, std::ssize(equal.test_seen),
          of_test(equal) +
              " equal, to the byte, to one of training or the hold-out: the test accuracy will be too good; what to "
              "do: "
              "take them out of one of both",
          lines_of(equal.groups, " = ", parts_splits));
  }

  void report_alike() {
    const AlikePictures& near = survey_.alike.near;
    const auto any = [](const AlikeGroup& /*group*/) { return true; };
    if (!near.test_seen.empty())
      add("test-alike", Severity::warning, std::ssize(near.test_seen),
          of_test(near) +
              " look like one of training or the hold-out: the test accuracy will be too good; what to do: look at "
              "them, keep one of each, or keep them in one split (--group-by, or the column group of a list)",
          lines_of(near.groups, " ~ ", parts_splits));
    if (!near.labels_disagree.empty())
      add("labels-alike", Severity::warning, std::ssize(near.labels_disagree),
          core::counted(std::ssize(near.labels_disagree), "picture") +
              " with different labels look alike; what to do: look at them, one of the labels may be wrong",
          lines_of(near.groups, " ~ ", parts_classes));
    std::int64_t pictures = 0;
    for (const AlikeGroup& group : near.groups) pictures += std::ssize(group.ids);
    if (pictures > 0)
      add("alike", Severity::note, pictures,
          core::concatenate(core::counted(pictures, "picture"), " in ", core::counted(std::ssize(near.groups), "group"),
                            " of pictures that look alike: the same one saved again, resized or brightened"),
          lines_of(near.groups, " ~ ", any));
    if (survey_.alike.plain > 0) {
      std::vector<std::string> none;
      add("plain", Severity::note, survey_.alike.plain,
          core::counted(survey_.alike.plain, "picture") + " of a single tone, which can't be compared by their looks",
          none);
    }
  }

  const OpenedPictures& opened_;
  const SurveyOptions& options_;
  std::vector<std::uint32_t> enlarged_, tiny_;
  Survey survey_;
};

}  // namespace

bool Survey::needs_attention() const {
  return std::ranges::any_of(findings, [](const Finding& finding) { return finding.severity != Severity::note; });
}

double scale_of(const data::ImageFit& fit, augment::Size size) {
  const double down = static_cast<double>(fit.output.height) / size.height,
               across = static_cast<double>(fit.output.width) / size.width;
  switch (fit.kind) {
    case data::FitKind::crop: return static_cast<double>(fit.resize) / std::min(size.height, size.width);
    case data::FitKind::pad: return std::min(down, across);
    case data::FitKind::stretch: return std::max(down, across);
    case data::FitKind::none: break;
  }
  return 1;
}

double part_kept(const data::ImageFit& fit, augment::Size size) {
  if (fit.kind != data::FitKind::crop) return 1;
  const double scale = scale_of(fit, size);
  return std::min(1.0, fit.output.height / (scale * size.height)) *
         std::min(1.0, fit.output.width / (scale * size.width));
}

Survey make_survey(const OpenedPictures& opened, const LooksByContent& looks, const SurveyOptions& options) {
  RESLAB_ASSERT(!opened.facts.empty());
  return Surveyor(opened, options).make(looks);
}

}  // namespace reslab::pictures
