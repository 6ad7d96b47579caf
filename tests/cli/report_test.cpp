#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>

#include "cli/run_program.h"
#include "reslab/cli/summary_text.h"
#include "reslab/core/file.h"
#include "reslab/track/metrics.h"
#include "support/temporary_folder.h"

namespace reslab::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const std::string sample_data = " --data '" RESLAB_SOURCE_DIR "/tests/data_samples/cifar10' --threads 1";

// One training for all tests of this file: they read it, or copy it before they change it.
class Report : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<support::TemporaryFolder>();
    for (const char* run : {"one --seed 0 --set evaluation.views=one", "two --seed 1"}) {
      const Result trained =
          run_reslab("train resnet --no-report --epochs 2 --set model.width=4 --set data.batch_size=100 -q --name " +
                     std::string(run) + sample_data + where());
      ASSERT_EQ(trained.exit_code, 0) << trained.output;
    }
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static std::string where() { return " --runs-dir '" + folder_->path().string() + "'"; }
  static fs::path run(const std::string& name) { return folder_->path() / name; }
  static Result report(const std::string& arguments) {
    return run_reslab("report " + arguments + sample_data + where());
  }

  static Json data_of(const fs::path& file) {
    const std::string html = core::read_text(file), open = "id=\"data\">";
    const std::size_t begin = html.find(open) + open.size();
    return Json::parse(html.substr(begin, html.find("</script>", begin) - begin));
  }

  static std::string headline(const Json& run, const std::string& label) {
    for (const Json& headline : run["headlines"])
      if (headline["label"] == label) return headline["value"];
    return "";
  }

  static std::unique_ptr<support::TemporaryFolder> folder_;
};

std::unique_ptr<support::TemporaryFolder> Report::folder_;

TEST_F(Report, ShowsWhatTheRunsFilesAndItsNetworkSay) {
  const Result result = report("one");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  EXPECT_TRUE(contains(result.output, (run("one") / "report.html").string())) << result.output;
  EXPECT_LT(fs::file_size(run("one") / "report.html"), 5'000'000U);
  const Json page = data_of(run("one") / "report.html"), shown = page["runs"][0];
  const auto epochs = track::read_epochs(run("one") / "epochs.csv");
  ASSERT_EQ(shown["epochs"].size(), 2U);
  EXPECT_NEAR(shown["epochs"][1]["test_accuracy"].get<double>(), epochs[1].test_accuracy, 1e-6);
  EXPECT_EQ(headline(shown, "Test accuracy"), track::fixed(100 * epochs[1].test_accuracy, 2) + " %");
  EXPECT_TRUE(contains(shown["headlines"][0]["note"], "test images of cifar10, after the last epoch (2)"));
  EXPECT_EQ(shown["steps"].size(), track::read_metrics(run("one") / "metrics.csv").size());
  EXPECT_EQ(shown["missing"], Json::array());
  // The network's own answers agree with what training counted.
  const Json& errors = shown["errors"];
  std::int64_t right = 0, all = 0;
  for (std::size_t i = 0; i < 10; ++i) {
    right += errors["confusion"][i][i].get<std::int64_t>();
    for (const Json& cell : errors["confusion"][i]) all += cell.get<std::int64_t>();
  }
  EXPECT_EQ(all, epochs[1].test_samples);
  EXPECT_EQ(right, epochs[1].test_correct);
  EXPECT_EQ(static_cast<std::int64_t>(errors["mistakes"].size()), all - right);
  EXPECT_EQ(errors["mistakes"][0]["nearest"].size(), 3U);
  EXPECT_EQ(errors["mistakes"][0]["predicted_map"].get<std::string>().size(), 344U) << "256 bytes in base64";
}

TEST_F(Report, SaysWhichFiguresAreBySeveralViews) {
  const fs::path file = folder_->path() / "views.html";
  ASSERT_EQ(report("two -o '" + file.string() + "'").exit_code, 0);
  const Json shown = data_of(file)["runs"][0];
  EXPECT_EQ(shown["views"], "six");
  EXPECT_TRUE(contains(shown["headlines"][0]["note"], "averaged over views of each (six)")) << shown["headlines"][0];
  EXPECT_EQ(headline(shown, "Best of the epochs"), "") << "one view can't be compared with six";
  EXPECT_TRUE(contains(shown["errors"]["notes"][0], "by one view")) << shown["errors"]["notes"];
}

TEST_F(Report, IsRefusedBeforeTheWorkWhereItCannotBeWritten) {
  const Result result = report("one -o /nonexistent/x.html");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_FALSE(contains(result.output, "report: ")) << result.output;
}

