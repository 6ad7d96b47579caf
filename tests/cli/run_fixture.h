// For tests that train small runs: a folder of runs of their own, and the sample data.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "cli/run_program.h"
#include "support/temporary_folder.h"

namespace reslab::cli {

class RunFixture : public testing::Test {
 protected:
  /// Options that say so to the program: 300 real images to train on and 100 to test, one thread, the runs in
  /// `folder_`.
  std::string where() const {
    return " --data '" RESLAB_SOURCE_DIR "/tests/data_samples/cifar10' --threads 1 --runs-dir '" + folder_.string() +
           "'";
  }

 private:
  const support::TemporaryFolder temporary_;

 protected:
  const std::filesystem::path folder_ = temporary_.path();
};

}  // namespace reslab::cli
