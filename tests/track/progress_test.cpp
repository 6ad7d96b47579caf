#include "reslab/track/progress.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <sstream>
#include <thread>

#include "reslab/core/file.h"
#include "support/environment.h"
#include "support/temporary_folder.h"

namespace reslab::track {
namespace {

// Plays a training of `epochs` epochs of four batches that take a second each; the clock is the training's own.
void play(Progress& progress, double& now, std::int64_t epochs, double waiting = 0, bool holdout = false,
          std::int64_t batches = 4) {
  progress.on_training_started({.epochs = epochs, .batches_per_epoch = batches, .train_samples = 8 * batches});
  for (std::int64_t epoch = 0; epoch < epochs; ++epoch) {
    for (std::int64_t batch = 0; batch < batches; ++batch) {
      now += 1;
      progress.on_batch_done({.epoch = epoch,
                              .batch = batch,
                              .batches = batches,
                              .step = epoch * batches + batch,
                              .loss = 1.9853075742721558,
                              .correct = 4 * (batch + 1),
                              .seen = 8 * (batch + 1),
                              .lr = 0.01,
                              .momentum = 0.95,
                              .epoch_seconds = static_cast<double>(batch + 1),
                              .batch_seconds = 1,
                              .waiting_seconds = waiting});
    }
    train::EpochDone done;
    done.epoch = epoch;
    done.train_loss = 2;
    done.train_seconds = static_cast<double>(batches);
    progress.on_epoch_trained(done);
    done.test = {
        .samples = 100, .correct = epoch == 0 ? 60 : 50, .mean_loss = 1.5, .sum_of_batch_means = 3, .seconds = 2};
    done.has_holdout = holdout;
    if (holdout) done.holdout = {.samples = 10, .correct = 3, .mean_loss = 1.25, .seconds = 1};
    now += 2;
    progress.on_epoch_done(done);
  }
  progress.on_training_done({.end = train::End::finished, .epochs_done = epochs, .seconds = 12});
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

class Piped : public ::testing::Test {
 protected:
  std::string run(Verbosity verbosity, AverageLoss average = AverageLoss::original, bool holdout = false,
                  bool utf8 = true) {
    const auto out = folder_.path() / "out";
    const int descriptor = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    {
      double now = 0;
      Progress progress({.verbosity = verbosity,
                         .average_loss = average,
                         .log = folder_.path() / "train.log",
                         .descriptor = descriptor,
                         .utf8 = utf8,
                         .clock = [&now] { return now; }});
      play(progress, now, 2, 0, holdout);
    }
    ::close(descriptor);
    return core::read_text(out);
  }

  support::TemporaryFolder folder_;
};

const std::string bar_line =
    "Loss=1.9853075742721558 Batch_id=3 Accuracy=50.00: 100%|██████████| 4/4 [00:04<00:00,  1.00it/s]";

TEST_F(Piped, GetsThreeLinesAnEpochAndTheResult) {
  const auto lines = lines_of(run(Verbosity::normal));
  const std::vector<std::string> expected{
      "Epoch 1:",
      bar_line,
      "Test set: Average loss: 0.0300, Accuracy: 60/100 (60.00%)",
      "Epoch 2:",
      bar_line,
      "Test set: Average loss: 0.0300, Accuracy: 50/100 (50.00%)",
      "Finished: 2 epochs, 00:12. Test accuracy 50.00 % (best, the original's way: 60.00 % in epoch 1)"};
  EXPECT_EQ(lines, expected);
  EXPECT_EQ(lines_of(core::read_text(folder_.path() / "train.log")), expected);
}

TEST_F(Piped, TheMeanLossIsTheDefault) {
  EXPECT_NE(run(Verbosity::normal, AverageLoss::mean).find("Average loss: 1.5000"), std::string::npos);
}

TEST_F(Piped, TheLogIsReadByItsParser) {
  static_cast<void>(run(Verbosity::normal));
  const auto records = parse_original_log(core::read_text(folder_.path() / "train.log"));
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].correct, 60);
  EXPECT_EQ(records[1].loss, 1.9853075742721558);
}

TEST_F(Piped, QuietSaysTheResultAloneAndLogsAll) {
  EXPECT_EQ(lines_of(run(Verbosity::quiet)).size(), 1U);
  EXPECT_EQ(lines_of(core::read_text(folder_.path() / "train.log")).size(), 7U);
}

TEST_F(Piped, VerboseAddsRates) {
  const std::string text = run(Verbosity::verbose);
  EXPECT_NE(text.find("Epochs 1 to 2, batches an epoch: 4, samples: 32\n"), std::string::npos) << text;
  EXPECT_NE(text.find("lr 0.010000, momentum 0.9500, 8 samples/s, 0.0 % waiting for data, test 2.0 s\n"),
            std::string::npos)
      << text;
  EXPECT_EQ(lines_of(text).size(), 10U);
  EXPECT_EQ(lines_of(core::read_text(folder_.path() / "train.log")).size(), 7U);
}

TEST_F(Piped, TheHoldoutHasItsLineAndChoosesTheBest) {
  const std::string text = run(Verbosity::normal, AverageLoss::mean, /*holdout=*/true);
  EXPECT_NE(text.find("\nHold-out: Average loss: 1.2500, Accuracy: 3/10 (30.00%)\n"), std::string::npos) << text;
  EXPECT_NE(text.find("(hold-out 30.00 %, best 30.00 % in epoch 1)\n"), std::string::npos) << text;
}

TEST(BalancedAccuracy, IsToldAtTheEndWhereClassesAreUneven) {
  const support::TemporaryFolder folder;
  const auto log_of = [&](std::int64_t rare, const std::string& name) {
    const std::filesystem::path log = folder.path() / name;
    const int nowhere = ::open("/dev/null", O_WRONLY);
    Progress progress({.log = log, .descriptor = nowhere});
    progress.on_training_started({.epochs = 1, .batches_per_epoch = 1, .train_samples = 8});
    train::EpochDone done;
    done.test = {.samples = 90 + rare, .correct = 90};
    done.test.classes = {{.samples = 90, .predicted = 90, .correct = 90}, {.samples = rare}};
    progress.on_epoch_done(done);
    progress.on_training_done({.end = train::End::finished, .epochs_done = 1, .seconds = 1});
    ::close(nowhere);
    return core::read_text(log);
  };
  const std::string told = "Balanced accuracy, since classes are uneven (the mean of their recalls): test 50.00 %\n";
  EXPECT_NE(log_of(10, "uneven").find(told), std::string::npos) << log_of(10, "again");
  EXPECT_EQ(log_of(90, "even").find("Balanced"), std::string::npos);
}

TEST_F(Piped, WithoutUtf8TheBarIsOfHashes) {
  const std::string text = run(Verbosity::normal, AverageLoss::mean, false, /*utf8=*/false);
  EXPECT_NE(text.find("|##########|"), std::string::npos) << text;
  EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char c) { return c > 0; }));
}

