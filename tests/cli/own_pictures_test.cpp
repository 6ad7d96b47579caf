// A folder of pictures, from the first command to the report.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/run_program.h"
#include "reslab/core/file.h"
#include "reslab/core/random.h"
#include "reslab/data/cifar10.h"
#include "reslab/image/png.h"
#include "reslab/serialization/safetensors.h"
#include "support/message.h"
#include "support/temporary_folder.h"

namespace reslab::cli {
namespace {

namespace fs = std::filesystem;
using support::contains;

constexpr const char* cifar_samples = RESLAB_SOURCE_DIR "/tests/data_samples/cifar10";

void write_png(const fs::path& path, const augment::Image& image) {
  core::DurableFile file(path);
  file.write(image::encode_png(image));
  file.commit();
}

class OwnPictures : public testing::Test {
 protected:
  void SetUp() override {
    if (!image::has_png()) GTEST_SKIP() << "this build writes no PNG";
    // Of many sizes, each class of its own colour.
    core::Random random({.seed = 3});
    for (const auto& [name, colour] : {std::pair{"red", 0}, std::pair{"green", 1}, std::pair{"blue", 2}})
      for (int i = 0; i < 20; ++i) write(photos_ / name / (std::to_string(i) + ".jpg"), colour, random);
  }

  static void write(const fs::path& path, int colour, core::Random& random) {
    augment::Image image{.height = 20 + static_cast<int>(random.below(20)),
                         .width = 20 + static_cast<int>(random.below(20)),
                         .channels = 3};
    for (std::size_t i = 0; i < image.offset(image.height, 0); ++i)
      image.pixels.push_back(
          static_cast<std::uint8_t>(random.below(100) + (i % 3 == static_cast<std::size_t>(colour) ? 150 : 0)));
    fs::create_directories(path.parent_path());
    write_png(path, image);
  }

  Result run(const std::string& command) const {
    return run_reslab(command + " --cache-dir '" + (folder_.path() / "cache").string() + "' --threads 1");
  }
  Result train(const std::string& name, const std::string& more = "") const {
    return run("train photos --data '" + photos_.string() + "' --runs-dir '" + runs_.string() + "' --name " + name +
               " --image-size 32 --batch-size 10 --epochs 3 --set model.width=8 --set model.group_width=8 " + more);
  }
  std::string run_named(const std::string& name) const { return "'" + (runs_ / name).string() + "'"; }
  std::vector<std::byte> weights(const std::string& name) const {
    return core::read_bytes(runs_ / name / "weights.safetensors", 1 << 24);
  }

