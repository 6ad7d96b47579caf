// What `reslab data check --json` prints: docs/data_check.md.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "reslab/cli/checked_data.h"

namespace reslab::cli {
namespace {

using CheckJson = nlohmann::ordered_json;

constexpr std::size_t most_groups = 1000, most_members = 50, most_files = 10'000;

constexpr const char* fit_names[] = {"none", "crop", "pad", "stretch"};

CheckJson picture_json(const CheckedData& checked, std::uint32_t id) {
  const pictures::Picture& picture = checked.opened.set.pictures[id];
  return {{"path", picture.path},
          {"class", checked.opened.set.classes[static_cast<std::size_t>(picture.label)]},
          {"split", pictures::name_of(picture.split)}};
}

CheckJson sized_json(const CheckedData& checked, std::uint32_t id) {
  const augment::Size size = checked.opened.facts[id].size;
  return {{"path", checked.opened.set.pictures[id].path}, {"width", size.width}, {"height", size.height}};
}

CheckJson classes_json(const pictures::PictureSet& set) {
  CheckJson list = CheckJson::array();
  const auto counts = set.counts();
  for (std::size_t i = 0; i < counts.size(); ++i)
    list.push_back({{"name", set.classes[i]},
                    {"train", counts[i][0]},
                    {"validation", counts[i][1]},
                    {"test", counts[i][2]},
                    {"all", counts[i][0] + counts[i][1] + counts[i][2]}});
  return list;
}

CheckJson kinds_json(const std::vector<pictures::KindCount>& kinds) {
  CheckJson json = CheckJson::object();
  for (const pictures::KindCount& kind : kinds) json[kind.name] = kind.pictures;
  return json;
}

CheckJson alike_json(const CheckedData& checked, const pictures::AlikePictures& alike) {
  CheckJson groups = CheckJson::array();
  std::int64_t pictures = 0;
  for (const pictures::AlikeGroup& group : alike.groups) {
    pictures += std::ssize(group.ids);
    if (groups.size() == most_groups) continue;
    CheckJson members = CheckJson::array();
    for (std::size_t i = 0; i < std::min(group.ids.size(), most_members); ++i)
      members.push_back(picture_json(checked, group.ids[i]));
    groups.push_back({{"count", group.ids.size()},
                      {"across_splits", group.across_splits},
                      {"across_classes", group.across_classes},
                      {"pictures", members}});
  }
  return {{"count", alike.groups.size()},
          {"pictures", pictures},
          {"test_seen", alike.test_seen.size()},
          {"labels_disagree", alike.labels_disagree.size()},
          {"groups", groups}};
}

CheckJson left_out_json(const CheckedData& checked) {
  CheckJson list = CheckJson::array();
  for (const pictures::LeftOut& left : checked.opened.set.left_out) {
    if (list.size() == most_files) break;
    CheckJson entry{{"path", left.path}, {"class", left.label}, {"reason", left.reason}};
    if (left.kind != pictures::FileKind::other) entry["kind"] = pictures::name_of(left.kind);
    if (!left.why.empty()) entry["why"] = left.why;
    if (left.byte) entry["byte"] = *left.byte;
    if (const std::string command = conversion_of(checked, left); !command.empty()) entry["convert"] = command;
    list.push_back(std::move(entry));
  }
  return list;
}

CheckJson findings_json(const pictures::Findings& findings) {
  CheckJson list = CheckJson::array();
  for (const pictures::Finding& finding : findings)
    list.push_back({{"kind", finding.kind},
                    {"severity", pictures::name_of(finding.severity)},
                    {"text", finding.text},
                    {"count", finding.count},
                    {"examples", finding.examples}});
  return list;
}

}  // namespace

CheckJson check_json(const CheckedData& checked) {
  const pictures::PictureSet& set = checked.opened.set;
  const pictures::Survey& survey = checked.survey;
  return {{"format", 1},
          {"data", checked.name},
          {"layout", set.layout_text},
          {"splits", set.split_text},
          {"needs_attention", survey.needs_attention()},
          {"pictures", set.pictures.size()},
          {"classes", classes_json(set)},
          {"imbalance", survey.imbalance},
          {"network",
           {{"width", checked.fit.output.width},
            {"height", checked.fit.output.height},
            {"fit", fit_names[static_cast<std::size_t>(checked.fit.kind)]},
            {"resize", checked.fit.resize}}},
          {"sizes",
           {{"smallest", sized_json(checked, survey.smallest)},
            {"median", sized_json(checked, survey.median)},
            {"largest", sized_json(checked, survey.largest)},
            {"enlarged", survey.enlarged},
            {"tiny", survey.tiny}}},
          {"formats", kinds_json(survey.formats)},
          {"colours", kinds_json(survey.colours)},
          {"turned", survey.turned},
          {"damaged_used", survey.damaged_used},
          {"copies", survey.alike.copies},
          {"equal", alike_json(checked, survey.alike.equal)},
          {"alike", alike_json(checked, survey.alike.near)},
          {"plain", survey.alike.plain},
          {"left_out_count", set.left_out.size()},
          {"left_out", left_out_json(checked)},
          {"findings", findings_json(survey.findings)}};
}

}  // namespace reslab::cli
