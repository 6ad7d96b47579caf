// A folder for one test, removed at its end.
#pragma once

#include "reslab/core/temporary_folder.h"

namespace reslab::support {

using TemporaryFolder = core::TemporaryFolder;

}  // namespace reslab::support
