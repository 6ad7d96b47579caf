// `reslab data check DIR`: what a folder of pictures holds, before anything is trained.
#pragma once

#include "reslab/cli/command.h"

namespace reslab::cli {

Action prepare_data_check(CLI::App& app);

}  // namespace reslab::cli
