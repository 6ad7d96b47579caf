#include "reslab/track/campaign.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <sstream>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/number.h"
#include "reslab/core/order.h"
#include "reslab/recipe/number.h"

namespace reslab::track {
namespace {

// A column that is added stands last.
constexpr std::string_view earlier_header =
    "seed,run,test_accuracy,one_view_accuracy,test_loss,seconds,process_seconds,training_flop";
const std::string header = std::string(earlier_header) + ",limited";

}  // namespace

double student_t95(std::int64_t degrees) {
  RESLAB_ASSERT(degrees >= 1, "degrees of freedom: ", degrees);
  // Quantiles 0.975 of Student's t, for 1 to 30 degrees of freedom.
  constexpr std::array table{12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
                             2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
                             2.080,  2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042};
  if (degrees <= std::ssize(table)) return table[static_cast<std::size_t>(degrees - 1)];
  // The first two terms of its expansion around the normal's quantile z: z + (z³ + z) / (4 · degrees).
  constexpr double z = 1.959964;
  return z + (z * z * z + z) / (4 * static_cast<double>(degrees));
}

Summary summarise(std::span<const double> values) {
  RESLAB_ASSERT(!values.empty(), "nothing to summarise");
  const auto n = static_cast<double>(values.size());
  Summary summary{.n = std::ssize(values),
                  .mean = std::accumulate(values.begin(), values.end(), 0.0) / n,
                  .least = *std::ranges::min_element(values, core::lowest_first),
                  .most = *std::ranges::min_element(values, core::highest_first)};
  if (summary.n == 1) return summary;
  double squares = 0;
  for (const double value : values) squares += (value - summary.mean) * (value - summary.mean);
  summary.deviation = std::sqrt(squares / (n - 1));
  summary.half_interval = student_t95(summary.n - 1) * summary.deviation / std::sqrt(n);
  return summary;
}

std::string limits_of(const recipe::Recipe& recipe) {
  std::string text;
  for (const auto& [key, batches] : {std::pair{"data.limit_batches", recipe.data.limit_batches},
                                     std::pair{"data.overfit_batches", recipe.data.overfit_batches}})
    if (batches > 0) text += core::concatenate(text.empty() ? "" : " ", key, "=", batches);
  return text;
}

void write_campaign(const std::filesystem::path& path, std::span<const CampaignRow> rows) {
  std::string text = header + "\n";
  for (const CampaignRow& row : rows) {
    text += core::concatenate(row.seed, ',', row.run);
    for (const double figure : {row.test_accuracy, row.one_view_accuracy, row.test_loss, row.seconds})
      text += ',' + recipe::shortest_text(figure);
    // What isn't known is left empty, so that no mean is taken over it.
    text += ',' + (row.process_seconds == 0 ? "" : recipe::shortest_text(row.process_seconds));
    text += ',' + recipe::shortest_text(row.training_flop);
    text += ',' + row.limited;
    text += '\n';
  }
  core::write_file(path, text);
}

std::vector<CampaignRow> read_campaign(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return {};
  std::istringstream text(core::read_text(path));
  std::string line;
  if (!std::getline(text, line) || (line != header && line != earlier_header)) return {};
  std::vector<CampaignRow> rows;
  while (std::getline(text, line)) {
    CampaignRow row;
    std::istringstream cells(line);
    char comma = 0;
    cells >> row.seed >> comma&& std::getline(cells, row.run, ',');
    for (double* figure : {&row.test_accuracy, &row.one_view_accuracy, &row.test_loss, &row.seconds,
                           &row.process_seconds, &row.training_flop}) {
      std::string cell;
      std::getline(cells, cell, ',');
      *figure = core::parse<double>(cell).value_or(0);
    }
    std::getline(cells, row.limited, ',');
    rows.push_back(row);
  }
  return rows;
}

}  // namespace reslab::track
