#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/run_program.h"

namespace reslab::cli {
namespace {

constexpr const char* small =
    "bench airbench94 --set model.width=16 --set model.group_width=16 --batch-size 16 --steps 2 --warmup 1 --threads 1";

TEST(Bench, JsonAccountsForTheStep) {
  const Result result = run_reslab(std::string(small) + " --json");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  const auto json = nlohmann::json::parse(result.output);
  EXPECT_EQ(json["steps"], 2);
  EXPECT_EQ(json["batch_size"], 16);
  EXPECT_EQ(json["threads"], 1);
  double sum = json["waiting_seconds"].get<double>() + json["other_seconds"].get<double>(), flop = 0;
  for (const auto& operation : json["operations"]) {
    sum += operation["seconds"].get<double>();
    flop += operation["flop"].get<double>();
    EXPECT_GE(operation["calls"], 0.5) << operation;
  }
  EXPECT_NEAR(sum, json["step_seconds"].get<double>(), 1e-9);
  EXPECT_NEAR(flop, json["step_flop"].get<double>(), 1);
  EXPECT_GT(json["peak"]["flop_per_second"], 1e9);
  EXPECT_GT(json["besides_convolution"]["least_seconds"], 0);
  EXPECT_GT(json["peak_tensor_bytes"], 1 << 20);
}

TEST(Bench, PrintsATableWithItsTotals) {
  const Result result = run_reslab(small);
  ASSERT_EQ(result.exit_code, 0) << result.output;
  for (const char* text : {"operation", "of the peak", "reslab::optimizer", "waiting for data", "images/s",
                           "not convolution", "times what moving its bytes takes"})
    EXPECT_TRUE(contains(result.output, text)) << text << '\n' << result.output;
}

TEST(Bench, RefusesWhatItCannotMeasure) {
  EXPECT_EQ(run_reslab("bench airbench95").exit_code, 2);
  EXPECT_EQ(run_reslab("bench --steps 0").exit_code, 2);
}

}  // namespace
}  // namespace reslab::cli