TEST_F(Report, TellsEachLayersShapeAndCost) {
  const fs::path file = folder_->path() / "layers.html";
  ASSERT_EQ(report("one --mistakes 0 -o '" + file.string() + "'").exit_code, 0);
  const Json run = data_of(file)["runs"][0];
  const Json& layers = run["layers"];
  const auto layer = [&](const std::string& name) {
    for (const Json& one : layers)
      if (one["name"] == name) return one;
    return Json();
  };
  // Four channels from three, by 3 × 3 weights, at each of 32 × 32 places.
  EXPECT_EQ(layers[0], Json::parse(R"({"name": "prep_layer.0", "kind": "Conv2d 3×3", "output": "4×32×32",
                                       "parameters": 108, "multiply_adds": 110592})"));
  EXPECT_EQ(layer("layer1_x.1")["kind"], "MaxPool2d 2×2");
  EXPECT_EQ(layer("layer1_x.1")["output"], "8×16×16");
  EXPECT_EQ(layer("layer1_x.1")["parameters"], 0);
  EXPECT_EQ(layer("FC")["output"], "10");
  EXPECT_EQ(layer("FC")["multiply_adds"], 320);
  EXPECT_TRUE(layer("layer1_x").is_null()) << "what holds layers has no row of its own";
  const Json summary = Json::parse(run_reslab("summary one --json --batch 1" + where()).output);
  std::int64_t parameters = 0, multiply_adds = 0;
  for (const Json& one : layers) {
    parameters += one["parameters"].get<std::int64_t>();
    multiply_adds += one["multiply_adds"].get<std::int64_t>();
  }
  EXPECT_EQ(parameters, summary["parameters"]);
  EXPECT_EQ(multiply_adds, summary["multiply_adds"]);
  EXPECT_EQ(headline(run, "Parameters"), grouped(parameters));
}

TEST_F(Report, KeepsFewerMistakesWhereAskedTo) {
  const fs::path file = folder_->path() / "few.html";
  ASSERT_EQ(report("one --mistakes 5 --nearest-among 0 -o '" + file.string() + "'").exit_code, 0);
  const Json errors = data_of(file)["runs"][0]["errors"];
  ASSERT_EQ(errors["mistakes"].size(), 5U);
  EXPECT_EQ(errors["mistakes"][0]["nearest"], Json::array());
  ASSERT_EQ(report("one --mistakes 0 -o '" + file.string() + "'").exit_code, 0);
  EXPECT_EQ(data_of(file)["runs"][0]["errors"]["mistakes"], Json::array());
}

TEST_F(Report, ComparesRuns) {
  const fs::path file = folder_->path() / "both.html";
  ASSERT_EQ(report("one two --output '" + file.string() + "'").exit_code, 0);
  const Json page = data_of(file);
  ASSERT_EQ(page["runs"].size(), 2U);
  EXPECT_EQ(page["runs"][1]["name"], "two");
  EXPECT_NE(page["runs"][0]["recipe"], page["runs"][1]["recipe"]);
  EXPECT_FALSE(fs::exists(run("two") / "report.html"));
}

TEST_F(Report, WithoutWeightsShowsCurvesAndSaysWhatIsMissing) {
  fs::copy(run("one"), run("bare"), fs::copy_options::recursive);
  fs::remove(run("bare") / "weights.safetensors");
  const Result result = report("bare");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  const Json shown = data_of(run("bare") / "report.html")["runs"][0];
  EXPECT_EQ(shown["epochs"].size(), 2U);
  EXPECT_TRUE(shown["errors"].is_null());
  ASSERT_EQ(shown["missing"].size(), 1U);
  EXPECT_TRUE(contains(shown["missing"][0], "weights.safetensors"));
  fs::remove_all(run("bare"));
}

TEST_F(Report, AnUnfinishedRunSaysSo) {
  fs::copy(run("one"), run("begun"), fs::copy_options::recursive);
  const std::string epochs = core::read_text(run("begun") / "epochs.csv");
  core::write_file(run("begun") / "epochs.csv", epochs.substr(0, epochs.find('\n') + 1));
  fs::remove(run("begun") / "weights.safetensors");
  ASSERT_EQ(report("begun").exit_code, 0);
  EXPECT_TRUE(contains(data_of(run("begun") / "report.html")["runs"][0]["missing"][0], "No epoch"));
  fs::remove_all(run("begun"));
}

TEST_F(Report, RefusesWhatItCannotDo) {
  struct Case {
    const char *arguments, *says;
  };
  for (const Case& example :
       {Case{"one two", "--output"}, Case{"one one -o x.html", "twice"}, Case{"oen", "did you mean 'one'"},
        Case{"one --layer layer9", "layer3"}, Case{"one --mistakes -1", "--mistakes"},
        Case{"one -o /no/such/folder/x.html", "/no/such/folder"}}) {
    const Result result = report(example.arguments);
    EXPECT_EQ(result.exit_code, 2) << example.arguments << '\n' << result.output;
    EXPECT_TRUE(contains(result.output, example.says)) << example.arguments << '\n' << result.output;
  }
}

}  // namespace
}  // namespace reslab::cli