TEST_F(Piped, AnEndBeforeTheFirstEpochIsSaid) {
  const auto out = folder_.path() / "out";
  const int descriptor = ::open(out.c_str(), O_WRONLY | O_CREAT, 0666);
  Progress progress({.descriptor = descriptor});
  progress.on_training_done({.end = train::End::interrupted, .epochs_done = 0, .seconds = 3});
  ::close(descriptor);
  EXPECT_EQ(core::read_text(out), "Interrupted: 0 epochs, 00:03, no epoch evaluated\n");
}

TEST_F(Piped, AResumedRunCountsTheEpochsBehindIt) {
  const auto out = folder_.path() / "out";
  const int descriptor = ::open(out.c_str(), O_WRONLY | O_CREAT, 0666);
  core::write_file(folder_.path() / "train.log", "Epoch 1:\nLoss=1.98 Batch_");  // killed while it was written
  {
    Progress progress({.log = folder_.path() / "train.log",
                       .earlier = {{.epoch = 1, .train_seconds = 40, .test_correct = 70, .test_samples = 100},
                                   {.epoch = 2, .test_accuracy = 0.7, .test_seconds = 20}},
                       .descriptor = descriptor});
    train::EpochDone done;
    done.epoch = 2;
    done.test = {.samples = 100, .correct = 65};
    progress.on_epoch_trained(done);
    progress.on_epoch_done(done);
    progress.on_training_done({.end = train::End::finished, .epochs_done = 3, .seconds = 5});
  }
  ::close(descriptor);
  const std::string expected =
      "Finished: 3 epochs, 01:05. Test accuracy 65.00 % (best, the original's way: 70.00 % in epoch 2)";
  EXPECT_EQ(lines_of(core::read_text(out)).back(), expected);
  const auto log = lines_of(core::read_text(folder_.path() / "train.log"));
  EXPECT_EQ(log[1], "Epoch 3:") << "the torn line must go";
  EXPECT_EQ(log.back(), expected);
}

