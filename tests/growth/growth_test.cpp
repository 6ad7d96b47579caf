// Whether the program can grow: a data set, a network, a policy and a recipe that it doesn't know are defined here, in
// this file alone, and every command works with them.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reslab/augment/registry.h"
#include "reslab/cli/program.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/nearest.h"
#include "reslab/fetch/datasets.h"
#include "reslab/models/graph_network.h"
#include "reslab/models/network.h"
#include "reslab/nn/activation.h"
#include "reslab/nn/batch_norm2d.h"
#include "reslab/nn/conv2d.h"
#include "reslab/nn/linear.h"
#include "reslab/nn/max_pool2d.h"
#include "support/message.h"
#include "support/temporary_folder.h"

namespace reslab {
namespace {

using support::contains;

constexpr int height = 48, width = 40;
constexpr std::int64_t train_samples = 90, test_samples = 30;

// Grey images with a bar: upright, lying or slanting, in noise. They are drawn when they are read, so that nothing
// holds them in memory.
class Bars final : public data::ImageSource {
 public:
  const data::DatasetInfo& info() const override { return info_; }
  std::int64_t samples() const override { return train_samples + test_samples; }
  std::int64_t label(std::int64_t id) const override { return id % 3; }
  augment::Size size(std::int64_t /*id*/) const override { return {height, width}; }
  std::string fingerprint() const override { return std::string(64, 'b'); }
  std::unique_ptr<data::ImageReader> reader() const override { return std::make_unique<Reader>(); }

  static data::DatasetInfo described() {
    return {.name = "bars",
            .classes = {"upright", "lying", "slanting"},
            .channels = 1,
            .size = augment::Size{height, width}};
  }

 private:
  struct Reader final : data::ImageReader {
    void read(std::int64_t id, const data::ReadOptions& /*options*/, augment::Image& image) override {
      image = {.height = height, .width = width, .channels = 1};
      core::Random random({.seed = 11, .sample = static_cast<std::uint32_t>(id)});
      const int place = 10 + static_cast<int>(random.below(20));
      for (int row = 0; row < height; ++row)
        for (int column = 0; column < width; ++column) {
          const int from = id % 3 == 0 ? column : id % 3 == 1 ? row : (row + column) / 2;
          const int bar = std::abs(from - place) < 4 ? 150 : 0;
          image.pixels.push_back(static_cast<std::uint8_t>(bar + static_cast<int>(random.below(100))));
        }
    }
  };

  data::DatasetInfo info_ = described();
};

data::Splits open_bars(const std::filesystem::path& /*folder*/) {
  const auto source = std::make_shared<Bars>();
  return {.train = data::range_of("bars train", source, 0, train_samples),
          .test = data::range_of("bars test", source, train_samples, train_samples + test_samples)};
}

std::shared_ptr<models::Network> make_plain(const models::Settings& settings) {
  const std::int64_t w = settings.whole("channels");
  nn::Graph graph("Plain");
  nn::Value x =
      graph.add("stem.conv",
                std::make_shared<nn::Conv2d>(nn::Conv2dOptions{
                    .in_channels = settings.in_channels(), .out_channels = w, .kernel = 5, .stride = 2, .padding = 2}),
                nn::Graph::images);
  x = graph.add("stem.norm", std::make_shared<nn::BatchNorm2d>(nn::BatchNorm2dOptions{.channels = w}), x);
  x = graph.add("stem.relu", std::make_shared<nn::ReLU>(), x);
  graph.enter(nn::Place::body);
  x = graph.add("body.conv", std::make_shared<nn::Conv2d>(nn::Conv2dOptions{.in_channels = w, .out_channels = 2 * w}),
                x);
  x = graph.add("body.pool", std::make_shared<nn::MaxPool2d>(2), x);
  x = graph.add("body.norm", std::make_shared<nn::BatchNorm2d>(nn::BatchNorm2dOptions{.channels = 2 * w}), x);
  x = graph.add("body.relu", std::make_shared<nn::ReLU>(), x);
  graph.name_feature("body", x);
  graph.enter(nn::Place::head);
  x = graph.add(nn::MaxPool{.window = 0}, {x});
  graph.add("head",
            std::make_shared<nn::Linear>(nn::LinearOptions{.in_features = 2 * w, .out_features = settings.classes()}),
            x);
  return std::make_shared<models::GraphNetwork>(graph);
}

// Moves the image by up to so many pixels to the right; the left edge is repeated.
class Shift final : public augment::Policy {
 public:
  explicit Shift(std::int64_t most) : most_(most) {}

  std::string_view name() const override { return "shift"; }
  void apply(augment::Image& image, core::Random& random) const override {
    const auto by = static_cast<int>(random.below(static_cast<std::uint32_t>(most_ + 1)));
    for (int row = 0; row < image.height; ++row)
      for (int column = image.width; column-- > 0;)
        for (int c = 0; c < image.channels; ++c)
          image.pixels[image.offset(row, column) + static_cast<std::size_t>(c)] =
              image.pixels[image.offset(row, std::max(0, column - by)) + static_cast<std::size_t>(c)];
  }

