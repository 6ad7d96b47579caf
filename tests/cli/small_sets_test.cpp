// Trainings on few pictures, and on classes of unlike sizes.
#include <gtest/gtest.h>

#include "cli/run_program.h"
#include "reslab/core/file.h"
#include "reslab/core/random.h"
#include "reslab/image/png.h"
#include "reslab/recipe/recipe.h"
#include "support/message.h"
#include "support/temporary_folder.h"

namespace reslab::cli {
namespace {

namespace fs = std::filesystem;
using support::contains;

std::ptrdiff_t count_of(const std::string& text, const std::string& part) {
  std::ptrdiff_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// 33 training pictures: 22, 10, and a class of one alone. 4 are held out and 4 tested.
class SmallSets : public testing::Test {
 protected:
  void SetUp() override {
    if (!image::has_png()) GTEST_SKIP() << "this build writes no PNG";
    write("train/red", 0, 22);
    write("train/green", 1, 10);
    write("train/blue", 2, 1);
    for (const char* split : {"validation", "test"}) {
      write(split + std::string("/red"), 0, 2);
      write(split + std::string("/green"), 1, 2);
    }
  }

  void write(const std::string& folder, std::size_t colour, int count) {
    fs::create_directories(pictures_ / folder);
    for (int i = 0; i < count; ++i) {
      augment::Image image{.height = 20, .width = 20, .channels = 3};
      for (std::size_t value = 0; value < 20 * 20 * 3; ++value)
        image.pixels.push_back(static_cast<std::uint8_t>(random_.below(100) + (value % 3 == colour ? 150 : 0)));
      core::DurableFile file(pictures_ / folder / (std::to_string(i) + ".png"));
      file.write(image::encode_png(image));
      file.commit();
    }
  }

  Result train(const std::string& more, const std::string& recipe = "photos") const {
    return run("train " + recipe + " --data '" + pictures_.string() + "' --runs-dir '" + runs_.string() +
               "' --no-report --image-size 16 --set model.width=8 --set model.group_width=8 " + more);
  }
  Result run(const std::string& command) const {
    return run_reslab(command + " --cache-dir '" + (folder_.path() / "cache").string() + "' --threads 1");
  }
  void expect_plan(const std::string& more, const std::string& training, const std::string& recipe = "photos") const {
    const Result planned = train("--dry-run " + more, recipe);
    ASSERT_EQ(planned.exit_code, 0) << planned.output;
    EXPECT_TRUE(contains(planned.output, "training   " + training + "\n")) << more << ": " << planned.output;
  }
  recipe::Recipe kept(const std::string& name) const {
    return recipe::load_recipe((runs_ / name / "recipe.toml").string());
  }
  std::vector<std::byte> weights(const std::string& name) const {
    return core::read_bytes(runs_ / name / "weights.safetensors", 1 << 24);
  }

  const support::TemporaryFolder folder_;
  const fs::path pictures_ = folder_.path() / "pictures", runs_ = folder_.path() / "runs";
  core::Random random_{{.seed = 3}};
};

TEST_F(SmallSets, GetSmallerBatchesAndMoreEpochs) {
  const Result planned = train("--dry-run");
  ASSERT_EQ(planned.exit_code, 0) << planned.output;
  EXPECT_TRUE(contains(planned.output, "batches of 33 in place of 128")) << planned.output;
  EXPECT_TRUE(contains(planned.output,
                       "300 epochs in place of the recipe's 24, which 33 training pictures would make "
                       "24 steps of, fewer than 300 (--epochs 24 keeps them)"))
      << planned.output;
  EXPECT_TRUE(contains(planned.output, "300 epochs × 1 batch of 33 = 300 steps")) << planned.output;
  EXPECT_TRUE(contains(planned.output, "fewer than three pictures")) << planned.output;
  EXPECT_TRUE(contains(planned.output, "blue (1)")) << planned.output;
  EXPECT_FALSE(contains(train("--dry-run --quiet").output, "in place of"));
  // Without it the recipe would be refused: not one full batch.
  expect_plan("--set data.drop_last=true", "300 epochs × 1 batch of 33 = 300 steps");
  expect_plan("--batch-size 5", "43 epochs × 7 batches of 5 = 301 steps");
}

TEST_F(SmallSets, KeepTheEpochsThatAreGiven) {
  expect_plan("--epochs 2", "2 epochs × 1 batch of 33 = 2 steps");
  expect_plan("--set epochs=2", "2 epochs × 1 batch of 33 = 2 steps");
  expect_plan("--limit-batches 1", "24 epochs × 1 batch of 33 = 24 steps");
  expect_plan("--fast-dev-run", "1 epoch × 1 batch of 33 = 1 step");
  const fs::path own = folder_.path() / "own.toml";
  core::write_file(own, std::string("inherit = 'photos'\nepochs = 4\n"));
  expect_plan("", "4 epochs × 1 batch of 33 = 4 steps", "'" + own.string() + "'");
  core::write_file(own, std::string("inherit = 'photos'\n"));
  expect_plan("", "300 epochs × 1 batch of 33 = 300 steps", "'" + own.string() + "'");
}

TEST_F(SmallSets, JoinALastBatchOfOnePicture) {
  expect_plan("--batch-size 16 --epochs 3", "3 epochs × 2 batches of 16 = 6 steps");
  // At 16 pixels the network's last maps are of 1 × 1.
  const Result alone = train("--dry-run --batch-size 16 --epochs 3 --set data.join_last=false");
  EXPECT_EQ(alone.exit_code, 2) << alone.output;
  EXPECT_TRUE(contains(alone.output, "a last batch of one image (33 samples in batches of 16)")) << alone.output;
  EXPECT_TRUE(contains(alone.output, "data.join_last=true")) << alone.output;
}

TEST_F(SmallSets, KeepInTheirRunWhatWasChanged) {
  const Result cut = train("--name cut --max-minutes 0.00001");
  ASSERT_EQ(cut.exit_code, 0) << cut.output;
  EXPECT_EQ(kept("cut").epochs, 300);
  EXPECT_EQ(kept("cut").data.batch_size, 33);
  const Result resumed = run("resume '" + (runs_ / "cut").string() + "' --no-report --max-minutes 0.00001");
  EXPECT_EQ(resumed.exit_code, 0) << resumed.output;
  EXPECT_TRUE(contains(resumed.output, " of 300")) << resumed.output;
  EXPECT_FALSE(contains(resumed.output, "in place of")) << resumed.output;
}

TEST_F(SmallSets, GoOnWithACampaign) {
  ASSERT_EQ(train("--repeats 1 --name campaign --max-minutes 0.00001").exit_code, 0);
  const Result again = train("--repeats 1 --name campaign --max-minutes 0.00001");
  EXPECT_EQ(again.exit_code, 0) << again.output;
  EXPECT_FALSE(contains(again.output, "another recipe")) << again.output;
}

TEST_F(SmallSets, AreToldOnceThatTheyAreMirrored) {
  const std::string said = "mirrors pictures in training and at the last test";
  const Result trained = train("--epochs 1 --repeats 2 --name mirrored");
  ASSERT_EQ(trained.exit_code, 0) << trained.output;
  EXPECT_EQ(count_of(trained.output, said), 1) << trained.output;
  for (const char* more : {"--flip none", "--flip horizontal", "--quiet"})
    EXPECT_EQ(count_of(train(std::string("--dry-run --epochs 1 ") + more).output, "mirrors pictures"), 0) << more;
  ASSERT_EQ(train("--epochs 1 --flip none --name plain").exit_code, 0);
  const recipe::Recipe plain = kept("plain");
  EXPECT_EQ(plain.augment.policies, (std::vector<std::string>{"random_resized_crop", "color_jitter"}));
  EXPECT_EQ(plain.evaluation.views, "one");
  const Result cifar = run("train fast94 --dry-run --data " RESLAB_SOURCE_DIR "/tests/data_samples/cifar10");
  EXPECT_EQ(count_of(cifar.output, "mirrors pictures"), 0) << cifar.output;
  const Result idle = train("--dry-run --overfit-batches 1 --flip both");
  EXPECT_EQ(idle.exit_code, 2) << idle.output;
  EXPECT_TRUE(contains(idle.output, "could not set --flip to 'both': it would have no effect")) << idle.output;
}

TEST_F(SmallSets, ResumeToTheSameBitsWhenBalancedAndMixed) {
  const std::string how = " --epochs 4 --batch-size 8 --balance sampling --set mix.name=both ";
  ASSERT_EQ(train(how + "--name whole").exit_code, 0);
  ASSERT_EQ(train(how + "--name cut --max-minutes 0.00001").exit_code, 0);
  ASSERT_FALSE(fs::exists(runs_ / "cut" / "weights.safetensors")) << "no epoch is finished";
  const Result resumed = run("resume '" + (runs_ / "cut").string() + "' --no-report");
  ASSERT_EQ(resumed.exit_code, 0) << resumed.output;
  EXPECT_EQ(weights("whole"), weights("cut"));
  ASSERT_EQ(train("--epochs 4 --batch-size 8 --name plain").exit_code, 0);
  ASSERT_EQ(train("--epochs 4 --batch-size 8 --balance loss --name loss").exit_code, 0);
  EXPECT_NE(weights("plain"), weights("whole"));
  EXPECT_NE(weights("plain"), weights("loss"));
  EXPECT_EQ(kept("loss").data.balance, "loss");
}

}  // namespace
}  // namespace reslab::cli
