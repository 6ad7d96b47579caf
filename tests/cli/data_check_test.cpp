// reslab data check: on a folder of pictures with known faults, each of which is counted.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/run_program.h"
#include "reslab/augment/resize.h"
#include "reslab/core/file.h"
#include "reslab/core/random.h"
#include "reslab/image/jpeg.h"
#include "reslab/image/png.h"
#include "support/temporary_folder.h"

namespace reslab::cli {
namespace {

namespace fs = std::filesystem;
using CheckJson = nlohmann::json;

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Soft waves, other ones for each number.
augment::Image waves(std::uint64_t number, int height = 90, int width = 120) {
  core::Random random({.seed = number});
  std::array<std::array<double, 4>, 5> parts{};
  for (auto& part : parts)
    for (double& value : part) value = random.below(1000) / 1000.0;
  augment::Image image{.height = height, .width = width, .channels = 3};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c) {
        double sum = 0;
        for (const auto& [down, across, phase, weight] : parts)
          sum += (0.2 + weight) * std::sin(25 * (down * y / height + across * x / width) + 6.3 * phase + 0.3 * c);
        image.pixels.push_back(static_cast<std::uint8_t>(std::clamp(120 + 28 * sum, 0.0, 255.0)));
      }
  return image;
}

augment::Image brighter(augment::Image image) {
  for (std::uint8_t& value : image.pixels) value = static_cast<std::uint8_t>(std::min(255, value + 12));
  return image;
}

class DataCheck : public testing::Test {
 protected:
  void SetUp() override {
    if (!image::has_png() || !image::has_jpeg()) GTEST_SKIP() << "this build lacks PNG or JPEG";
  }

  void write(const std::string& name, const std::string& content) const {
    fs::create_directories((data_ / name).parent_path());
    core::write_file(data_ / name, content);
  }
  void png(const std::string& name, const augment::Image& image) const {
    write(name, text_of(image::encode_png(image)));
  }

  // Nothing is wrong with it: two classes, eight pictures in each, and two for each in both other splits.
  void sound() const {
    std::uint64_t number = 0;
    for (const std::string name : {"cat", "dog"}) {
      for (int i = 0; i < 8; ++i) png("train/" + name + "/" + std::to_string(i) + ".png", waves(number++));
      for (const std::string split : {"val", "test"})
        for (int i = 0; i < 2; ++i) png(split + "/" + name + "/" + std::to_string(i) + ".png", waves(number++));
    }
  }

  Result check(const std::string& more = "") const {
    return run_reslab("data check '" + data_.string() + "' --cache-dir '" + (folder_.path() / "cache").string() + "' " +
                      more);
  }

  CheckJson json(int exit_code, const std::string& more = "") const {
    const Result result = check("--json 2>/dev/null " + more);
    EXPECT_EQ(result.exit_code, exit_code) << result.output;
    return CheckJson::parse(result.output);
  }

  // The number of what each finding is about.
  static std::map<std::string, std::int64_t> findings_of(const CheckJson& json) {
    std::map<std::string, std::int64_t> counts;
    for (const CheckJson& finding : json["findings"]) counts[finding["kind"]] += finding["count"].get<std::int64_t>();
    return counts;
  }

  std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(data_))
      names.insert(core::concatenate(entry.path().string(), ' ', entry.last_write_time().time_since_epoch().count()));
    return names;
  }

  const support::TemporaryFolder folder_;
  const fs::path data_ = folder_.path() / "my <b>pictures</b>";
};

TEST_F(DataCheck, FindsNothingWhereNothingIsWrong) {
  sound();
  const CheckJson found = json(0);
  EXPECT_EQ(found["needs_attention"], false);
  EXPECT_EQ(found["pictures"], 24);
  EXPECT_EQ(found["classes"], CheckJson::parse(R"([
    {"name": "cat", "train": 8, "validation": 2, "test": 2, "all": 12},
    {"name": "dog", "train": 8, "validation": 2, "test": 2, "all": 12}])"));
  EXPECT_EQ(found["imbalance"], 1);
  EXPECT_EQ(found["formats"], CheckJson::parse(R"({"PNG": 24})"));
  EXPECT_EQ(found["colours"], CheckJson::parse(R"({"RGB": 24})"));
  EXPECT_EQ(found["alike"]["count"], 0) << found["alike"].dump(1);
  EXPECT_EQ(found["findings"].size(), 0U) << found["findings"].dump(1);
  const Result text = check();
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_TRUE(contains(text.output, "nothing needs attention")) << text.output;
  EXPECT_TRUE(contains(text.output, "120 × 90 become 64 × 64, at 81 % of the length; 58 % of the picture is seen"))
      << text.output;
}

