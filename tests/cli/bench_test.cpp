#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/run_fixture.h"
#include "reslab/core/file.h"
#include "reslab/track/campaign.h"
#include "reslab/train/checkpoint.h"

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
  // Each operation is of one of the three.
  double kinds = 0, operations = 0;
  for (const char* kind : {"convolution", "whitening", "besides_convolution"})
    kinds += json[kind]["seconds"].get<double>();
  for (const auto& operation : json["operations"]) operations += operation["seconds"].get<double>();
  EXPECT_NEAR(kinds, operations, 1e-9);
  EXPECT_GT(json["convolution"]["seconds"], 0);
#ifdef RESLAB_HAS_KERNELS
  double patches = 0;
  for (const auto& operation : json["operations"])
    if (operation["name"].get<std::string>().starts_with("reslab::patch_"))
      patches += operation["seconds"].get<double>();
  EXPECT_GT(patches, 0);
  EXPECT_NEAR(json["whitening"]["seconds"].get<double>(), patches, 1e-12);
#endif
  EXPECT_GT(json["peak_tensor_bytes"], 1 << 20);
}

TEST(Bench, PrintsATableWithItsTotals) {
  const Result result = run_reslab(small);
  ASSERT_EQ(result.exit_code, 0) << result.output;
  for (const char* text : {"operation", "of the peak", "reslab::optimizer", "waiting for data", "images/s",
                           "convolution      ", "all else         ", "times what moving its bytes takes"})
    EXPECT_TRUE(contains(result.output, text)) << text << '\n' << result.output;
}

TEST(Bench, RefusesWhatItCannotMeasure) {
  EXPECT_EQ(run_reslab("bench airbench95").exit_code, 2);
  EXPECT_EQ(run_reslab("bench --steps 0").exit_code, 2);
}

// The first line after the header, none of whose fields has a comma here.
std::map<std::string, std::string> columns_of(const std::string& csv) {
  std::istringstream lines(csv);
  std::string header, line;
  std::getline(lines, header) && std::getline(lines, line);
  std::istringstream names(header), values(line);
  std::map<std::string, std::string> columns;
  for (std::string name, value; std::getline(names, name, ',') && std::getline(values, value, ',');)
    columns[name] = value;
  return columns;
}

class Record : public RunFixture {
 protected:
  const std::string file_ = (folder_ / "records.csv").string();

  Result record(const std::string& options) const {
    return run_reslab("bench resnet --set model.width=8 --batch-size 50 --epochs 1 --record '" + file_ + "' " +
                      options + where());
  }
};

TEST_F(Record, AddsALineForEachCampaign) {
  const Result first = record("--repeats 2");
  ASSERT_EQ(first.exit_code, 0) << first.output;
  const std::string text = core::read_text(file_);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2) << text;
  EXPECT_EQ(text.substr(0, text.find(',')), "date");
  EXPECT_TRUE(contains(first.output, text.substr(text.find('\n') + 1))) << "the line is shown: " << first.output;
  const std::map<std::string, std::string> line = columns_of(text);
  const std::vector<track::CampaignRow> rows = track::read_campaign(folder_ / "record-resnet" / "campaign.csv");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(line.at("recipe"), "resnet");
  EXPECT_EQ(line.at("n"), "2");
  EXPECT_NEAR(std::stod(line.at("accuracy")), (rows[0].test_accuracy + rows[1].test_accuracy) / 2, 1e-5);
  EXPECT_NEAR(std::stod(line.at("accuracy_deviation")),
              std::abs(rows[0].test_accuracy - rows[1].test_accuracy) / std::sqrt(2.0), 1e-5);
  EXPECT_NEAR(std::stod(line.at("one_view_accuracy")), (rows[0].one_view_accuracy + rows[1].one_view_accuracy) / 2,
              1e-5);
  EXPECT_NEAR(std::stod(line.at("seconds")), (rows[0].seconds + rows[1].seconds) / 2, 0.06);
  EXPECT_NEAR(std::stod(line.at("training_flop")), rows[0].training_flop, 1);
  EXPECT_EQ(line.at("threads"), "1");
  EXPECT_TRUE(text.substr(0, text.find('\n')).ends_with(",kernel_revision")) << text;
  EXPECT_TRUE(text.ends_with("," + std::to_string(train::kernel_revision) + "\n")) << "a processor's name has commas";
  const Result shown =
      run_reslab("recipe show resnet --set model.width=8 --batch-size 50 --epochs 1 --set data.name='" +
                 std::filesystem::canonical(RESLAB_SOURCE_DIR "/tests/data_samples/cifar10").string() + "'");
  EXPECT_TRUE(contains(shown.output, "# hash " + line.at("recipe_hash"))) << shown.output;
  EXPECT_TRUE(std::filesystem::exists(folder_ / "record-resnet" / "seed-2" / "weights.safetensors"));

  // The trainings are there already: the second line says the same but for its number of seeds.
  const Result second = record("--repeats 1");
  ASSERT_EQ(second.exit_code, 0) << second.output;
  const std::string both = core::read_text(file_);
  EXPECT_TRUE(both.starts_with(text)) << both;
  EXPECT_EQ(std::count(both.begin(), both.end(), '\n'), 3) << both;
}