  const support::TemporaryFolder folder_;
  const fs::path photos_ = folder_.path() / "my photos", runs_ = folder_.path() / "runs";
};

TEST_F(OwnPictures, GoFromAFolderToAReport) {
  const Result trained = train("a");
  ASSERT_EQ(trained.exit_code, 0) << trained.output;
  EXPECT_TRUE(contains(trained.output, "3 classes")) << trained.output;
  EXPECT_TRUE(fs::exists(runs_ / "a" / "report.html"));
  EXPECT_LT(fs::file_size(runs_ / "a" / "report.html"), 5'000'000U);
  const std::string splits = core::read_text(runs_ / "a" / "splits.csv", 1 << 20);
  EXPECT_TRUE(splits.starts_with("path,label,split,group,hash\n")) << splits.substr(0, 100);
  EXPECT_EQ(std::ranges::count(splits, '\n'), 61);
  for (const char* const command : {"evaluate ", "plot ", "report "}) {
    const Result result = run(command + run_named("a"));
    EXPECT_EQ(result.exit_code, 0) << command << result.output;
  }
  const Result holdout = run("evaluate --split holdout " + run_named("a"));
  EXPECT_TRUE(contains(holdout.output, "validation")) << holdout.output;
  EXPECT_EQ(run("find-lr --data '" + photos_.string() + "' --runs-dir '" + runs_.string() +
                "' --name lr --image-size 16 --batch-size 10 --steps 40 --set model.width=8")
                    .exit_code &
                ~1,
            0);
}

// Where a split is given, the same file may lie on both sides of it.
TEST_F(OwnPictures, OfTheTestThatWereTrainedOnAreSaid) {
  for (const char* const name : {"red", "green", "blue"})
    for (int i = 0; i < 20; ++i) {
      const fs::path to = folder_.path() / "given" / (i < 14 ? "train" : "test") / name;
      fs::create_directories(to);
      fs::copy_file(photos_ / name / (std::to_string(i) + ".jpg"), to / (std::to_string(i) + ".jpg"));
    }
  for (int i = 0; i < 4; ++i)
    fs::copy_file(photos_ / "red" / (std::to_string(i) + ".jpg"),
                  folder_.path() / "given" / "test" / "red" / ("again" + std::to_string(i) + ".jpg"));
  const Result trained = run("train photos --data '" + (folder_.path() / "given").string() + "' --runs-dir '" +
                             runs_.string() + "' --name given --image-size 32 --batch-size 10 --epochs 2 " +
                             "--set model.width=8 --set model.group_width=8");
  ASSERT_EQ(trained.exit_code, 0) << trained.output;
  EXPECT_TRUE(contains(trained.output, "Balanced accuracy, since classes are uneven")) << trained.output;
  const Result told = run("evaluate " + run_named("given"));
  EXPECT_TRUE(contains(told.output, "seen      4 of the 22 test pictures also occur")) << told.output;
  const auto measured = [&](const std::string& more) {
    const std::string text = run("evaluate --json " + more + run_named("given")).output;
    return nlohmann::json::parse(text.substr(text.find('{')));  // behind notes on standard error
  };
  const auto json = measured("");
  EXPECT_EQ(json.at("seen_in_training").at("samples"), 4);
  EXPECT_EQ(json.at("seen_in_training").at("others"), 18);
  std::int64_t correct = 0;
  double recalls = 0;
  for (const auto& one : json.at("by_class")) {
    correct += one.at("correct").get<std::int64_t>();
    recalls += one.at("recall").get<double>() / 3;
    EXPECT_LE(one.at("recall_interval")[0], one.at("recall"));
  }
  EXPECT_EQ(json.at("correct"), correct);
  EXPECT_NEAR(json.at("balanced_accuracy").get<double>(), recalls, 1e-12);
  EXPECT_GE(json.at("seen_in_training").at("others_correct"), correct - 4);
  const std::string page = core::read_text(runs_ / "given" / "report.html", 1 << 24);
  EXPECT_TRUE(contains(page, "Accuracy without seen pictures") && contains(page, "4 of the 22 test pictures"));
  EXPECT_TRUE(contains(page, "\"label\":\"Balanced accuracy\""));
  const auto train_split = measured("--split train ");
  EXPECT_TRUE(train_split.at("seen_in_training").is_null());
}

TEST_F(OwnPictures, ChooseTheRecipeForPhotographs) {
  const Result planned = run("train --dry-run --data '" + photos_.string() + "' --batch-size 10");
  EXPECT_EQ(planned.exit_code, 0) << planned.output;
  EXPECT_TRUE(contains(planned.output, "recipe photos, since")) << planned.output;
}

TEST_F(OwnPictures, ResumeToTheSameBitsWithAndWithoutTheCache) {
  ASSERT_EQ(train("whole", "--no-report").exit_code, 0);
  ASSERT_EQ(train("cut", "--no-report --max-minutes 0.00001").exit_code, 0);
  ASSERT_FALSE(fs::exists(runs_ / "cut" / "weights.safetensors")) << "no epoch is finished";
  const Result resumed = run("resume " + run_named("cut") + " --no-report --picture-cache off");
  EXPECT_EQ(resumed.exit_code, 0) << resumed.output;
  EXPECT_EQ(weights("whole"), weights("cut"));
}

// A picture that comes later is no reason for others to change their split, and a resumed run keeps those that it has.
TEST_F(OwnPictures, KeepTheirSplits) {
  ASSERT_EQ(train("a", "--no-report").exit_code, 0);
  core::Random random({.seed = 9});
  for (int i = 0; i < 10; ++i) write(photos_ / "red" / ("later" + std::to_string(i) + ".png"), 0, random);
  const Result later = train("b", "--no-report");
  ASSERT_EQ(later.exit_code, 0) << later.output;
  const std::string before = core::read_text(runs_ / "a" / "splits.csv", 1 << 20),
                    after = core::read_text(runs_ / "b" / "splits.csv", 1 << 20);
  std::istringstream lines(before);
  for (std::string line; std::getline(lines, line);) EXPECT_TRUE(contains(after, line + "\n")) << line;
}

TEST_F(OwnPictures, NameWhatIsLeftOut) {
  core::write_file(photos_ / "red" / "broken.png", std::string("\x89PNG\r\n\x1a\n and no more"));
  core::write_file(photos_ / "red" / "notes.txt", std::string("no picture"));
  const Result result = train("a", "--no-report");
  EXPECT_EQ(result.exit_code, 1) << "pictures are left out: " << result.output;
  EXPECT_TRUE(contains(result.output, "broken.png")) << result.output;
  EXPECT_FALSE(contains(result.output, "a defect of reslab")) << result.output;
}

TEST_F(OwnPictures, TellOfMistakesByTheirFiles) {
  const Result trained = train("a", "--no-report --lr 0.000001");
  ASSERT_EQ(trained.exit_code, 0) << trained.output;
  const Result result = run("mistakes " + run_named("a") + " --split train --output '" + folder_.path().string() + "'");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  const std::string csv = core::read_text(folder_.path() / "mistakes.csv", 1 << 20);
  EXPECT_TRUE(csv.starts_with("sample,path,actual,")) << csv.substr(0, 200);
  EXPECT_TRUE(contains(csv, "my photos/")) << csv.substr(0, 400);
}

TEST_F(OwnPictures, NeedOneSizeForABatch) {
  const Result result = run("train original --dry-run --data '" + photos_.string() + "' --batch-size 10");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_TRUE(contains(result.output, "--image-size")) << result.output;
}

// The binary records, written out as pictures: ids are in the order of the file names, labels in that of the folders.
TEST_F(OwnPictures, GiveTheWeightsOfTheBinaryFiles) {
  const data::Splits splits = data::read_cifar10(cifar_samples);
  const fs::path pictures = folder_.path() / "cifar";
  for (const auto& [split, name] : {std::pair{&splits.train, "train"}, std::pair{&splits.test, "test"}})
    for (std::int64_t place = 0; place < split->size(); ++place) {
      const fs::path file =
          pictures / name / std::to_string(split->label(place)) / (std::to_string(100'000 + split->id(place)) + ".png");
      fs::create_directories(file.parent_path());
      write_png(file, data::image_at(*split, place));
    }
  const std::string more =
      " --epochs 1 --limit-batches 3 --batch-size 50 --no-report --set model.width=8 --runs-dir '" + runs_.string() +
      "' --name ";
  ASSERT_EQ(run("train resnet --data '" + std::string(cifar_samples) + "'" + more + "binary").exit_code, 0);
  const Result trained = run("train resnet --data '" + pictures.string() + "' --split 100/0/0" + more + "png");
  ASSERT_EQ(trained.exit_code, 0) << trained.output;
  const auto tensors = [&](const char* name) {
    return serialization::read_safetensors(runs_ / name / "weights.safetensors").tensors;
  };
  const auto binary = tensors("binary"), png = tensors("png");
  ASSERT_EQ(binary.size(), png.size());
  for (std::size_t i = 0; i < binary.size(); ++i)
    EXPECT_TRUE(at::equal(binary[i].tensor, png[i].tensor)) << binary[i].name;
}

TEST_F(OwnPictures, AreNeverWrittenTo) {
  const Result inside =
      run("train photos --data '" + photos_.string() + "' --runs-dir '" + (photos_ / "runs").string() + "'");
  EXPECT_EQ(inside.exit_code, 2);
  EXPECT_TRUE(contains(inside.output, "--runs-dir")) << inside.output;
  EXPECT_FALSE(fs::exists(photos_ / "runs"));
}

TEST_F(OwnPictures, SettingsHaveNoSilentEffectElsewhere) {
  const Result result =
      run("train original --dry-run --batch-size 50 --split 70/15/15 --data '" + std::string(cifar_samples) + "'");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_TRUE(contains(result.output, "pictures.split")) << result.output;
}

TEST_F(OwnPictures, TakeTheSplitsOfAnotherRun) {
  ASSERT_EQ(train("a", "--no-report").exit_code, 0);
  ASSERT_EQ(train("b", "--no-report --splits " + run_named("a") + " --set pictures.split_seed=7").exit_code, 0);
  EXPECT_EQ(core::read_text(runs_ / "a" / "splits.csv", 1 << 20), core::read_text(runs_ / "b" / "splits.csv", 1 << 20));
}

TEST_F(OwnPictures, AreComparedOnTheTestPicturesThatRunsShare) {
  ASSERT_EQ(train("a", "--split 40/20/40").exit_code, 0);
  ASSERT_EQ(train("b", "--split 40/20/40 --set pictures.split_seed=7").exit_code, 0);
  const std::string compare = "runs compare a b --runs-dir '" + runs_.string() + "'";
  const Result text = run_reslab(compare);
  EXPECT_TRUE(contains(text.output, "The runs weren't tested on the same pictures")) << text.output;
  EXPECT_TRUE(contains(text.output, "trained on by a, whose accuracy")) << text.output;
  const auto json = nlohmann::json::parse(run_reslab(compare + " --json").output)["test_pictures"];
  EXPECT_EQ(json["matched_by"], "content");
  EXPECT_GT(json["compared"], 0);
  EXPECT_TRUE(json["accuracy_on_compared"][0].is_number() && json["accuracy_on_compared"][1].is_number()) << json;
  EXPECT_TRUE(contains(text.output, "on " + std::to_string(json["compared"].get<int>()) + " common pictures"));
  ASSERT_EQ(
      run("report " + run_named("a") + " " + run_named("b") + " --output '" + runs_.string() + "/both.html'").exit_code,
      0);
  EXPECT_TRUE(contains(core::read_text(runs_ / "both.html"), "The runs weren't tested on the same pictures"));
}

}  // namespace
}  // namespace reslab::cli
