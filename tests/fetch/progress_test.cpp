#include "reslab/fetch/progress.h"

#include <gtest/gtest.h>

namespace reslab::fetch {
namespace {

TEST(Progress, SaysShareRateAndWhatIsLeft) {
  EXPECT_EQ(progress_line("a.gz", 0, 50'000'000, 200'000'000, 10),
            "a.gz:  25% ██████░░░░░░░░░░░░░░░░░░ 50.0 MB of 200.0 MB, 5.0 MB/s, 00:30 left");
  // Half of it was there before: the rate counts what came since.
  EXPECT_EQ(progress_line("a.gz", 100'000'000, 120'000'000, 200'000'000, 10),
            "a.gz:  60% ██████████████░░░░░░░░░░ 120.0 MB of 200.0 MB, 2.0 MB/s, 00:40 left");
  EXPECT_EQ(progress_line("a.gz", 0, 1500, 0, 0), "a.gz: 1.5 kB");
  EXPECT_EQ(progress_line("a.gz", 0, 999, 999, 1), "a.gz: 100% ████████████████████████ 999 B of 999 B, 999 B/s");
}

}  // namespace
}  // namespace reslab::fetch
