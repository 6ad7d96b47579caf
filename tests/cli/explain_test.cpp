// mistakes and explain, as they are run: on a network of random weights, which gets most samples wrong.
#include <gtest/gtest.h>

#include <functional>
#include <regex>

#include "reslab/core/file.h"
#include "reslab/core/process.h"
#include "reslab/data/cifar10.h"
#include "reslab/image/png.h"
#include "reslab/nn/layer.h"
#include "reslab/serialization/safetensors.h"
#include "reslab/train/weights_file.h"
#include "support/environment.h"
#include "support/message.h"
#include "support/temporary_folder.h"

namespace reslab::cli {
namespace {

namespace fs = std::filesystem;
using support::contains;

const std::string small_cifar10 = RESLAB_SOURCE_DIR "/tests/data_samples/cifar10";

class Explaining : public testing::Test {
 protected:
  Explaining() { save("fp32"); }

  // With the precision in which it was trained, as the file says.
  void save(const std::string& precision) const {
    auto network = models::create("custom_resnet", {.classes = 10, .in_channels = 3, .values = {{"width", 8}}});
    nn::initialise(*network, 3);
    network->eval();
    const data::Split train = data::read_cifar10(small_cifar10).train;
    const data::EvalTransform transform{.normalizer = {std::vector{0.5, 0.5, 0.5}, std::vector{0.25, 0.25, 0.25}}};
    train::save_network(weights_, *network, train::describe_network(recipe_, train.info(), transform, precision));
  }

