// What `reslab data check` prints.
#include <algorithm>
#include <set>

#include "reslab/cli/checked_data.h"
#include "reslab/cli/format.h"
#include "reslab/cli/table.h"
#include "reslab/core/error.h"
#include "reslab/core/printable.h"
#include "reslab/core/quantity.h"
#include "reslab/image/format.h"

namespace reslab::cli {
namespace {

constexpr std::size_t classes_shown = 60;   // of more, the largest and the smallest half of it
constexpr std::size_t examples_shown = 5;   // of a finding
constexpr std::size_t commands_shown = 10;  // of conversions, one a format

using ClassCounts = std::array<std::int64_t, pictures::split_count>;

std::int64_t sum_of(const ClassCounts& counts) { return counts[0] + counts[1] + counts[2]; }

Cells cells_of(const std::string& name, const ClassCounts& counts, std::int64_t all) {
  Cells cells{name};
  for (const std::int64_t count : counts) cells.push_back(std::to_string(count));
  cells.push_back(std::to_string(sum_of(counts)));
  cells.push_back(format("%.1f %%", 100 * static_cast<double>(sum_of(counts)) / static_cast<double>(all)));
  return cells;
}

std::string class_table(const pictures::PictureSet& set) {
  const auto counts = set.counts();
  ClassCounts sums{};
  for (const ClassCounts& row : counts)
    for (std::size_t split = 0; split < row.size(); ++split) sums.at(split) += row.at(split);
  std::vector<std::size_t> shown(counts.size());
  for (std::size_t i = 0; i < shown.size(); ++i) shown[i] = i;
  const std::size_t left = counts.size() > classes_shown ? counts.size() - classes_shown : 0;
  if (left > 0)
    std::ranges::stable_sort(shown, std::ranges::greater{}, [&](std::size_t i) { return sum_of(counts[i]); });
  std::vector<Cells> rows{{"class", "train", "validation", "test", "all", "share"}};
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (left > 0 && i == classes_shown / 2)
      rows.push_back({core::concatenate("… ", left, " more"), "", "", "", "", ""});
    if (left > 0 && i >= classes_shown / 2 && i < classes_shown / 2 + left) continue;
    rows.push_back(cells_of(set.classes[shown[i]], counts[shown[i]], sum_of(sums)));
  }
  rows.push_back(cells_of("all", sums, sum_of(sums)));
  return aligned(std::move(rows), 1);
}

std::string facts_table(const CheckedData& checked) {
  const pictures::Survey& survey = checked.survey;
  const auto sized = [&](std::uint32_t id) {
    return size_text(checked, id) + "   " + checked.opened.set.pictures[id].path;
  };
  std::vector<Cells> rows{{"largest to smallest", imbalance_text(checked)},
                          {"network's size", fit_text(checked.fit)},
                          {"smallest picture", sized(survey.smallest)},
                          {"median", sized(survey.median)},
                          {"largest", sized(survey.largest)},
                          {"enlarged", core::counted(survey.enlarged, "picture")},
                          {"formats", kinds_text(survey.formats)},
                          {"colours", kinds_text(survey.colours)},
                          {"turned by EXIF", core::counted(survey.turned, "picture")},
                          {"copies", copies_text(checked)},
                          {"looking alike", alike_text(checked)}};
  return aligned(std::move(rows));
}

std::string finding_text(const pictures::Finding& finding, const char* mark) {
  std::string text = mark + core::printable(finding.text) + '\n';
  const std::size_t shown = std::min(examples_shown, finding.examples.size());
  for (std::size_t i = 0; i < shown; ++i) text += "      " + core::printable(finding.examples[i]) + '\n';
  // A count may be of other things than the examples: of pictures, where these are groups.
  const bool cut = finding.examples.size() > shown ||
                   (shown > 0 && finding.examples.size() >= pictures::usual_examples && finding.count > shown);
  if (cut) text += core::concatenate("      … (", finding.count, " in all)\n");
  return text;
}

// One command for each format, for the first of its files.
std::string conversions(const CheckedData& checked) {
  std::string text;
  std::set<image::Format> told;
  for (const pictures::LeftOut& left : checked.opened.set.left_out) {
    const std::string command = conversion_of(checked, left);
    const image::Format format = pictures::format_of(left.kind);
    if (command.empty() || told.size() == commands_shown || !told.insert(format).second) continue;
    text += core::concatenate("  ", image::name_of(format), ": ", core::printable(command), "   (apt install ",
                              image::conversion_package(format), ")\n");
  }
  return text.empty() ? text : "\nto convert:\n" + text;
}

}  // namespace

std::string check_text(const CheckedData& checked) {
  const pictures::PictureSet& set = checked.opened.set;
  std::string text = core::concatenate(
      core::printable(checked.name), ": ", core::counted(std::ssize(set.pictures), "picture"), " in ",
      core::counted(std::ssize(set.classes), "class"), ", ", core::counted(std::ssize(set.left_out), "file"),
      " left out\n", core::printable(set.layout_text), "\nsplits: ", core::printable(set.split_text), "\n\n",
      class_table(set), '\n', facts_table(checked));
  std::string attention, notes;
  std::int64_t count = 0;
  for (const pictures::Finding& finding : checked.survey.findings)
    if (finding.severity == pictures::Severity::note) {
      notes += finding_text(finding, "  - ");
    } else {
      attention += finding_text(finding, "  ! ");
      ++count;
    }
  if (!notes.empty()) text += "\nfor information:\n" + notes;
  text += conversions(checked);
  return text + (attention.empty() ? "\nnothing needs attention\n"
                                   : core::concatenate("\nto be looked at (", count, "):\n", attention));
}

}  // namespace reslab::cli
