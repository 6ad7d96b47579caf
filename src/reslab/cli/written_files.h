// Tells the user what files were written.
#pragma once

#include "reslab/cli/opened_run.h"
#include "reslab/report/written_files.h"

namespace reslab::cli {

/// Each path on a line of standard output, and on standard error that titles are missing, if so.
void print_written(const report::WrittenFiles& written);

/// Where a run's pictures go: `output` when it is given (made when missing), else the run's folder, or for a file of
/// weights alone the current one.
std::filesystem::path output_folder(const OpenedRun& run, const std::filesystem::path& output);

}  // namespace reslab::cli