// A folder in which everything is wrong that the command knows of, once or twice each.
class FaultyData : public DataCheck {
 protected:
  void SetUp() override {
    DataCheck::SetUp();
    if (IsSkipped()) return;
    sound();
    // A class of two pictures, which the other splits lack.
    png("train/owl/0.png", waves(100));
    png("train/owl/1.png", waves(101));
    // Of training pictures: an equal one and a smaller one in test, and a brighter one of another class.
    write("test/cat/copy.png", text_of(image::encode_png(waves(0))));
    augment::Image small = waves(1);
    augment::resize(small, {45, 60});
    write("test/cat/small.jpg", text_of(image::encode_jpeg(small)));
    png("train/dog/brighter.png", brighter(waves(2)));
    // Equal ones with different labels.
    png("train/dog/three.png", waves(3));
    const std::string whole = text_of(image::encode_jpeg(waves(102, 300, 300)));
    write("train/cat/cut.jpg", whole.substr(0, whole.size() / 2));
    write("train/cat/broken.png", "\x89PNG\r\n\x1a\n and no more");
    write("train/cat/film one.gif", "GIF89a" + std::string(40, 'x'));
    write("train/dog/phone.heic", std::string("\0\0\0\x18", 4) + "ftypheic" + std::string(40, 'x'));
    write("train/dog/empty.jpg", "");
    write("train/dog/.hidden", "x");
    write("train/dog/notes.txt", "no picture");
    png("train/dog/tiny.png", waves(103, 6, 6));
    write("train/cat/grey.jpg", grey());
    for (const char* const name : {"cmyk.jpg", "orientation-6.jpg", "palette.png", "grey-16.png"})
      write(std::string("train/cat/") + name,
            core::read_text(std::string(RESLAB_SOURCE_DIR "/tests/image/samples/") + name));
  }

  static std::string grey() {
    augment::Image image = waves(104), one{.height = 90, .width = 120, .channels = 1};
    for (std::size_t i = 0; i < image.pixels.size(); i += 3) one.pixels.push_back(image.pixels[i]);
    return text_of(image::encode_jpeg(one));
  }

  static CheckJson left_out(const CheckJson& found, const std::string& path) {
    for (const CheckJson& entry : found["left_out"])
      if (entry["path"] == path) return entry;
    return {};
  }
};

TEST_F(FaultyData, IsCountedFaultByFault) {
  const CheckJson found = json(1);
  EXPECT_EQ(found["needs_attention"], true);
  // cat: 8 − 1 (two labels) + grey, cmyk, orientation, palette, grey-16; dog: 8 + brighter, tiny.
  EXPECT_EQ(found["classes"], CheckJson::parse(R"([
    {"name": "cat", "train": 12, "validation": 2, "test": 4, "all": 18},
    {"name": "dog", "train": 10, "validation": 2, "test": 2, "all": 14},
    {"name": "owl", "train": 2, "validation": 0, "test": 0, "all": 2}])"));
  const std::map<std::string, std::int64_t> expected{
      {"two-labels", 2},    {"damaged", 1},      {"broken", 1},      {"not-read", 2},      {"empty-file", 1},
      {"hidden", 1},        {"no-picture", 1},   {"duplicate", 1},   {"split-overlap", 1}, {"test-equal", 1},
      {"test-alike", 1},    {"labels-alike", 2}, {"small-class", 1}, {"alike", 4},         {"tiny", 5},
      {"class-missing", 2}, {"enlarged", 6}};
  EXPECT_EQ(findings_of(found), expected) << found["findings"].dump(1);
  EXPECT_EQ(found["formats"], CheckJson::parse(R"({"PNG": 30, "JPEG": 4})"));
  EXPECT_EQ(found["colours"],
            CheckJson::parse(R"({"CMYK": 1, "RGB": 30, "grey": 1, "grey, 16 bits": 1, "palette": 1})"));
  EXPECT_EQ(found["turned"], 1);
  EXPECT_EQ(found["copies"], 1);
  EXPECT_EQ(found["sizes"]["smallest"], CheckJson::parse(R"({"path": "train/dog/tiny.png", "width": 6, "height": 6})"));
  EXPECT_EQ(found["left_out_count"], 7);
}

