#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reslab/cli/diagnosis.h"
#include "reslab/core/cpu.h"
#include "reslab/core/file.h"
#include "reslab/core/process.h"
#include "reslab/recipe/recipe.h"
#include "support/temporary_folder.h"

namespace reslab::cli {
namespace {

// A machine that nothing can be said against.
Diagnosis healthy() {
  Diagnosis diagnosis;
  diagnosis.build.mode = "optimised";
  diagnosis.machine.threads = {.online = 4, .affinity = 4, .quota = {}, .recommended = 4};
  diagnosis.machine.memory = {.total = 16ULL << 30, .available = 8ULL << 30, .limit = {}};
  diagnosis.machine.huge_pages = track::HugePages::on_request;
  diagnosis.compute.threads = 4;
  diagnosis.cache = {.path = "/cache", .free = 9ULL << 30};
  diagnosis.runs = {.path = "runs", .free = 9ULL << 30};
  diagnosis.data = {.name = "cifar10", .folder = "/cache/cifar10", .state = DataState::verified, .fault = ""};
  diagnosis.tools = {.gnuplot = true, .npm = true, .png = true};
  return diagnosis;
}

// The only warning about `diagnosis`.
Warning only_warning(const Diagnosis& diagnosis) {
  const std::vector<Warning> found = warnings(diagnosis);
  EXPECT_EQ(found.size(), 1U);
  return found.empty() ? Warning{} : found.front();
}

void expect_says(const Warning& warning, std::string_view problem, std::string_view remedy) {
  EXPECT_NE(warning.problem.find(problem), std::string::npos) << warning.problem;
  EXPECT_NE(warning.remedy.find(remedy), std::string::npos) << warning.remedy;
}

TEST(Doctor, AHealthyMachineHasNoWarnings) { EXPECT_TRUE(warnings(healthy()).empty()); }

TEST(Doctor, WarnsOfWhatCostsSpeed) {
  Diagnosis diagnosis = healthy();
  diagnosis.machine.threads.quota = 2.5;
  expect_says(only_warning(diagnosis), "allows 2.5 of 4", "CPU limit");
  diagnosis.machine.threads.quota = 4;
  EXPECT_TRUE(warnings(diagnosis).empty());

  diagnosis = healthy();
  diagnosis.machine.threads.affinity = 2;
  expect_says(only_warning(diagnosis), "only 2 of 4", "taskset");

  diagnosis = healthy();
  diagnosis.compute.threads = 1;
  expect_says(only_warning(diagnosis), "one thread", "--epochs");

  diagnosis = healthy();
  diagnosis.machine.huge_pages = track::HugePages::never;
  expect_says(only_warning(diagnosis), "huge pages are switched off", "echo madvise >");

  diagnosis = healthy();
  diagnosis.build.mode = "debug";
  expect_says(only_warning(diagnosis), "debug build", "release");
}

TEST(Doctor, WarnsOfTooLittleRoom) {
  Diagnosis diagnosis = healthy();
  diagnosis.machine.memory.limit = 1ULL << 30;
  expect_says(only_warning(diagnosis), "1.1 GB of memory", "--batch-size");

  diagnosis = healthy();
  diagnosis.runs.free = 1 << 20;
  expect_says(only_warning(diagnosis), "1.0 MB are free at runs", "--runs-dir");

  diagnosis = healthy();
  diagnosis.cache.free = 1 << 20;
  EXPECT_TRUE(warnings(diagnosis).empty());  // the data is there already
  diagnosis.data.state = DataState::missing;
  ASSERT_EQ(warnings(diagnosis).size(), 2U);
  expect_says(warnings(diagnosis)[0], "1.0 MB are free at /cache", "--cache-dir");
  expect_says(warnings(diagnosis)[1], "cifar10 isn't there", "reslab data fetch cifar10");
}

TEST(Doctor, WarnsOfDamagedDataAndMissingTools) {
  Diagnosis diagnosis = healthy();
  diagnosis.data.state = DataState::damaged;
  diagnosis.data.fault = "test_batch.bin is cut";
  expect_says(only_warning(diagnosis), "test_batch.bin is cut", "reslab data fetch cifar10");

  diagnosis = healthy();
  diagnosis.tools = {.gnuplot = false, .npm = false, .png = false};
  ASSERT_EQ(warnings(diagnosis).size(), 2U);  // npm only matters while the data isn't there
  diagnosis.data.state = DataState::missing;
  EXPECT_EQ(warnings(diagnosis).size(), 4U);
}

TEST(Doctor, WithoutAHomeItTellsAllTheRest) {
  const support::TemporaryFolder folder;
  const auto doctor = [&](std::vector<std::string> options) {
    std::vector<std::string> arguments{
        "env",         "-u",     "HOME",         "-u", "XDG_CACHE_HOME", "-u", "RESLAB_CACHE_DIR",
        RESLAB_BINARY, "doctor", "--no-estimate"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const core::ProcessResult result = core::run_process({.arguments = arguments, .folder = folder.path()});
    EXPECT_EQ(result.exit_code, 0) << result.output;
    return result.output;
  };
  const std::string page = doctor({});
  EXPECT_NE(page.find("no place for data is known"), std::string::npos) << page;
  EXPECT_NE(page.find("none of RESLAB_CACHE_DIR, XDG_CACHE_HOME and HOME is set"), std::string::npos) << page;
  EXPECT_NE(page.find("--cache-dir"), std::string::npos) << page;
  const auto json = nlohmann::json::parse(doctor({"--json"}));
  EXPECT_TRUE(json["disk"]["cache"]["path"].is_null()) << json;
  EXPECT_GT(json["disk"]["runs"]["free_bytes"], 0);
  EXPECT_EQ(json["data"]["state"], "missing");
}

// What the program prints when it finds nothing prepared. Of the program's recipes all but the original have a narrow
// network here, which is timed in an instant.
std::string output_of(std::vector<std::string> options) {
  const support::TemporaryFolder folder;
  for (const recipe::RecipeFile& recipe : recipe::list_recipes())
    if (recipe.name != "original")
      core::write_file(folder.path() / (recipe.name + ".toml"), "inherit = \"original\"\nmodel.width = 4\n");
  std::vector<std::string> arguments{"env",         "RESLAB_RECIPES=" + folder.path().string(), RESLAB_BINARY, "doctor",
                                     "--cache-dir", (folder.path() / "cache").string()};
  arguments.insert(arguments.end(), options.begin(), options.end());
  const core::ProcessResult result = core::run_process({.arguments = arguments, .folder = folder.path()});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  return result.output;
}

TEST(Doctor, ItsJsonHasEveryField) {
  const auto json = nlohmann::json::parse(output_of({"--json"}));
  for (const char* key : {"reslab", "libtorch", "compiler", "build", "machine", "device", "precision", "disk", "data",
                          "tools", "training_flop_per_second", "other_processors_busy", "recipes", "warnings"})
    EXPECT_TRUE(json.contains(key)) << key;
  for (const char* key :
       {"system", "processor", "instructions", "convolutions", "threads", "memory", "huge_pages", "cuda"})
    EXPECT_TRUE(json["machine"].contains(key)) << key;
  EXPECT_GE(json["machine"]["threads"]["used"], 1);
  EXPECT_GT(json["disk"]["cache"]["free_bytes"], 0);
  EXPECT_EQ(json["data"]["state"], "missing");
  EXPECT_GT(json["training_flop_per_second"].get<double>(), 1e9);
  const auto original =
      std::ranges::find_if(json["recipes"], [](const auto& each) { return each["recipe"] == "original"; });
  ASSERT_NE(original, json["recipes"].end());
  EXPECT_EQ((*original)["epochs"], 24);
  // 24 epochs of 121.1 TFLOP at about the measured rate; other tests run meanwhile.
  const double seconds = 24 * 121.1e12 / json["training_flop_per_second"].get<double>();
  EXPECT_GT((*original)["seconds"].get<double>(), 0.2 * seconds);
  EXPECT_LT((*original)["seconds"].get<double>(), 5 * seconds);
  for (const auto& recipe : json["recipes"]) EXPECT_TRUE(recipe["seconds"].is_number()) << recipe;
}

TEST(Doctor, WithoutEstimateTheTimesAreNull) {
  const auto json = nlohmann::json::parse(output_of({"--json", "--no-estimate"}));
  EXPECT_TRUE(json["training_flop_per_second"].is_null());
  for (const auto& recipe : json["recipes"]) EXPECT_TRUE(recipe["seconds"].is_null());
}

TEST(Doctor, ItsPageFitsEightyColumns) {
  std::istringstream lines(output_of({"--no-estimate"}));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) EXPECT_LE(line.size(), 80U) << line;
  EXPECT_GT(count, 12);
}

TEST(Doctor, SaysByWhatConvolutionsRunAndRefusesUnknownInstructions) {
  if (!core::processor().has("avx512_bf16")) GTEST_SKIP() << "no AVX-512 with bf16 here: its choice is NOT tested";
  const support::TemporaryFolder folder;
  const auto doctor = [&](const std::string& instructions) {
    return core::run_process({.arguments = {"env", "RESLAB_INSTRUCTIONS=" + instructions, RESLAB_BINARY, "doctor",
                                            "--no-estimate", "--cache-dir", (folder.path() / "cache").string()},
                              .folder = folder.path()});
  };
  EXPECT_NE(doctor("avx512").output.find("AVX-512 bf16"), std::string::npos) << doctor("avx512").output;
  const core::ProcessResult refused = doctor("amx512");
  EXPECT_EQ(refused.exit_code, 2) << refused.output;
  EXPECT_NE(refused.output.find("RESLAB_INSTRUCTIONS=amx512"), std::string::npos) << refused.output;
}

}  // namespace
}  // namespace reslab::cli
