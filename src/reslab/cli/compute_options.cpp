#include "reslab/cli/compute_options.h"

#include <CLI/CLI.hpp>

namespace reslab::cli {

void add_compute_options(CLI::App& app, train::ComputeRequest& request) {
  const std::string group = "Machine";
  app.add_option("--device", request.device, "auto, cpu or cuda")->group(group);
  app.add_option("--precision", request.precision,
                 "auto (bf16 where the processor has instructions for it), fp32 or bf16")
      ->group(group);
  app.add_option("--threads", request.threads, "threads; 0 for what affinity and the control group allow")
      ->type_name("N")
      ->group(group);
}

core::Words words_of(const train::ComputeRequest& request) {
  core::Words words;
  if (request.device != "auto") words.insert(words.end(), {"--device", request.device});
  if (request.precision != "auto") words.insert(words.end(), {"--precision", request.precision});
  if (request.threads != 0) words.insert(words.end(), {"--threads", std::to_string(request.threads)});
  return words;
}

}  // namespace reslab::cli
