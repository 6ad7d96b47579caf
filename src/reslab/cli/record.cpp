#include "reslab/cli/record.h"

#include <torch/version.h>

#include <iostream>

#include "reslab/cli/format.h"
#include "reslab/cli/repeats.h"
#include "reslab/core/cpu.h"
#include "reslab/core/file.h"
#include "reslab/core/nearest.h"
#include "reslab/core/printable.h"
#include "reslab/core/version.h"
#include "reslab/report/csv.h"
#include "reslab/track/campaign.h"
#include "reslab/track/environment.h"
#include "reslab/track/run_folder.h"
#include "reslab/train/checkpoint.h"
#include "reslab/train/evaluate.h"

namespace reslab::cli {
namespace {

using core::ExitCode;
using report::csv_field;
using report::csv_number;

// A column that is added stands last.
constexpr std::string_view header =
    "date,recipe,recipe_hash,n,accuracy,accuracy_half_interval,accuracy_deviation,one_view_accuracy,views,seconds,"
    "seconds_half_interval,training_flop,device,precision,threads,processor,instructions,libtorch,reslab,commit,"
    "kernel_revision\n";
constexpr std::string_view newest_columns = ",kernel_revision\n";

[[noreturn]] void refuse(const RecordOptions& options, const std::string& found, const std::string& allowed,
                         const std::string& remedy) {
  throw core::UserError(
      {.attempted = "add a record to " + options.file, .found = found, .allowed = allowed, .remedy = remedy});
}

// Asked before the training, which may take hours, and again after it.
void check_file(const RecordOptions& options) {
  core::check_can_write(options.file);
  if (!std::filesystem::exists(options.file)) return;
  const std::string text = core::read_text(options.file);
  // Not one line more that doesn't say it: lines would then have fewer fields than others of the same program.
  const std::string earlier = std::string(header.substr(0, header.size() - newest_columns.size())) + '\n';
  if (text.starts_with(earlier))
    refuse(options, "the columns of an earlier reslab, which didn't say by which kernels a line was made",
           "a file whose last column is kernel_revision",
           "end its first line with ',kernel_revision' and each of the others with a comma (and the revision, where it "
           "is known), or choose another file");
  if (!text.starts_with(header))
    refuse(options, "another first line in it", "a file that begins with " + std::string(header.substr(0, 30)) + "…",
           "choose another file");
}

// Appended, so that two commands can't lose each other's line.
void add_line(const RecordOptions& options, const std::string& line) {
  check_file(options);
  if (!std::filesystem::exists(options.file)) return core::write_file(options.file, std::string(header) + line);
  const bool torn = !core::read_text(options.file).ends_with('\n');
  core::AppendFile file(options.file, core::Special::follow);
  file.append((torn ? "\n" : "") + line);
  static_cast<void>(file.sync());
}

std::string commit() { return core::version().commit + (core::version().modified ? "-modified" : ""); }

// A record is of one program on one machine. Asked before the training, too: of seeds that an earlier command trained.
void check_made_here(const std::filesystem::path& campaign, const track::RunFacts& here, const RecordOptions& options) {
  const std::string expected = track::made_by(here);
  for (std::int64_t seed = 1; seed <= options.repeats; ++seed) {
    const std::string run = core::concatenate("seed-", seed);
    const track::RunFolder folder{campaign / run};
    if (!std::filesystem::exists(folder.environment())) continue;
    for (const std::string& found : track::made_by(folder.environment()))
      if (found != expected)
        refuse(options, run + " was trained by " + found, "seeds trained by this program here: " + expected,
               "choose another --name, or remove that seed's folder: it is trained anew then");
  }
}

std::vector<double> column(const std::vector<track::CampaignRow>& rows, double track::CampaignRow::*figure) {
  std::vector<double> values;
  values.reserve(rows.size());
  for (const track::CampaignRow& row : rows) values.push_back(row.*figure);
  return values;
}

std::string line_of(const recipe::Recipe& recipe, const std::vector<track::CampaignRow>& rows,
                    const track::RunFacts& facts) {
  const track::Summary accuracy = track::summarise(column(rows, &track::CampaignRow::test_accuracy)),
                       one_view = track::summarise(column(rows, &track::CampaignRow::one_view_accuracy)),
                       seconds = track::summarise(column(rows, &track::CampaignRow::seconds));
  const core::Processor processor = core::processor();
  const auto rounded = [](double value, int digits) { return format("%.*f", digits, value); };
  std::string line = track::iso_time(facts.started).substr(0, 10);
  for (const std::string& field : {recipe.name,
                                   facts.recipe_hash,
                                   std::to_string(accuracy.n),
                                   rounded(accuracy.mean, 5),
                                   rounded(accuracy.half_interval, 5),
                                   rounded(accuracy.deviation, 5),
                                   rounded(one_view.mean, 5),
                                   train::describe(train::view_options(recipe.evaluation)),
                                   rounded(seconds.mean, 1),
                                   rounded(seconds.half_interval, 1),
                                   csv_number(track::summarise(column(rows, &track::CampaignRow::training_flop)).mean),
                                   facts.device,
                                   facts.precision,
                                   std::to_string(facts.threads),
                                   processor.model,
                                   core::join(processor.flags, " "),
                                   std::string(TORCH_VERSION),
                                   core::version().number,
                                   commit(),
                                   std::to_string(train::kernel_revision)})
    line += ',' + csv_field(field);
  return line + '\n';
}

}  // namespace

ExitCode add_record(const recipe::Recipe& recipe, const TrainingFlags& flags, const RecordOptions& options) {
  if (const std::string limits = track::limits_of(recipe); !limits.empty())
    refuse(options, limits + ": only a part of each epoch or of the test set", "whole trainings and whole tests",
           "leave out what limits the batches");
  const recipe::Recipe seeded = with_data(recipe, flags.data);
  const track::RunFacts here = facts_of(seeded, train::resolve_compute(flags.compute), track::RunKind::train);
  const std::string name = options.name.empty() ? "record-" + recipe.name : options.name;
  const std::filesystem::path campaign = std::filesystem::path(flags.runs) / name;
  check_file(options);
  check_made_here(campaign, here, options);
  const ExitCode code = run_repeats(recipe, flags, name, options.repeats);
  if (code != ExitCode::ok) return code;
  check_made_here(campaign, here, options);
  std::vector<track::CampaignRow> rows = track::read_campaign(campaign / "campaign.csv");
  std::erase_if(rows,
                [&](const track::CampaignRow& row) { return row.seed > static_cast<std::uint64_t>(options.repeats); });
  if (std::ssize(rows) != options.repeats)
    refuse(options, core::concatenate(rows.size(), " of ", options.repeats, " seeds in its campaign.csv"),
           "all of them", "give the same command again");
  const std::string line = line_of(seeded, rows, here);
  add_line(options, line);
  std::cout << "\nadded to " << core::printable(options.file) << ":\n" << line;
  return ExitCode::ok;
}

}  // namespace reslab::cli
