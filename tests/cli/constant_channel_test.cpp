// Images of which a channel is the same everywhere, and grey ones, from the training to the explanation.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

#include "cli/run_fixture.h"
#include "reslab/core/file.h"

namespace reslab::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t record_bytes = 3073, plane = 1024;

class ConstantChannel : public RunFixture {
 protected:
  // The samples of the tests, each record's pixels changed.
  void make_data(const std::function<void(std::string& bytes, std::size_t pixels)>& change) const {
    fs::create_directories(data_);
    for (const auto& entry : fs::directory_iterator(RESLAB_SOURCE_DIR "/tests/data_samples/cifar10")) {
      if (entry.path().extension() != ".bin") continue;
      std::string bytes = core::read_text(entry.path());
      for (std::size_t record = 0; record < bytes.size(); record += record_bytes) change(bytes, record + 1);
      core::write_file(data_ / entry.path().filename(), bytes);
    }
  }

  void make_blue_constant() const {
    make_data([](std::string& bytes, std::size_t pixels) { bytes.replace(pixels + 2 * plane, plane, plane, '\x80'); });
  }

  std::string here() const {
    return " --data '" + data_.string() + "' --threads 1 --runs-dir '" + folder_.string() + "'";
  }

  Result train(const std::string& options) const {
    return run_reslab(
        "train airbench94 --set model.width=16 --set model.group_width=24 --batch-size 20 --epochs 2 "
        "--limit-batches 4 --no-report " +
        options + here());
  }

  const fs::path data_ = folder_ / "data";
};

int count(const std::string& text, const std::string& part) {
  int times = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++times;
  return times;
}

TEST_F(ConstantChannel, IsNamedAndTrainsInEitherPrecision) {
  make_blue_constant();
  for (const std::string precision : {"fp32", "bf16"}) {
    const Result result = train("--precision " + precision + " --name " + precision);
    EXPECT_EQ(result.exit_code, 0) << result.output;
    EXPECT_EQ(count(result.output, "the blue channel is 128, in every pixel"), 1) << result.output;
    EXPECT_TRUE(contains(result.output, "the recipe's own mean and deviation normalise it")) << result.output;
    // The whole way: nothing of the run is a number no longer.
    for (const std::string command : {"evaluate ", "explain --count 2 ", "mistakes --count 2 "})
      EXPECT_EQ(run_reslab(command + precision + here()).exit_code, 0) << command;
  }
}

TEST_F(ConstantChannel, OfTheDatasOwnStatisticsCountsAsADeviationOf1) {
  make_blue_constant();
  const std::string own = "--set data.mean=[] --set data.std=[] --name own";
  const Result result = train("--max-minutes 1e-6 " + own);  // stopped after its first batch
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_EQ(count(result.output, "a standard deviation of 0 counts as 1, so that such pixels become 0"), 1)
      << result.output;
  const Result resumed = run_reslab("resume own" + here());
  EXPECT_EQ(resumed.exit_code, 0) << resumed.output;
  EXPECT_EQ(count(resumed.output, "the blue channel is 128"), 1) << resumed.output;
  const std::string weights = core::read_text(folder_ / "own" / "weights.safetensors");
  const std::string key = R"("reslab.std":")";
  const std::size_t begin = weights.find(key) + key.size();
  const auto kept = nlohmann::json::parse(weights.substr(begin, weights.find('"', begin) - begin));
  EXPECT_EQ(kept[2], 1) << "what evaluate and the others normalise by";
  EXPECT_LT(kept[0], 1);
  for (const std::string command : {"evaluate own", "explain own --count 2", "mistakes own --count 2"})
    EXPECT_EQ(run_reslab(command + here()).exit_code, 0) << command;
  // As if the recipe said so.
  EXPECT_EQ(train("--set data.std=[0.25,0.25,0] --name given").exit_code, 0);
}

TEST_F(ConstantChannel, IsNoneInGreyImagesWhichTrainToo) {
  make_data([](std::string& bytes, std::size_t pixels) {
    const std::string red = bytes.substr(pixels, plane);
    bytes.replace(pixels + plane, plane, red).replace(pixels + 2 * plane, plane, red);
  });
  const Result result = train("--precision bf16 --name grey");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_FALSE(contains(result.output, "in every pixel")) << result.output;
}

TEST_F(ConstantChannel, IsNotSaidOfOrdinaryImages) {
  const Result result = run_reslab(
      "train airbench94 --set model.width=16 --set model.group_width=24 --batch-size 20 --epochs 1 --limit-batches 2 "
      "--no-report --name plain" +
      where());
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_FALSE(contains(result.output, "in every pixel")) << result.output;
}

using LoneValue = RunFixture;

TEST_F(LoneValue, IsSaidAsTheCause) {
  const Result result = run_reslab(
      "train airbench94 --batch-size 1 --set resolution.epochs=[0] --set resolution.sides=[9] --set model.width=8 "
      "--set model.group_width=8 --epochs 1 --no-report" +
      where());
  EXPECT_EQ(result.exit_code, 2) << result.output;
  EXPECT_TRUE(contains(result.output, "one value has no variance")) << result.output;
  EXPECT_TRUE(contains(result.output, "--batch-size")) << result.output;
  EXPECT_FALSE(contains(result.output, "learning rate")) << result.output;
}

}  // namespace
}  // namespace reslab::cli