 private:
  std::int64_t most_;
};

const bool registered = [] {
  fetch::register_dataset({.info = Bars::described(),
                           .train_samples = train_samples,
                           .test_samples = test_samples,
                           .files = "bars.bin",
                           .sources = "bars are drawn.",
                           .folder = [](const std::filesystem::path& cache) { return cache / "bars"; },
                           .fetch = [](const fetch::FetchOptions& options) { return options.cache / "bars"; },
                           .fault = [](const std::filesystem::path&) { return std::string(); },
                           .file_count = 1,
                           .missing = [](const std::filesystem::path&) { return std::vector<std::string>{"bars.bin"}; },
                           .below = {},
                           .open = &open_bars,
                           .write_checksums = [](const std::filesystem::path&) {}});
  models::add({.name = "plain",
               .options = {{.name = "channels", .initial = 8, .meaning = "of the stem", .least = 2, .most = 64}},
               .make = &make_plain,
               .least_parameters = [](const models::Settings& settings) {
                 const auto w = static_cast<double>(settings.whole("channels"));
                 return 25 * w * static_cast<double>(settings.in_channels()) + 18 * w * w +
                        2 * w * static_cast<double>(settings.classes());
               }});
  augment::add(
      {.name = "shift",
       .options = {{.name = "most", .initial = std::int64_t{3}, .meaning = "pixels", .least = 0, .most = 20}},
       .make = [](const core::Settings& settings, const augment::Normalizer&) -> std::unique_ptr<augment::Policy> {
         return std::make_unique<Shift>(settings.whole("most"));
       }});
  return true;
}();

constexpr const char* recipe_text = R"(
description = "bars of three kinds"
epochs = 12
[data]
name = "bars"
batch_size = 16
[model]
name = "plain"
channels = 6
[augment]
policies = ["shift", "horizontal_flip"]
[augment.shift]
most = 5
[schedule]
max_lr = 0.03
)";

class Growth : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(registered);
    core::write_file(folder_.path() / "bars.toml", recipe_text);
  }

  // Runs a command of the program; what it printed.
  std::string run(std::vector<std::string> words, int expected = 0) const {
    words.insert(words.begin(), "reslab");
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = cli::run_program(static_cast<int>(arguments.size()), arguments.data());
    std::string said = testing::internal::GetCapturedStdout();
    const std::string complained = testing::internal::GetCapturedStderr();
    // A range test may find no rate, and then says so by 1.
    EXPECT_EQ(words[1] == "find-lr" ? code & ~1 : code, expected) << core::join(words, " ") << '\n'
                                                                  << said << complained;
    return said + complained;
  }

  std::string train(const std::string& name, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words{"train", recipe(), "--name", name, "--runs-dir", runs(), "--threads", "1", "-q"};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }

  std::string recipe() const { return (folder_.path() / "bars.toml").string(); }
  std::string runs() const { return (folder_.path() / "runs").string(); }
  std::string in_runs(const std::string& name) const { return runs() + "/" + name; }
  std::vector<std::byte> weights(const std::string& name) const {
    return core::read_bytes(in_runs(name) + "/weights.safetensors", 1 << 22);
  }

  const support::TemporaryFolder folder_;
};

TEST_F(Growth, TrainsAndEveryCommandWorksOnTheRun) {
  train("whole");
  const std::string page = core::read_text(in_runs("whole") + "/report.html", 1 << 26);
  EXPECT_TRUE(contains(page, "slanting"));
  const auto evaluated = nlohmann::json::parse(run({"evaluate", in_runs("whole"), "--json", "--threads", "1"}));
  EXPECT_EQ(evaluated["samples"], test_samples);
  EXPECT_GT(evaluated["top1"].get<double>(), 0.8) << "bars are easy to tell apart";
  run({"explain", in_runs("whole"), "--samples", "0,1,2", "--threads", "1"});
  run({"plot", in_runs("whole"), "--threads", "1"});
  run({"report", in_runs("whole"), "--threads", "1"});
  run({"find-lr", recipe(), "--runs-dir", runs(), "--name", "lr", "--threads", "1", "--steps", "30"});
}

TEST_F(Growth, ResumesToTheSameBits) {
  train("whole", {"--no-report"});
  train("cut", {"--no-report", "--max-minutes", "0.00001"});
  ASSERT_FALSE(std::filesystem::exists(in_runs("cut") + "/weights.safetensors")) << "no epoch is finished";
  run({"resume", in_runs("cut"), "--no-report", "-q"});
  EXPECT_EQ(weights("whole"), weights("cut"));
}

TEST_F(Growth, IsSummarisedAndCounted) {
  const std::string summary = run({"summary", recipe()});
  EXPECT_TRUE(contains(summary, "body")) << summary;
  EXPECT_TRUE(contains(summary, "24")) << "48 × 40 pixels become 24 × 20: " << summary;
  const std::string flops = run({"summary", recipe(), "--flops"});
  EXPECT_TRUE(contains(flops, "TFLOP")) << flops;
  EXPECT_TRUE(contains(run({"recipe", "show", recipe()}), "most = 5"));
  EXPECT_TRUE(contains(run({"train", recipe(), "--dry-run", "--set", "augment.shift.most=21"}, 2), "21"));
  EXPECT_TRUE(contains(run({"train", recipe(), "--dry-run", "--set", "model.width=21"}, 2), "only"));
}

}  // namespace
}  // namespace reslab
