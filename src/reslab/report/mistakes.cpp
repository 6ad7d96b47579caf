#include "reslab/report/mistakes.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <algorithm>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/data/split.h"
#include "reslab/report/csv.h"
#include "reslab/report/shown_image.h"
#include "reslab/track/original_log.h"

namespace reslab::report {
namespace {

using core::concatenate;

constexpr std::size_t mistake_columns = 5;

const std::string& class_name(const std::vector<std::string>& classes, std::int64_t label) {
  return classes[static_cast<std::size_t>(label)];
}

std::string title_of(const MistakesReport& report) {
  return report.title.empty() ? concatenate(report.samples.name, ": ", report.mistakes.size(), " mistakes")
                              : report.title;
}

std::size_t shown(const MistakesReport& report) {
  return std::min(report.mistakes.size(), static_cast<std::size_t>(report.count));
}

std::size_t neighbours_each(const MistakesReport& report) {
  std::size_t most = 0;
  for (const auto& neighbours : report.neighbours) most = std::max(most, neighbours.size());
  return most;
}

std::string similarity_text(double similarity) { return track::fixed(similarity, 3); }

void check(const MistakesReport& report) {
  RESLAB_ASSERT(!report.mistakes.empty() && report.count >= 1, report.mistakes.size(), ", ", report.count);
  RESLAB_ASSERT(report.predictions.size() == report.samples.size(), report.predictions.size());
  RESLAB_ASSERT(
      report.neighbours.empty() || (report.train != nullptr && report.neighbours.size() == report.mistakes.size()),
      report.neighbours.size());
}

// What was computed in fp32 has no more digits than that.
std::string fp32_number(double value) { return csv_number(static_cast<float>(value)); }

std::string csv_header(const MistakesReport& report) {
  std::string line = report.file_of ? "sample,path,actual,predicted,probability,actual_probability,loss"
                                    : "sample,actual,predicted,probability,actual_probability,loss";
  for (const std::string& name : report.samples.classes()) line += "," + csv_field("p_" + name);
  for (std::size_t i = 1; i <= neighbours_each(report); ++i)
    line += concatenate(",neighbour", i, ",neighbour", i, "_class,neighbour", i, "_similarity");
  return line + "\n";
}

std::string csv_row(const MistakesReport& report, std::size_t place) {
  const explain::Mistake& mistake = report.mistakes[place];
  const auto& classes = report.samples.classes();
  std::string line = concatenate(mistake.sample, ",");
  if (report.file_of) line += csv_field(report.file_of(report.samples.id(mistake.sample))) + ",";
  line += concatenate(csv_field(class_name(classes, mistake.actual)), ",",
                      csv_field(class_name(classes, mistake.predicted)), ",", fp32_number(mistake.probability), ",",
                      fp32_number(mistake.actual_probability), ",", fp32_number(mistake.loss));
  const at::Tensor row = report.predictions.probabilities[mistake.sample].contiguous();
  for (std::int64_t i = 0; i < row.numel(); ++i) line += "," + csv_number(row.const_data_ptr<float>()[i]);
  if (!report.neighbours.empty())
    for (const auto& [sample, similarity] : report.neighbours[place])
      line += concatenate(",", sample, ",", csv_field(class_name(classes, report.train->label(sample))), ",",
                          fp32_number(similarity));
  return line + "\n";
}

}  // namespace

std::string original_title(const explain::Mistake& mistake, const std::vector<std::string>& classes) {
  return "actual : " + class_name(classes, mistake.actual) + "\npredicted : " + class_name(classes, mistake.predicted);
}

Gallery mistakes_gallery(const MistakesReport& report) {
  check(report);
  Gallery gallery{
      .title = title_of(report), .columns = mistake_columns, .scale = shown_scale(report.samples, report.fit)};
  for (std::size_t i = 0; i < shown(report); ++i)
    gallery.cells.push_back({.image = shown_image(report.samples, report.mistakes[i].sample, report.fit),
                             .title = original_title(report.mistakes[i], report.samples.classes())});
  return gallery;
}

Gallery neighbours_gallery(const MistakesReport& report) {
  check(report);
  const std::size_t each = neighbours_each(report);
  Gallery gallery{.title = "Each mistake and the training images most like it",
                  .columns = 1 + each,
                  .scale = shown_scale(report.samples, report.fit)};
  for (std::size_t i = 0; i < shown(report); ++i) {
    const explain::Mistake& mistake = report.mistakes[i];
    gallery.cells.push_back({.image = shown_image(report.samples, mistake.sample, report.fit),
                             .title = original_title(mistake, report.samples.classes())});
    for (const auto& [sample, similarity] : report.neighbours[i])
      gallery.cells.push_back({.image = shown_image(*report.train, sample, report.fit),
                               .title = class_name(report.samples.classes(), report.train->label(sample)) + "\n" +
                                        similarity_text(similarity)});
  }
  return gallery;
}

std::string mistakes_csv(const MistakesReport& report) {
  check(report);
  std::string text = csv_header(report);
  for (std::size_t i = 0; i < report.mistakes.size(); ++i) text += csv_row(report, i);
  return text;
}

WrittenFiles write_mistakes(const std::filesystem::path& folder, const MistakesReport& report) {
  WrittenFiles written;
  core::write_file(folder / (report.name + ".csv"), mistakes_csv(report));
  written.paths.push_back(folder / (report.name + ".csv"));
  written.add_gallery(folder / (report.name + ".png"), mistakes_gallery(report));
  if (neighbours_each(report) > 0)
    written.add_gallery(folder / (report.name + "-neighbours.png"), neighbours_gallery(report));
  return written;
}

}  // namespace reslab::report
