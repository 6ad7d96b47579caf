#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reslab/core/file.h"
#include "reslab/core/process.h"
#include "reslab/image/png.h"
#include "support/message.h"
#include "support/temporary_folder.h"

namespace reslab::cli {
namespace {

using support::contains;

const std::string samples = RESLAB_SOURCE_DIR "/tests/data_samples/cifar10";

core::ProcessResult reslab(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), RESLAB_BINARY);
  return core::run_process({.arguments = std::move(arguments)});
}

TEST(DataStats, PrintsEightDigitsAndCounts) {
  const core::ProcessResult result = reslab({"data", "stats", samples});
  ASSERT_EQ(result.exit_code, 0) << result.output;
  const core::ProcessResult as_json = reslab({"data", "stats", samples, "--json"});
  ASSERT_EQ(as_json.exit_code, 0);
  const auto json = nlohmann::json::parse(as_json.output);
  for (const char* part : {"train", "test"}) {
    std::array<char, 64> mean{};
    std::snprintf(mean.data(), mean.size(), "mean  %.8f %.8f %.8f", json[part]["mean"][0].get<double>(),
                  json[part]["mean"][1].get<double>(), json[part]["mean"][2].get<double>());
    EXPECT_TRUE(contains(result.output, mean.data())) << mean.data() << " in\n" << result.output;
    std::int64_t sum = 0;
    for (const auto& [name, count] : json[part]["class_counts"].items()) {
      EXPECT_TRUE(contains(result.output, name + " " + std::to_string(count.get<std::int64_t>())));
      sum += count.get<std::int64_t>();
    }
    EXPECT_EQ(json[part]["samples"].get<std::int64_t>(), sum);
    EXPECT_GT(sum, 0);
  }
}

TEST(DataShow, WritesAPicture) {
  const support::TemporaryFolder folder;
  const std::string file = (folder.path() / "show.png").string();
  const core::ProcessResult result = reslab({"data", "show", samples, "-o", file, "--rows", "2", "--versions", "3"});
  ASSERT_EQ(result.exit_code, 0) << result.output;
  EXPECT_TRUE(contains(result.output, file));
  const augment::Image image = image::decode_png(core::read_bytes(file, 1 << 24), file);
  EXPECT_GE(image.width, 4 * 96);
  EXPECT_GE(image.height, 2 * 96);
}

TEST(DataShow, TakesKeysAndFlips) {
  const support::TemporaryFolder folder;
  const auto shown = [&](std::vector<std::string> more) {
    const std::string file = (folder.path() / "show.png").string();
    std::vector<std::string> all{"data", "show", samples, "-o", file, "--rows", "3", "--versions", "2"};
    all.insert(all.end(), more.begin(), more.end());
    const core::ProcessResult result = reslab(all);
    EXPECT_EQ(result.exit_code, 0) << result.output;
    return core::read_bytes(file, 1 << 24);
  };
  const std::vector<std::byte> plain = shown({"--set", "augment.policies=[]"});
  EXPECT_NE(shown({"--set", "augment.policies=[horizontal_flip]"}), plain);
  EXPECT_EQ(shown({"--set", "augment.policies=[horizontal_flip]", "--flip", "none"}), plain);
  EXPECT_NE(shown({"--set", "augment.policies=[]", "--flip", "dihedral"}), plain);
}

TEST(DataShow, TellsHowBatchesAreMixed) {
  const support::TemporaryFolder folder;
  const std::string file = (folder.path() / "show.png").string();
  const auto show = [&](const char* name) {
    return reslab({"data", "show", samples, "-o", file, "--rows", "3", "--versions", "2", "--set",
                   std::string("mix.name=") + name})
        .output;
  };
  const std::string mixup = show("mixup"), cutmix = show("cutmix"), none = show("none");
  EXPECT_TRUE(contains(mixup, "epoch 1: mixup, own share ")) << mixup;
  EXPECT_TRUE(contains(mixup, "epoch 2: mixup, own share ")) << mixup;
  EXPECT_TRUE(contains(cutmix, "epoch 2: cutmix, own share ") && contains(cutmix, ", window of ")) << cutmix;
  EXPECT_FALSE(contains(none, "epoch 1")) << none;
}

TEST(Data, ErrorsAreTheUsersAndExplained) {
  const auto expect_error = [](std::vector<std::string> arguments, const std::string& part) {
    const core::ProcessResult result = reslab(std::move(arguments));
    EXPECT_EQ(result.exit_code, 2) << result.output;
    EXPECT_TRUE(contains(result.output, part)) << result.output;
  };
  expect_error({"data"}, "subcommand");
  expect_error({"data", "fetch", "cifar"}, "did you mean 'cifar10'?");
  expect_error({"data", "stats", "/no/such/folder"}, "neither a known name nor a folder");
  expect_error({"data", "show", samples, "-o", "/no/such/folder/x.png"}, "could not create /no/such/folder/x.png");
  expect_error({"data", "show", samples, "-o", "x.png", "--rows", "0"}, "--rows");
  expect_error({"data", "show", samples, "-o", "x.png", "--recipe", "orginal"}, "did you mean 'original'?");
}

}  // namespace
}  // namespace reslab::cli