  core::ProcessResult reslab(const std::string& command, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{RESLAB_BINARY, command,       weights_.string(), "--data", small_cifar10,
                                       "--output",    out_.string(), "--threads",       "1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return core::run_process({.arguments = std::move(arguments)});
  }
  void expect_error(const std::string& command, const std::vector<std::string>& more, const std::string& part) const {
    const core::ProcessResult result = reslab(command, more);
    EXPECT_EQ(result.exit_code, 2) << result.output;
    EXPECT_TRUE(contains(result.output, part)) << result.output;
  }
  std::vector<std::string> lines(const std::string& name) const {
    std::vector<std::string> result;
    const std::string text = core::read_text(out_ / name);
    const std::regex newline("\n");
    for (std::sregex_token_iterator line(text.begin(), text.end(), newline, -1), end; line != end; ++line)
      result.push_back(*line);
    return result;
  }
  augment::Image picture(const std::string& name) const {
    return image::decode_png(core::read_bytes(out_ / name, 1 << 24), name);
  }

  recipe::Recipe recipe_ = recipe::load_recipe("resnet", {{"model.width", "8"}});
  support::TemporaryFolder folder_;
  fs::path weights_ = folder_.path() / "weights.safetensors", out_ = folder_.path() / "out";
};

TEST_F(Explaining, MistakesAreShownAndListed) {
  const core::ProcessResult result = reslab("mistakes", {"--neighbours", "2", "--count", "7"});
  ASSERT_EQ(result.exit_code, 0) << result.output;
  std::smatch match;
  ASSERT_TRUE(std::regex_search(result.output, match, std::regex(R"((\d+) mistakes among the 100 samples)")))
      << result.output;
  const std::vector<std::string> rows = lines("mistakes.csv");
  EXPECT_EQ(rows.size(), 1 + static_cast<std::size_t>(std::stoi(match[1])));
  EXPECT_TRUE(contains(rows[0], ",p_truck,neighbour1,")) << rows[0];
  const augment::Image gallery = picture("mistakes.png"), neighbours = picture("mistakes-neighbours.png");
  EXPECT_GE(gallery.width, 5 * 128);
  EXPECT_LT(gallery.height, 3 * 200) << "seven mistakes are two rows";
  EXPECT_GE(neighbours.height, 7 * 96);
}

TEST_F(Explaining, MistakesCanBeChosen) {
  ASSERT_EQ(reslab("mistakes", {"--order", "loss"}).exit_code, 0);
  const std::vector<std::string> rows = lines("mistakes.csv");
  const auto loss = [](const std::string& row) {
    std::smatch match;
    EXPECT_TRUE(std::regex_match(row, match, std::regex(R"(\d+,\w+,\w+,[^,]+,[^,]+,([^,]+),.*)"))) << row;
    return std::stod(match[1]);
  };
  for (std::size_t i = 2; i < rows.size(); ++i) EXPECT_GE(loss(rows[i - 1]), loss(rows[i]));
  const std::string actual =
      rows[1].substr(rows[1].find(',') + 1, rows[1].find(',', rows[1].find(',') + 1) - rows[1].find(',') - 1);
  const core::ProcessResult chosen = reslab("mistakes", {"--actual", actual});
  ASSERT_EQ(chosen.exit_code, 0);
  EXPECT_TRUE(contains(chosen.output, " mistakes of class " + actual + " among the 100")) << chosen.output;
  EXPECT_EQ(lines("mistakes.csv"), rows) << "the list of all stays";
  const std::vector<std::string> some = lines("mistakes-actual-" + actual + ".csv");
  ASSERT_GT(some.size(), 1U);
  EXPECT_LT(some.size(), rows.size());
  for (std::size_t i = 1; i < some.size(); ++i) EXPECT_TRUE(contains(some[i], "," + actual + ",")) << some[i];
}

TEST_F(Explaining, MistakesOnTheTrainingPartArentTheirOwnNeighbours) {
  ASSERT_EQ(reslab("mistakes", {"--split", "train", "--neighbours", "1"}).exit_code, 0);
  const std::vector<std::string> rows = lines("mistakes.csv");
  ASSERT_GT(rows.size(), 10U);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const std::string id = rows[i].substr(0, rows[i].find(','));
    EXPECT_FALSE(std::regex_match(rows[i], std::regex(".*," + id + R"(,\w+,[^,]+)"))) << rows[i];
  }
}

TEST_F(Explaining, LayersAreExplainedForChosenSamples) {
  const core::ProcessResult result = reslab("explain", {"--samples", "3,17", "--class", "both", "--metrics"});
  ASSERT_EQ(result.exit_code, 0) << result.output;
  for (const char* layer : {"layer1", "layer2", "layer3"}) {
    const augment::Image gallery = picture("explain-" + std::string(layer) + "-both.png");
    EXPECT_GE(gallery.width, 6 * 128) << "two samples with two maps each stand in one row";
  }
  const std::vector<std::string> rows = lines("explain-metrics.csv");
  ASSERT_EQ(rows.size(), 7U);
  EXPECT_TRUE(rows[1].starts_with("layer1,grad-cam,predicted,")) << rows[1];
  EXPECT_TRUE(rows[2].starts_with("layer1,grad-cam,actual,")) << rows[2];
  EXPECT_TRUE(contains(result.output, "ROAD")) << result.output;
}

TEST_F(Explaining, OneLayerMethodAndClassCanBeNamed) {
  ASSERT_EQ(
      reslab("explain", {"--layer", "layer2", "--method", "layer-cam", "--class", "ship", "--count", "3"}).exit_code,
      0);
  EXPECT_EQ(picture("explain-layer2-layer-cam-ship.png").width, 16 + 5 * (128 + 6) - 6 + 16);
  EXPECT_FALSE(fs::exists(out_ / "explain-layer1-layer-cam-ship.png"));
  ASSERT_EQ(reslab("explain", {"--method", "guided-backprop", "--count", "2"}).exit_code, 0);
  EXPECT_GT(picture("explain-guided-backprop.png").height, 128);
}

TEST_F(Explaining, ABf16RunIsExplainedInFp32UnlessBf16IsAskedFor) {
  const std::vector<std::string> one{"--samples", "4", "--class", "cat", "--layer", "layer1"};
  ASSERT_EQ(reslab("explain", one).exit_code, 0);
  const auto exact = picture("explain-layer1-cat.png").pixels;
  save("bf16");
  const core::ProcessResult by_itself = reslab("explain", one);
  EXPECT_TRUE(contains(by_itself.output, "computed from its weights in fp32")) << by_itself.output;
  EXPECT_EQ(picture("explain-layer1-cat.png").pixels, exact);
  std::vector<std::string> asked = one;
  asked.insert(asked.end(), {"--precision", "bf16"});
  const core::ProcessResult rounded = reslab("explain", asked);
  EXPECT_FALSE(contains(rounded.output, "fp32")) << rounded.output;
  EXPECT_NE(picture("explain-layer1-cat.png").pixels, exact);
}

// One value of one tensor, and nothing that the network says is a number.
TEST_F(Explaining, WeightsThatAreNotFiniteAreRefusedByName) {
  serialization::SafetensorsFile whole = serialization::read_safetensors(weights_);
  for (serialization::NamedTensor& each : whole.tensors)
    if (each.name == "layer2.0.weight") each.tensor.view({-1})[7].fill_(std::nanf(""));
  serialization::write_safetensors(weights_, whole.tensors, whole.metadata);
  for (const char* command : {"mistakes", "explain"})
    expect_error(command, {}, "the tensor \"layer2.0.weight\" holds values that aren't finite (NaN or infinite): 1 of");
  expect_error("explain", {"--metrics", "--samples", "3"}, "\"layer2.0.weight\"");
  for (const char* command : {"evaluate", "summary"}) {
    const core::ProcessResult result =
        core::run_process({.arguments = {RESLAB_BINARY, command, weights_.string(), "--data", small_cifar10}});
    EXPECT_EQ(result.exit_code, 2) << command;
    EXPECT_TRUE(contains(result.output, "\"layer2.0.weight\"")) << command << result.output;
  }
  EXPECT_FALSE(fs::exists(out_));
}

TEST_F(Explaining, ScoresThatAreNotFiniteAreRefused) {
  serialization::SafetensorsFile whole = serialization::read_safetensors(weights_);
  for (serialization::NamedTensor& each : whole.tensors)
    if (each.name == "FC.weight") each.tensor.fill_(3e38F);
  serialization::write_safetensors(weights_, whole.tensors, whole.metadata);
  for (const char* command : {"mistakes", "explain"})
    expect_error(command, {}, "scores aren't finite (NaN or infinite) for ");
  const core::ProcessResult result =
      core::run_process({.arguments = {RESLAB_BINARY, "evaluate", weights_.string(), "--data", small_cifar10}});
  EXPECT_EQ(result.exit_code, 2) << result.output;
  EXPECT_TRUE(contains(result.output, "scores aren't finite (NaN or infinite) for ")) << result.output;
}

TEST_F(Explaining, ErrorsAreTheUsersAndExplained) {
  expect_error("explain", {"--layer", "layre2"}, "did you mean 'layer2'?");
  expect_error("explain", {"--class", "shp"}, "did you mean 'ship'?");
  expect_error("explain", {"--method", "gradcam"}, "did you mean 'grad-cam'?");
  expect_error("explain", {"--samples", "100"}, "0 to 99");
  expect_error("explain", {"--samples", "-1"}, "0 to 99");
  expect_error("explain", {"--method", "saliency", "--layer", "layer1"}, "leave --layer out");
  expect_error("explain", {"--method", "saliency", "--eigen-smooth"}, "--noise-smooth");
  expect_error("explain", {"--noise-smooth", "4"}, "--aug-smooth");
  expect_error("explain", {"--method", "guided-backprop", "--metrics"}, "rank no pixels");
  expect_error("mistakes", {"--actual", "dgo"}, "did you mean 'dog'?");
  expect_error("mistakes", {"--actual", "cat", "--predicted", "cat"}, "no mistake on the class cat for the class cat");
  expect_error("mistakes", {"--actual", "cat", "--predicted", "cat"}, "name two classes");
  expect_error("mistakes", {"--count", "0"}, "--count");
}

// Of a network that calls everything a plane: nobody is a suspect, since each class gets the same from all samples.
TEST_F(Explaining, ASelectionThatIsEmptySaysOfWhat) {
  const auto set = [&](const std::function<void(serialization::NamedTensor&)>& change) {
    serialization::SafetensorsFile whole = serialization::read_safetensors(weights_);
    for (serialization::NamedTensor& each : whole.tensors) change(each);
    serialization::write_safetensors(weights_, whole.tensors, whole.metadata);
  };
  set([](serialization::NamedTensor& each) {
    if (each.name == "FC.weight") each.tensor.zero_();
  });
  const core::ProcessResult suspects = reslab("mistakes", {"--suspects"});
  EXPECT_EQ(suspects.exit_code, 2);
  EXPECT_FALSE(contains(suspects.output, "gets all")) << suspects.output;
  expect_error("mistakes", {"--suspects"}, "no suspected label among the 100 samples of ");
  expect_error("mistakes", {"--suspects"}, "; there are 90 mistakes in all");
  expect_error("mistakes", {"--suspects"}, "leave out --suspects");
  expect_error("mistakes", {"--suspects", "--actual", "cat"}, "no suspected label on the class cat among");
  expect_error("mistakes", {"--predicted", "cat"}, "no mistake for the class cat among");
  expect_error("mistakes", {"--predicted", "cat"}, "; there are 90 mistakes in all");
  expect_error("mistakes", {"--predicted", "cat"}, "leave out --actual or --predicted");
  expect_error("explain", {"--predicted", "cat"}, "leave out --actual or --predicted");
  // No sample is called a cat, so there is no share of those that are.
  const core::ProcessResult evaluation =
      core::run_process({.arguments = {RESLAB_BINARY, "evaluate", weights_.string(), "--data", small_cifar10}});
  EXPECT_TRUE(std::regex_search(evaluation.output, std::regex(R"(\ncat +10 +0\.00% +0\.0 to 27\.8 +- +- )")))
      << evaluation.output;
  EXPECT_TRUE(std::regex_search(evaluation.output,
                                std::regex(R"(\nplane +10 +100\.00% +72\.2 to 100\.0 +10\.00% +5\.5 to 17\.4 )")))
      << evaluation.output;
}

// A run's folder, as training leaves it.
class ExplainingARun : public Explaining {
 protected:
  ExplainingARun() {
    fs::create_directories(run_);
    core::write_file(run_ / "environment.json", R"({"format": 1, "started": "2026-11-22T19:40:42.012345Z"})");
    core::write_file(run_ / "recipe.toml", recipe::to_toml(recipe_));
    fs::rename(weights_, run_ / "weights.safetensors");
  }
  core::ProcessResult of_the_newest(const std::string& command, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{
        RESLAB_BINARY, command, "--data", small_cifar10, "--runs-dir", run_.parent_path().string(), "--threads", "1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return core::run_process({.arguments = std::move(arguments)});
  }

  fs::path run_ = folder_.path() / "runs" / "one";
};

TEST_F(ExplainingARun, PutsTheFilesIntoItsFolder) {
  ASSERT_EQ(of_the_newest("mistakes").exit_code, 0);
  const core::ProcessResult result = of_the_newest("explain", {"--count", "4"});
  ASSERT_EQ(result.exit_code, 0) << result.output;
  for (const char* name :
       {"mistakes.png", "mistakes.csv", "explain-layer1.png", "explain-layer2.png", "explain-layer3.png"})
    EXPECT_TRUE(fs::exists(run_ / name)) << name;
  EXPECT_TRUE(contains(result.output, (run_ / "explain-layer3.png").string())) << result.output;
}

TEST_F(ExplainingARun, MayBeNamedAfterAListOfSamples) {
  const core::ProcessResult result = of_the_newest("explain", {"--layer", "layer3,layer1", "--samples", "3,17", "one"});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_TRUE(fs::exists(run_ / "explain-layer3.png") && fs::exists(run_ / "explain-layer1.png"));
  EXPECT_FALSE(fs::exists(run_ / "explain-layer2.png"));
}

TEST_F(ExplainingARun, WithoutGnuplotGoesOnWithoutTitles) {
  const support::EnvironmentVariable path("PATH", folder_.path().string());
  const core::ProcessResult result = of_the_newest("mistakes");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_TRUE(contains(result.output, "gnuplot isn't installed")) << result.output;
  EXPECT_TRUE(fs::exists(run_ / "mistakes.png"));
}

TEST_F(ExplainingARun, WithoutWeightsSaysWhatToDo) {
  fs::remove(run_ / "weights.safetensors");
  for (const char* command : {"mistakes", "explain"}) {
    const core::ProcessResult result = of_the_newest(command);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_TRUE(contains(result.output, "it has no weights.safetensors") && contains(result.output, "reslab resume"))
        << result.output;
  }
  const core::ProcessResult absent = of_the_newest("explain", {"oen"});
  EXPECT_EQ(absent.exit_code, 2);
  EXPECT_TRUE(contains(absent.output, "did you mean 'one'?")) << absent.output;
}

TEST_F(ExplainingARun, RefusesAFolderThatCantBe) {
  const core::ProcessResult result = of_the_newest("mistakes", {"--output", "/dev/null/x"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_TRUE(contains(result.output, "/dev/null")) << result.output;
}

}  // namespace
}  // namespace reslab::cli
