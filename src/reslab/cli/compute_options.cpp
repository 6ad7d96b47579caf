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

}  // namespace reslab::cli