TEST_F(FaultyData, NamesFilesThatAreLeftOut) {
  const CheckJson found = json(1);
  EXPECT_EQ(left_out(found, "train/cat/cut.jpg")["reason"], "damaged");
  EXPECT_GT(left_out(found, "train/cat/cut.jpg")["byte"].get<int>(), 500);
  EXPECT_EQ(left_out(found, "train/cat/broken.png")["why"], "no header chunk (IHDR) (noticed at byte 8)");
  const CheckJson gif = left_out(found, "train/cat/film one.gif");
  EXPECT_EQ(gif["kind"], "GIF");
  const std::string in = (data_ / "train/cat/film one").string();
  EXPECT_EQ(gif["convert"], "convert '" + in + ".gif[0]' '" + in + ".png'");
  EXPECT_TRUE(contains(left_out(found, "train/dog/phone.heic")["convert"], "heif-convert"));
  EXPECT_EQ(left_out(found, "train/dog/three.png")["reason"], "two-labels");
}

TEST_F(FaultyData, PutsPicturesSideBySideThatAreAlike) {
  const CheckJson found = json(1);
  const auto paths = [](const CheckJson& group) {
    std::vector<std::string> names;
    for (const CheckJson& picture : group["pictures"]) names.push_back(picture["path"]);
    return names;
  };
  ASSERT_EQ(found["alike"]["count"], 2);
  EXPECT_EQ(found["alike"]["test_seen"], 1);
  EXPECT_EQ(found["alike"]["labels_disagree"], 2);
  EXPECT_EQ(paths(found["alike"]["groups"][0]), (std::vector<std::string>{"train/cat/1.png", "test/cat/small.jpg"}));
  EXPECT_EQ(paths(found["alike"]["groups"][1]),
            (std::vector<std::string>{"train/cat/2.png", "train/dog/brighter.png"}));
  ASSERT_EQ(found["equal"]["count"], 1);
  EXPECT_EQ(paths(found["equal"]["groups"][0]), (std::vector<std::string>{"train/cat/0.png", "test/cat/copy.png"}));
}

// What is used damaged is no more left out, and is told all the same.
TEST_F(FaultyData, TakesTheOptionsOfATraining) {
  const CheckJson found = json(1, "--damaged use --image-size 6x3 --fit stretch");
  EXPECT_EQ(found["damaged_used"], 1);
  EXPECT_EQ(findings_of(found).count("damaged"), 0U);
  EXPECT_EQ(findings_of(found).count("damaged-used"), 1U);
  EXPECT_EQ(found["network"], CheckJson::parse(R"({"width": 3, "height": 6, "fit": "stretch", "resize": 0})"));
  EXPECT_EQ(findings_of(found).count("tiny"), 0U);
}

