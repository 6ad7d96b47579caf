#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "cli/run_program.h"
#include "reslab/core/file.h"
#include "reslab/image/png.h"
#include "reslab/serialization/safetensors.h"
#include "support/temporary_folder.h"

namespace reslab::cli {
namespace {

namespace fs = std::filesystem;

class Plot : public testing::Test {
 protected:
  std::string runs() const { return " --runs-dir '" + folder_.path().string() + "'"; }
  void train(const std::string& name) const {
    const Result result =
        run_reslab("train resnet --no-report --set model.width=4 --batch-size 100 --epochs 3 -q --threads 1 --name " +
                   name + runs() + " --data '" RESLAB_SOURCE_DIR "/tests/data_samples/cifar10'");
    ASSERT_EQ(result.exit_code, 0) << result.output;
  }
  fs::path path(const std::string& inside) const { return folder_.path() / inside; }
  static std::size_t lines(const fs::path& file) {
    const std::string text = core::read_text(file);
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  const support::TemporaryFolder folder_;
};

TEST_F(Plot, ARunGetsAllItsFigures) {
  train("one");
  const Result result = run_reslab("plot" + runs());
  ASSERT_EQ(result.exit_code, 0) << result.output;
  struct Case {
    const char* name;
    int width, height;
  };
  for (const auto& [name, width, height] : {Case{"validation", 2500, 600}, Case{"training", 2000, 1400},
                                            Case{"confusion", 1560, 1340}, Case{"calibration", 1040, 1200}}) {
    const fs::path file = path("one/plots/" + std::string(name) + ".png");
    EXPECT_TRUE(contains(result.output, file.string())) << result.output;
    const augment::Image picture = image::decode_png(core::read_bytes(file, 1 << 24), name);
    EXPECT_EQ(picture.width, width) << name;
    EXPECT_EQ(picture.height, height) << name;
  }
  EXPECT_EQ(lines(path("one/plots/confusion.csv")), 1U + 100U);
  EXPECT_EQ(lines(path("one/plots/classes.csv")), 1U + 10U);
  EXPECT_TRUE(
      core::read_text(path("one/plots/classes.csv")).starts_with("run,class,samples,predicted,correct,recall,"));
  EXPECT_EQ(lines(path("one/plots/calibration.csv")), 1U + 15U);
  EXPECT_TRUE(
      core::read_text(path("one/plots/confusion.csv")).starts_with("run,true,predicted,samples\none,plane,plane,"));
}

TEST_F(Plot, SeveralRunsAreDrawnOverEachOther) {
  train("alpha7"), train("beta7");
  const Result result = run_reslab("plot alpha7 beta7 --figure training,calibration --format svg,pdf -o '" +
                                   path("out").string() + "'" + runs());
  ASSERT_EQ(result.exit_code, 0) << result.output;
  const std::string svg = core::read_text(path("out/training.svg"));
  EXPECT_TRUE(contains(svg, "alpha7") && contains(svg, "beta7")) << "the legend";
  EXPECT_TRUE(core::read_text(path("out/calibration.pdf")).starts_with("%PDF-"));
  EXPECT_EQ(lines(path("out/calibration.csv")), 1U + 30U);
  EXPECT_FALSE(fs::exists(path("out/validation.svg")));
}

TEST_F(Plot, WithoutWeightsThereAreCurvesAndWithoutGnuplotNumbers) {
  train("one");
  const Result bare = run_reslab("plot one" + runs(), "PATH=/nonexistent");
  EXPECT_EQ(bare.exit_code, 1) << bare.output;
  EXPECT_TRUE(contains(bare.output, "gnuplot isn't installed")) << bare.output;
  EXPECT_EQ(lines(path("one/plots/confusion.csv")), 101U);
  fs::remove_all(path("one/plots"));
  fs::remove(path("one/weights.safetensors"));
  const Result curves = run_reslab("plot one" + runs());
  EXPECT_EQ(curves.exit_code, 1) << curves.output;
  EXPECT_TRUE(contains(curves.output, "the run has no weights")) << curves.output;
  EXPECT_TRUE(fs::exists(path("one/plots/training.png")));
  EXPECT_FALSE(fs::exists(path("one/plots/confusion.csv")));
}

// The curves are of the run's own files; what needs the network says why it isn't there.
TEST_F(Plot, WeightsThatAreNotFiniteLeaveTheCurves) {
  train("one");
  serialization::SafetensorsFile whole = serialization::read_safetensors(path("one/weights.safetensors"));
  for (serialization::NamedTensor& each : whole.tensors)
    if (each.name == "FC.weight") each.tensor.view({-1})[0].fill_(std::nanf(""));
  serialization::write_safetensors(path("one/weights.safetensors"), whole.tensors, whole.metadata);
  const Result result = run_reslab("plot one" + runs() + " --data '" RESLAB_SOURCE_DIR "/tests/data_samples/cifar10'");
  EXPECT_EQ(result.exit_code, 1) << result.output;
  EXPECT_TRUE(contains(result.output, "the tensor \"FC.weight\" holds values that aren't finite")) << result.output;
  EXPECT_TRUE(fs::exists(path("one/plots/training.png")) && fs::exists(path("one/plots/validation.png")));
  EXPECT_FALSE(fs::exists(path("one/plots/confusion.csv")));
  const Result report =
      run_reslab("report one" + runs() + " --data '" RESLAB_SOURCE_DIR "/tests/data_samples/cifar10'");
  EXPECT_EQ(report.exit_code, 2) << report.output;
  EXPECT_TRUE(contains(report.output, "\"FC.weight\"")) << report.output;
}

// As a test that overflows leaves it.
TEST_F(Plot, ARunWhoseOnlyLossIsNanHasItsFigures) {
  train("one");
  std::string epochs = core::read_text(path("one/epochs.csv")), header = epochs.substr(0, epochs.find('\n') + 1);
  std::istringstream rows(epochs.substr(header.size()));
  std::string first;
  std::getline(rows, first);
  std::vector<std::string> cells;
  std::istringstream row(first);
  for (std::string cell; std::getline(row, cell, ',');) cells.push_back(cell);
  cells.at(1) = cells.at(4) = "nan";  // train_loss, test_loss
  ASSERT_TRUE(header.starts_with("epoch,train_loss,train_accuracy,train_seconds,test_loss,")) << header;
  for (const std::string& cell : cells) header += cell + (&cell == &cells.back() ? "" : ",");
  header.append(std::count(first.begin(), first.end(), ',') + 1 - cells.size(), ',');
  core::write_file(path("one/epochs.csv"), header + "\n");
  const Result result = run_reslab("plot one --format svg" + runs());
  EXPECT_EQ(result.exit_code, 0) << result.output;
  for (const char* name : {"training", "validation"})
    EXPECT_TRUE(contains(core::read_text(path("one/plots/" + std::string(name) + ".svg")), "no finite value")) << name;
  EXPECT_TRUE(fs::exists(path("one/plots/confusion.svg")) && fs::exists(path("one/plots/calibration.svg")));
}

TEST_F(Plot, AFigureThatGnuplotCantDrawTakesNoOtherAway) {
  train("one");
  core::write_file(path("gnuplot"),
                   "#!/bin/sh\ngrep -q Reliability script.gp && { echo 'no, not that one'; exit 1; }\nexec "
                   "/usr/bin/gnuplot \"$@\"\n");
  fs::permissions(path("gnuplot"), fs::perms::owner_all);
  const Result result = run_reslab("plot one" + runs(), "PATH='" + folder_.path().string() + "':/usr/bin:/bin");
  EXPECT_EQ(result.exit_code, 1) << result.output;
  EXPECT_TRUE(contains(result.output, "calibration.png: gnuplot can't draw it") &&
              contains(result.output, "not that one"))
      << result.output;
  EXPECT_FALSE(contains(result.output, "installed")) << result.output;
  EXPECT_TRUE(fs::exists(path("one/plots/confusion.png")) && fs::exists(path("one/plots/training.png")));
}

TEST_F(Plot, RefusesWhatItCannotDo) {
  train("one");
  struct Case {
    const char *arguments, *says;
  };
  for (const Case& example :
       {Case{"oen", "did you mean 'one'"}, Case{"one --figure trainig", "did you mean 'training'"},
        Case{"one --format pgn", "did you mean 'png'"}}) {
    const Result result = run_reslab("plot " + std::string(example.arguments) + runs());
    EXPECT_EQ(result.exit_code, 2) << example.arguments << '\n' << result.output;
    EXPECT_TRUE(contains(result.output, example.says)) << example.arguments << '\n' << result.output;
  }
  const std::string epochs = core::read_text(path("one/epochs.csv"));
  core::write_file(path("one/epochs.csv"), epochs.substr(0, epochs.find('\n') + 1));
  const Result unfinished = run_reslab("plot one --figure training" + runs());
  EXPECT_EQ(unfinished.exit_code, 2);
  EXPECT_TRUE(contains(unfinished.output, "no finished epoch")) << unfinished.output;
  fs::remove(path("one/epochs.csv"));
  EXPECT_TRUE(contains(run_reslab("plot one --figure training" + runs()).output, "it has no epochs.csv"));
}

}  // namespace
}  // namespace reslab::cli
