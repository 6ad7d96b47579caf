// What `reslab data check --html` writes: a page with samples of each class, copies side by side, and damage.
#pragma once

#include "reslab/cli/checked_data.h"
#include "reslab/pictures/examine.h"
#include "reslab/report/data_page.h"

namespace reslab::cli {

/// Decodes what is to be seen, on so many threads.
report::DataPage check_page(const CheckedData& checked, int threads, const pictures::OnProgress& progress);

}  // namespace reslab::cli