TEST_F(Record, RefusesWhatItWouldMixUp) {
  for (const char* limit : {"--limit-batches 2", "--overfit-batches 2"}) {
    const Result limited = record(std::string("--repeats 1 ") + limit);
    EXPECT_EQ(limited.exit_code, 2) << limit;
    EXPECT_TRUE(contains(limited.output, "_batches=2: only a part of each epoch")) << limited.output;
    EXPECT_FALSE(std::filesystem::exists(file_) || std::filesystem::exists(folder_ / "record-resnet")) << limit;
  }
  core::write_file(file_, "name,price\n");
  const Result other_file = record("--repeats 1");
  EXPECT_EQ(other_file.exit_code, 2);
  EXPECT_TRUE(contains(other_file.output, "another first line")) << other_file.output;
  EXPECT_EQ(core::read_text(file_), "name,price\n");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "record-resnet")) << "said before the training";

  // Of a version whose lines didn't say the kernels' revision.
  const std::string of_an_earlier_one =
      "date,recipe,recipe_hash,n,accuracy,accuracy_half_interval,accuracy_deviation,one_view_accuracy,views,seconds,"
      "seconds_half_interval,training_flop,device,precision,threads,processor,instructions,libtorch,reslab,commit\n";
  core::write_file(file_, of_an_earlier_one);
  const Result earlier = record("--repeats 1");
  EXPECT_EQ(earlier.exit_code, 2);
  EXPECT_TRUE(contains(earlier.output, "end its first line with ',kernel_revision'")) << earlier.output;
  EXPECT_EQ(core::read_text(file_), of_an_earlier_one);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "record-resnet")) << "said before the training";

  std::filesystem::remove(file_);
  ASSERT_EQ(record("--repeats 1").exit_code, 0);
  const std::filesystem::path environment = folder_ / "record-resnet" / "seed-1" / "environment.json";
  std::string text = core::read_text(environment);
  const std::string libtorch = R"("libtorch": ")";
  text.insert(text.find(libtorch) + libtorch.size(), "0.");
  core::write_file(environment, text);
  const std::string before = core::read_text(file_);
  const Result other_program = record("--repeats 1");
  EXPECT_EQ(other_program.exit_code, 2);
  EXPECT_TRUE(contains(other_program.output, "seed-1 was trained by reslab")) << other_program.output;
  EXPECT_EQ(core::read_text(file_), before);
}

TEST_F(Record, OptionsOfARecordNeedOne) {
  EXPECT_EQ(run_reslab("bench airbench94 --repeats 2").exit_code, 2);
  EXPECT_EQ(run_reslab("bench airbench94 --data cifar10").exit_code, 2);
  EXPECT_EQ(run_reslab("bench airbench94 --json --record x.csv").exit_code, 2);
}

}  // namespace
}  // namespace reslab::cli
