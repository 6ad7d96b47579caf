// The options that say where and how precisely to compute: the same in every subcommand that computes.
#pragma once

#include "reslab/core/command.h"
#include "reslab/train/compute.h"

namespace CLI {
class App;
}

namespace reslab::cli {

/// --device, --precision and --threads. `request` must live until the options were read.
void add_compute_options(CLI::App& app, train::ComputeRequest& request);

/// The options again, for a command that is to have them too: those that say something.
core::Words words_of(const train::ComputeRequest& request);

}  // namespace reslab::cli
