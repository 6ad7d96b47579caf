#include "reslab/report/opened_run.h"

namespace reslab::report {

data::BatchSource OpenedRun::source() const { return source(split()); }

data::BatchSource OpenedRun::source(const data::Split& samples) const {
  return {.samples = samples, .transform = train::transform_of(description)};
}

}  // namespace reslab::report