TEST_F(Piped, AnEpochOfWhichOnlyTheEvaluationWasMissingHasItsOwnLine) {
  const auto out = folder_.path() / "out";
  const int descriptor = ::open(out.c_str(), O_WRONLY | O_CREAT, 0666);
  Progress progress({.descriptor = descriptor});
  progress.on_training_started(
      {.epochs = 2, .first_epoch = 1, .first_batch = 4, .batches_per_epoch = 4, .train_samples = 32});
  progress.on_epoch_trained({.epoch = 1,
                             .epochs = 2,
                             .train_loss = 1.25,
                             .train_accuracy = 0.75,
                             .train_seconds = 8,
                             .test = {},
                             .holdout = {}});
  ::close(descriptor);
  const std::string text = core::read_text(out);
  EXPECT_NE(text.find("Loss=1.25 Batch_id=3 Accuracy=75.00: 100%"), std::string::npos) << text;
  EXPECT_NE(text.find("4/4"), std::string::npos) << text;
}

TEST_F(Piped, AFullDiskBehindTheDisplayDoesNotEndTheTraining) {
  const int descriptor = ::open("/dev/full", O_WRONLY);
  ASSERT_GE(descriptor, 0);
  double now = 0;
  Progress progress({.descriptor = descriptor});
  EXPECT_NO_THROW(play(progress, now, 1));
  ::close(descriptor);
}

// A pseudo-terminal. Somebody must read all the while, since it holds only a few kilobytes.
class Screen {
 public:
  explicit Screen(unsigned short columns) {
    const struct winsize size { .ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0 };
    if (::openpty(&reading_, &writing_, nullptr, nullptr, &size) != 0) ADD_FAILURE() << "no pseudo-terminal";
    reader_ = std::thread([this] {
      std::array<char, 4096> buffer{};
      for (ssize_t count; (count = ::read(reading_, buffer.data(), buffer.size())) > 0;)
        text_.append(buffer.data(), static_cast<std::size_t>(count));
    });
  }
  ~Screen() {
    static_cast<void>(finish());
    ::close(reading_);
  }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  int descriptor() const { return writing_; }

  /// Closes the writing side; all that was written to it.
  std::string finish() {
    if (writing_ >= 0) {
      ::close(std::exchange(writing_, -1));
      reader_.join();
    }
    return text_;
  }

 private:
  int reading_ = -1, writing_ = -1;
  std::thread reader_;
  std::string text_;
};

class OnTerminal : public ::testing::Test {
 protected:
  static std::string run(unsigned short columns, double waiting = 0, std::int64_t batches = 4) {
    Screen screen(columns);
    {
      double now = 0;
      Progress progress({.descriptor = screen.descriptor(), .utf8 = true, .clock = [&now] { return now; }});
      play(progress, now, 2, waiting, false, batches);
    }
    return screen.finish();
  }

  // All states of redrawn lines, without control sequences.
  static std::vector<std::string> states(const std::string& text) {
    std::vector<std::string> found;
    for (std::size_t start = 0; (start = text.find("\rLoss", start)) != std::string::npos;) {
      const auto end = text.find("\x1b[K", start);
      found.push_back(text.substr(start + 1, end - start - 1));
      start = end;
    }
    return found;
  }

  support::EnvironmentVariable term_{"TERM", "xterm"};
};

TEST_F(OnTerminal, TheLineIsRedrawnAndEnds) {
  const std::string text = run(140);
  const auto found = states(text);
  ASSERT_EQ(found.size(), 10U) << text;  // four batches and the complete line, twice
  EXPECT_EQ(
      found[0],
      "Loss=1.9853075742721558 Batch_id=0 Accuracy=50.00:  25%|██▌       | 1/4 [00:01<00:03,  1.00it/s] ETA 00:07");
  EXPECT_EQ(found[4], bar_line);
  // The terminal itself adds the \r.
  EXPECT_NE(text.find(bar_line + "\x1b[K\r\nTest set: "), std::string::npos) << text;
  EXPECT_TRUE(text.starts_with("Epoch 1:\r\n\rLoss"));
  EXPECT_TRUE(text.ends_with("in epoch 1)\r\n"));
}

TEST_F(OnTerminal, TheEtaKnowsTheEvaluations) {
  const auto found = states(run(140));
  // The second epoch's second batch: two batches of a second and an evaluation of two are left.
  EXPECT_TRUE(found.at(6).ends_with(" ETA 00:04")) << found[6];
}