TEST_F(FaultyData, IsShownOnAPage) {
  const fs::path page = folder_.path() / "page.html";
  const std::set<std::string> before = files();
  const Result result = check("--html '" + page.string() + "'");
  EXPECT_EQ(result.exit_code, 1) << result.output;
  EXPECT_TRUE(contains(result.output, page.string()));
  EXPECT_EQ(files(), before) << "nothing is written among the pictures";
  const std::string html = core::read_text(page, 5'000'000);
  const std::string open = "id=\"data\">";
  const std::size_t begin = html.find(open) + open.size();
  const CheckJson data = CheckJson::parse(html.substr(begin, html.find("</script>", begin) - begin));
  EXPECT_FALSE(contains(html, "<b>pictures")) << "a name is no markup";
  EXPECT_TRUE(contains(html, "default-src 'none'; img-src data:;")) << "nothing is asked for elsewhere";
  ASSERT_EQ(data["groups"].size(), 4U);
  EXPECT_EQ(data["groups"][0]["title"], "Equal, with different labels: left out");
  EXPECT_EQ(data["groups"][1]["title"], "Look alike, in training and test");
  EXPECT_EQ(data["groups"][3]["title"], "Equal to the byte, in training and test");
  for (const CheckJson& group : data["groups"])
    for (const CheckJson& picture : group["pictures"])
      EXPECT_TRUE(picture["picture"].get<std::string>().starts_with("data:image/jpeg;base64,")) << picture["name"];
  ASSERT_EQ(data["damaged"].size(), 1U);
  EXPECT_EQ(data["damaged"][0]["name"], "train/cat/cut.jpg");
  EXPECT_FALSE(data["damaged"][0]["picture"].get<std::string>().empty()) << "what could be decoded is shown";
  EXPECT_EQ(data["classes"].size(), 3U);
  EXPECT_EQ(data["classes"][0]["pictures"].size(), 10U);
  EXPECT_EQ(data["unused_count"], 7);
}

TEST_F(FaultyData, IsPrintedForATerminal) {
  const Result result = check();
  EXPECT_EQ(result.exit_code, 1);
  for (const char* const part :
       {"34 pictures in 3 classes, 7 files left out", "cat       12           2     4   18   52.9 %",
        "6.0 : 1 (cat, 12; owl, 2)", "1 of 6 test pictures equal, to the byte",
        "train/cat/1.png (cat, train) ~ test/cat/small.jpg (cat, test)", "heif-convert", "to be looked at (13):"})
    EXPECT_TRUE(contains(result.output, part)) << part << "\n" << result.output;
}

TEST_F(DataCheck, RefusesAPageAmongThePictures) {
  sound();
  const Result result = check("--html '" + (data_ / "train" / "page.html").string() + "'");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_TRUE(contains(result.output, "within the folder of the pictures")) << result.output;
  EXPECT_FALSE(fs::exists(data_ / "train" / "page.html"));
}

TEST_F(DataCheck, RefusesWhatIsNoFolderOfPictures) {
  for (const char* const name : {"cifar10", "'" RESLAB_SOURCE_DIR "/tests/data_samples/cifar10'"}) {
    const Result result = run_reslab(std::string("data check ") + name);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_TRUE(contains(result.output, "data stats")) << result.output;
  }
  const Result missing = run_reslab("data check /nowhere");
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_TRUE(contains(missing.output, "no folder of that name")) << missing.output;
  EXPECT_EQ(run_reslab("data check").exit_code, 2);
}

TEST_F(DataCheck, ReadsAListAndSplitsByHash) {
  std::string list = "path,label\n";
  for (int i = 0; i < 40; ++i) {
    png("all/" + std::to_string(i) + ".png", waves(static_cast<std::uint64_t>(i)));
    list += "all/" + std::to_string(i) + ".png," + (i % 2 == 0 ? "even" : "odd") + "\n";
  }
  list += "all/gone.png,odd\n";
  write("labels.csv", list);
  const CheckJson found = json(1, "--split 50/25/25 --split-exact --labels '" + (data_ / "labels.csv").string() + "'");
  EXPECT_EQ(found["classes"], CheckJson::parse(R"([
    {"name": "even", "train": 10, "validation": 5, "test": 5, "all": 20},
    {"name": "odd", "train": 10, "validation": 5, "test": 5, "all": 20}])"));
  EXPECT_EQ(findings_of(found), (std::map<std::string, std::int64_t>{{"missing", 1}}));
}

// The short form before a training leads on to this command, with the options by which it was found.
TEST_F(FaultyData, IsNamedByATraining) {
  const Result planned =
      run_reslab("train --dry-run --data '" + data_.string() + "' --batch-size 5 --damaged use --cache-dir '" +
                 (folder_.path() / "cache").string() + "'");
  EXPECT_TRUE(contains(planned.output, "data check '" + data_.string() + "' --damaged use")) << planned.output;
}

}  // namespace
}  // namespace reslab::cli
