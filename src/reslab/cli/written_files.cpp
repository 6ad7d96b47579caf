#include "reslab/cli/written_files.h"

#include <iostream>

#include "reslab/core/file.h"
#include "reslab/core/printable.h"

namespace reslab::cli {

void print_written(const report::WrittenFiles& written) {
  for (const std::filesystem::path& path : written.paths) std::cout << core::printable(path.string()) << '\n';
  std::cout.flush();
  if (!written.why_no_titles.empty()) std::cerr << "pictures have no titles: " << written.why_no_titles << '\n';
}

std::filesystem::path output_folder(const OpenedRun& run, const std::filesystem::path& output) {
  if (output.empty()) return run.folder ? run.folder->path : std::filesystem::path(".");
  core::make_directories(output);
  return output;
}

}  // namespace reslab::cli