TEST_F(OnTerminal, TheEtaKnowsWhatEachEpochCosts) {
  Screen screen(140);
  {
    double now = 0;
    Progress progress({.plan = {.epochs = {{.training = 1, .evaluation = 0.5}, {.training = 4, .evaluation = 2}}},
                       .descriptor = screen.descriptor(),
                       .utf8 = true,
                       .clock = [&now] { return now; }});
    play(progress, now, 2, 0, false, 4);
  }
  const auto found = states(screen.finish());
  // A quarter of an epoch took a second where the plan has 0.25: the rest of the plan, 0.75 + 4 + 2.5, takes 29.
  EXPECT_TRUE(found.at(0).ends_with(" ETA 00:29")) << found[0];
  // Five batches took five seconds where the plan has 1 + 1, the evaluation two where it has 0.5. Left are 3 of the
  // plan's training at 2.5 seconds each, and 2 of its evaluation at four: 15.5 seconds.
  EXPECT_TRUE(found.at(5).ends_with(" ETA 00:15")) << found[5];
}

TEST_F(OnTerminal, WaitingForDataIsShownAboveFivePercent) {
  EXPECT_EQ(run(140, 0.04).find(" data "), std::string::npos);
  EXPECT_NE(run(140, 0.25).find(" data 25% ETA"), std::string::npos);
}

TEST_F(OnTerminal, NoLineIsWiderThanTheTerminal) {
  for (const unsigned short columns : {200, 120, 100, 96, 88, 80, 72, 64, 50, 40, 20, 10}) {
    for (const std::string& state : states(run(columns, 0.5))) {
      EXPECT_LT(columns_of(state), columns) << state;
      EXPECT_TRUE(state.starts_with("Loss=1.9853") || columns < 12) << state;
    }
  }
}

TEST_F(OnTerminal, EightyColumnsKeepBarAndEta) {
  for (const std::string& state : states(run(80, 0.0, 98))) {
    EXPECT_NE(state.find("%|"), std::string::npos) << state;
    EXPECT_TRUE(state.ends_with("]") || state.find(" ETA 0") != std::string::npos) << state;
  }
}

TEST_F(OnTerminal, QuickBatchesAreDrawnTenTimesASecond) {
  Screen screen(140);
  double now = 0;
  Progress progress({.descriptor = screen.descriptor(), .clock = [&now] { return now; }});
  progress.on_training_started({.epochs = 1, .batches_per_epoch = 1000});
  for (std::int64_t batch = 0; batch < 1000; ++batch) {
    now += 0.001;
    progress.on_batch_done({.batch = batch, .batches = 1000, .seen = 1, .epoch_seconds = now, .batch_seconds = 0.001});
  }
  const std::size_t drawn = states(screen.finish()).size();
  EXPECT_GE(drawn, 9U);
  EXPECT_LE(drawn, 11U);
}

TEST_F(OnTerminal, ALineLeftHalfwayIsEnded) {
  Screen screen(80);
  {
    Progress progress({.descriptor = screen.descriptor()});
    progress.on_batch_done({.batch = 0, .batches = 9, .seen = 1, .epoch_seconds = 1, .batch_seconds = 1});
  }
  EXPECT_TRUE(screen.finish().ends_with("\x1b[K\r\n"));
}

TEST_F(OnTerminal, ADumbOneIsTreatedAsAPipe) {
  const support::EnvironmentVariable dumb("TERM", "dumb");
  EXPECT_EQ(run(140).find('\x1b'), std::string::npos);
}

TEST(Terminal, TheLocaleDecidesOnUtf8) {
  const auto with = [](const char* all, const char* ctype, const char* lang) {
    const support::EnvironmentVariable first("LC_ALL", all), second("LC_CTYPE", ctype), third("LANG", lang);
    return utf8_locale();
  };
  EXPECT_TRUE(with("", "", "de_DE.UTF-8"));
  EXPECT_TRUE(with("", "C.utf8", "C"));
  EXPECT_FALSE(with("C", "C.utf8", "de_DE.UTF-8"));
  EXPECT_FALSE(with("", "", ""));
}

TEST(Terminal, ColumnsAreCharacters) {
  EXPECT_EQ(columns_of("a▏█é"), 4);
  EXPECT_EQ(cut("a▏█é", 2), "a▏");
  EXPECT_EQ(cut("a▏█é", 9), "a▏█é");
  EXPECT_EQ(cut("abc", 0), "");
}

}  // namespace
}  // namespace reslab::track
