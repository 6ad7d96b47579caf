// The summary's totals beside torchinfo's own, where that is installed for the Python that the tests use.
#include "reslab/models/summary.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reference.h"
#include "reslab/core/process.h"

namespace reslab::reference {
namespace {

TEST(Summary, HasTorchinfosTotals) {
  const core::ProcessResult python = core::run_process(
      {.arguments = {RESLAB_PYTHON, "-B", RESLAB_SOURCE_DIR "/tests/reference/summary.py", "info", "3"}});
  ASSERT_TRUE(python.started) << "no " RESLAB_PYTHON;
  if (python.exit_code == 3) GTEST_SKIP() << "torchinfo isn't installed: only the kept totals are compared";
  ASSERT_EQ(python.exit_code, 0) << python.output;
  const nlohmann::json expected = nlohmann::json::parse(python.output).at(0);
  const auto network = models::create("custom_resnet", {.classes = 10, .in_channels = 3});
  const models::Summary summary =
      models::summarise(*network, {.batch_size = 3, .channels = 3, .height = 32, .width = 32});
  EXPECT_EQ(summary.parameters, expected["parameters"]);
  EXPECT_EQ(summary.trainable, expected["trainable"]);
  EXPECT_EQ(summary.multiply_adds, expected["multiply_adds"]);
  EXPECT_EQ(summary.activation_bytes, expected["activation_bytes"]);
  EXPECT_EQ(summary.parameter_bytes, expected["parameter_bytes"]);
}

}  // namespace
}  // namespace reslab::reference
