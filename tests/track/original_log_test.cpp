#include "reslab/track/original_log.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace reslab::track {
namespace {

// Two epochs of the original's published log.
constexpr std::string_view sample =
    "Epoch 1:\n"
    "Loss=1.9853075742721558 Batch_id=97 Accuracy=45.65: 100%|██████████| 98/98 [00:25<00:00,  3.80it/s]\n"
    "Test set: Average loss: 0.0039, Accuracy: 4946/10000 (49.46%)\n"
    "\n"
    "Epoch 24:\n"
    "Loss=1.5224034786224365 Batch_id=97 Accuracy=95.65: 100%|██████████| 98/98 [00:26<00:00,  3.73it/s]\n"
    "Test set: Average loss: 0.0021, Accuracy: 9386/10000 (93.86%)\n";

TEST(OriginalLog, ReadsTheOriginalsLines) {
  const auto records = parse_original_log(sample);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].epoch, 1);
  EXPECT_EQ(records[0].loss, 1.9853075742721558);
  EXPECT_EQ(records[0].batch_id, 97);
  EXPECT_EQ(records[0].accuracy_percent, 45.65);
  EXPECT_EQ(records[0].batches, 98);
  EXPECT_EQ(records[0].seconds, 25);
  EXPECT_EQ(records[0].rate, 3.80);
  EXPECT_EQ(records[0].average_loss, 0.0039);
  EXPECT_EQ(records[0].correct, 4946);
  EXPECT_EQ(records[0].samples, 10000);
  EXPECT_EQ(records[1].epoch, 24);
  EXPECT_EQ(records[1].correct, 9386);
}

TEST(OriginalLog, WritesTheOriginalsLines) {
  EXPECT_EQ(epoch_line(0), "Epoch 1:");
  // 25.8 s is shown as 25, and 98 batches in it as 3.80 a second.
  EXPECT_EQ(
      progress_line({.loss = 1.9853075742721558, .batch = 97, .accuracy = 0.45652, .batches = 98, .seconds = 25.8}),
      "Loss=1.9853075742721558 Batch_id=97 Accuracy=45.65: 100%|██████████| 98/98 [00:25<00:00,  3.80it/s]");
  const train::Evaluation test{.samples = 10000, .correct = 4946, .mean_loss = 1.98, .sum_of_batch_means = 39.2};
  EXPECT_EQ(test_line(test, AverageLoss::original), "Test set: Average loss: 0.0039, Accuracy: 4946/10000 (49.46%)");
  EXPECT_EQ(test_line(test, AverageLoss::mean), "Test set: Average loss: 1.9800, Accuracy: 4946/10000 (49.46%)");
}

TEST(OriginalLog, TheBarGrowsByEighths) {
  const auto bar = [](std::int64_t batch, std::int64_t batches, BarStyle style) {
    const std::string line = progress_line({.batch = batch, .batches = batches, .seconds = 1}, style);
    const auto first = line.find('|'), last = line.rfind('|');
    return line.substr(first + 1, last - first - 1);
  };
  EXPECT_EQ(bar(0, 80, {}), "▏         ");
  EXPECT_EQ(bar(3, 80, {}), "▌         ");
  EXPECT_EQ(bar(6, 80, {}), "▉         ");
  EXPECT_EQ(bar(7, 80, {}), "█         ");
  EXPECT_EQ(bar(48, 98, {}), "█████     ");
  EXPECT_EQ(bar(44, 80, {}), "█████▋    ");
  EXPECT_EQ(bar(79, 80, {}), "██████████");
  EXPECT_EQ(bar(44, 80, {.utf8 = false}), "#####     ");
  EXPECT_EQ(bar(79, 80, {.cells = 4, .utf8 = false}), "####");
}

TEST(OriginalLog, TimesAndRatesFollowTqdm) {
  const auto times = [](BarState state) {
    const std::string line = progress_line(state);
    return line.substr(line.find('['));
  };
  EXPECT_EQ(times({.batch = 0, .batches = 98, .seconds = 2.5}), "[00:02<04:02,  2.50s/it]");
  EXPECT_EQ(times({.batch = 2, .batches = 3, .seconds = 2}), "[00:02<00:00,  1.50it/s]");
  EXPECT_EQ(times({.batch = 0, .batches = 98, .seconds = 0}), "[00:00<?, ?it/s]");
  EXPECT_EQ(times({.batch = 49, .batches = 100, .seconds = 3600}), "[1:00:00<1:00:00, 72.00s/it]");
  EXPECT_EQ(times({.batch = 97, .batches = 98, .seconds = 0.5}), "[00:00<00:00, 196.00it/s]");
  EXPECT_EQ(clock_time(3599.9), "59:59");
  EXPECT_EQ(clock_time(-1), "00:00");
}

TEST(OriginalLog, NumbersAreWrittenAsPythonDoes) {
  EXPECT_EQ(python_float(2), "2.0");
  EXPECT_EQ(python_float(-3), "-3.0");
  EXPECT_EQ(python_float(0.1), "0.1");
  EXPECT_EQ(python_float(static_cast<double>(0.1F)), "0.10000000149011612");
  EXPECT_EQ(python_float(1e-7), "1e-07");
  EXPECT_EQ(python_float(std::numeric_limits<double>::quiet_NaN()), "nan");
}

TEST(OriginalLog, ReadsBackWhatItWrites) {
  const bool holds = rc::check("parse(write(x)) == x", [] {
    const auto batches = *rc::gen::inRange<std::int64_t>(1, 100'000);
    const auto samples = *rc::gen::inRange<std::int64_t>(1, 1'000'000);
    const BarState state{.loss = *rc::gen::arbitrary<double>(),
                         .batch = batches - 1,
                         .accuracy = 0.01 * *rc::gen::inRange(0, 101),
                         .batches = batches,
                         .seconds = 0.01 * *rc::gen::inRange(1, 10'000'000)};
    const train::Evaluation test{.samples = samples, .correct = *rc::gen::inRange<std::int64_t>(0, samples + 1)};
    const auto epoch = *rc::gen::inRange<std::int64_t>(0, 10'000);
    const BarStyle style{.utf8 = *rc::gen::arbitrary<bool>()};
    const auto records = parse_original_log(epoch_line(epoch) + "\n" + progress_line(state, style) + "\n" +
                                            test_line(test, AverageLoss::mean) + "\n");
    RC_ASSERT(records.size() == 1U);
    RC_ASSERT(records[0].epoch == epoch + 1);
    RC_ASSERT(records[0].loss == state.loss);
    RC_ASSERT(records[0].batch_id == state.batch);
    RC_ASSERT(records[0].batches == batches);
    RC_ASSERT(records[0].seconds == static_cast<std::int64_t>(state.seconds));
    RC_ASSERT(records[0].correct == test.correct);
    RC_ASSERT(records[0].samples == samples);
    RC_ASSERT(std::abs(records[0].accuracy_percent - 100 * state.accuracy) < 0.006);
    // Two digits of batches a second, or of seconds a batch, are shown.
    const double rate = static_cast<double>(batches) / state.seconds;
    const double error = rate < 1 ? 1 / records[0].rate - 1 / rate : records[0].rate - rate;
    RC_ASSERT(std::abs(error) < 0.006);
  });
  EXPECT_TRUE(holds);
}

TEST(OriginalLog, ARedrawnLineCountsByItsLastState) {
  const auto records = parse_original_log(
      "Epoch 1:\r\n"
      "\rLoss=2.5 Batch_id=0 Accuracy=10.00:   1%|          | 1/98 [00:01<00:50,  1.50it/s]"
      "\rLoss=1.5 Batch_id=97 Accuracy=30.00: 100%|##########| 98/98 [00:50<00:00,  1.96it/s]\r\n"
      "Test set: Average loss: 1.5000, Accuracy: 3/10 (30.00%)\r\n");
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].loss, 1.5);
  EXPECT_EQ(records[0].batch_id, 97);
}

TEST(OriginalLog, UnfinishedEpochsAreLeftOutAndRepeatedOnesReplaced) {
  std::string log(sample.substr(0, sample.find("Test set")));
  EXPECT_TRUE(parse_original_log(log).empty());
  log += sample;
  log +=
      "Epoch 1:\nLoss=1.0 Batch_id=97 Accuracy=50.00: 100%|██████████| 98/98 [00:25<00:00,  3.80it/s]\n"
      "anything else\nTest set: Average loss: 0.0030, Accuracy: 7/10 (70.00%)";
  const auto records = parse_original_log(log);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].epoch, 1);
  EXPECT_EQ(records[0].loss, 1.0);
  EXPECT_EQ(records[0].correct, 7);
}

TEST(OriginalLog, ATestLineAloneIsNoEpoch) {
  EXPECT_TRUE(parse_original_log("Test set: Average loss: 0.0039, Accuracy: 4946/10000 (49.46%)\n").empty());
  EXPECT_TRUE(parse_original_log("Epoch 1:\nTest set: Average loss: 0.0039, Accuracy: 4946/10000 (49.46%)\n").empty());
}

TEST(OriginalLog, DamageStaysInItsEpoch) {
  const bool holds = rc::check("any byte of the first epoch changed", [] {
    std::string log(sample);
    const auto place = *rc::gen::inRange<std::size_t>(0, log.find("\nEpoch 24"));
    log[place] = *rc::gen::arbitrary<char>();
    const auto records = parse_original_log(log);
    RC_ASSERT(!records.empty());
    RC_ASSERT(records.back().epoch == 24);
    RC_ASSERT(records.back().loss == 1.5224034786224365);
    RC_ASSERT(records.back().correct == 9386);
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace reslab::track
