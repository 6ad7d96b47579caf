#include "reslab/track/tensorboard.h"

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <bit>
#include <map>
#include <numeric>
#include <protozero/pbf_reader.hpp>

#include "reslab/core/crc32c.h"
#include "reslab/core/file.h"
#include "reslab/image/png.h"
#include "reslab/nn/layer.h"
#include "support/temporary_folder.h"

namespace reslab::track {
namespace {

namespace fs = std::filesystem;
using support::TemporaryFolder;

// The file's format once more, from its description.
std::uint64_t number_at(const std::string& bytes, std::size_t at, int size) {
  std::uint64_t number = 0;
  for (int i = size - 1; i >= 0; --i)
    number = number << 8 | static_cast<unsigned char>(bytes.at(at + static_cast<std::size_t>(i)));
  return number;
}

std::uint64_t masked(const std::string& bytes) {
  const std::uint32_t crc = core::crc32c(std::as_bytes(std::span(bytes)));
  return std::uint32_t{std::rotr(crc, 15) + 0xa282ead8U};
}

std::vector<std::string> records_of(const std::string& bytes) {
  std::vector<std::string> records;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto length = static_cast<std::size_t>(number_at(bytes, at, 8));
    EXPECT_EQ(number_at(bytes, at + 8, 4), masked(bytes.substr(at, 8)));
    records.push_back(bytes.substr(at + 12, length));
    EXPECT_EQ(number_at(bytes, at + 12 + length, 4), masked(records.back()));
    at += 16 + length;
  }
  return records;
}

struct Event {
  double wall_time = 0;
  std::int64_t step = 0;
  std::string version;
  bool session_start = false;
  std::map<std::string, float> scalars;
  std::map<std::string, std::string> pictures, histograms;  // PNG; the message
};

void read_value(protozero::pbf_reader value, Event& event) {
  std::string tag;
  while (value.next()) switch (value.tag()) {
      case 1: tag = value.get_string(); break;
      case 2: event.scalars[tag] = value.get_float(); break;
      case 4: {
        protozero::pbf_reader picture = value.get_message();
        while (picture.next()) picture.tag() == 4 ? void(event.pictures[tag] = picture.get_bytes()) : picture.skip();
        break;
      }
      case 5: event.histograms[tag] = value.get_bytes(); break;
      default: ADD_FAILURE() << "field " << value.tag(); value.skip();
    }
}

Event read_event(const std::string& record) {
  Event event;
  protozero::pbf_reader message(record);
  while (message.next()) switch (message.tag()) {
      case 1: event.wall_time = message.get_double(); break;
      case 2: event.step = message.get_int64(); break;
      case 3: event.version = message.get_string(); break;
      case 5: {
        protozero::pbf_reader summary = message.get_message();
        while (summary.next(1)) read_value(summary.get_message(), event);
        break;
      }
      case 7: {
        protozero::pbf_reader log = message.get_message();
        while (log.next(1)) event.session_start = log.get_enum() == 1;
        break;
      }
      default: ADD_FAILURE() << "field " << message.tag(); message.skip();
    }
  return event;
}

std::vector<Event> read_file(const fs::path& path) {
  std::vector<Event> events;
  for (const std::string& record : records_of(core::read_text(path))) events.push_back(read_event(record));
  return events;
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

struct Clock {
  std::shared_ptr<double> now = std::make_shared<double>(1700000000.5);
  double operator()() const { return *now; }
};

// Two batches a step, two steps an epoch.
void train_epoch(TensorBoard& board, std::int64_t epoch) {
  for (std::int64_t batch = 0; batch < 4; ++batch)
    board.on_batch_done({.epoch = epoch,
                         .batch = batch,
                         .step = 2 * epoch + batch / 2,
                         .loss = static_cast<double>(batch),
                         .lr = 0.5,
                         .momentum = 0.25});
  const train::EpochDone done{
      .epoch = epoch, .train_loss = 3, .train_accuracy = 0.5, .test = {.samples = 4, .correct = 1, .mean_loss = 2}};
  board.on_epoch_trained(done);
  board.on_epoch_done(done);
}

TEST(Crc, TheFrameOfARecordIsTensorFlows) {
  // The first record of every event file that TensorBoard's own writer makes, with its time set to 0.
  const std::string data(
      "\x09\0\0\0\0\0\0\0\0\x1a\x0d"
      "brain.Event:2",
      24);
  const std::string record = framed_record(data);
  ASSERT_EQ(record.size(), 40U);
  EXPECT_EQ(number_at(record, 0, 8), 24U);
  EXPECT_EQ(number_at(record, 8, 4), 0x224b7fa3U) << std::hex << number_at(record, 8, 4);
}

TEST(TensorBoard, WritesStepsAndEpochsAtTheirSteps) {
  const TemporaryFolder folder;
  TensorBoard board({.folder = folder.path(), .clock = Clock{}});
  board.on_training_started({.epochs = 2});
  train_epoch(board, 0);
  train_epoch(board, 1);
  const auto files = files_in(folder.path());
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].filename(), "events.out.tfevents.1700000000.reslab.000000");
  const std::vector<Event> events = read_file(files[0]);
  ASSERT_EQ(events.size(), 8U);
  EXPECT_EQ(events[0].version, "brain.Event:2");
  EXPECT_EQ(events[0].wall_time, 1700000000.5);
  EXPECT_TRUE(events[1].session_start);
  EXPECT_EQ(events[1].step, 0);
  EXPECT_EQ(events[2].scalars,
            (std::map<std::string, float>{{"loss/batch", 0.5F}, {"schedule/lr", 0.5F}, {"schedule/momentum", 0.25F}}));
  EXPECT_EQ(events[3].scalars.at("loss/batch"), 2.5F) << "the mean over the batches of a step";
  EXPECT_EQ(events[4].step, 1) << "an epoch stands at its last step";
  EXPECT_EQ(events[4].scalars.at("accuracy/test"), 0.25F);
  EXPECT_EQ(events[4].scalars.at("loss/train"), 3.F);
  EXPECT_EQ(events[4].scalars.at("epoch"), 1.F);
  EXPECT_FALSE(events[4].scalars.contains("loss/holdout"));
  EXPECT_EQ(events[7].step, 3);
}

TEST(TensorBoard, AStopWithinAnEpochLeavesNoStepOut) {
  const TemporaryFolder folder;
  TensorBoard board({.folder = folder.path(), .clock = Clock{}});
  board.on_training_started({.epochs = 2});
  for (std::int64_t step = 0; step < 3; ++step) board.on_batch_done({.batch = step, .step = step, .loss = 1});
  board.on_training_done({.end = train::End::interrupted});
  const std::vector<Event> events = read_file(files_in(folder.path()).at(0));
  EXPECT_EQ(events.back().step, 2);
}

TEST(TensorBoard, AResumedRunSaysFromWhereOn) {
  const TemporaryFolder folder;
  const Clock clock;
  {
    TensorBoard board({.folder = folder.path(), .clock = clock});
    board.on_training_started({.epochs = 3});
    train_epoch(board, 0);
    board.on_batch_done({.epoch = 1, .batch = 0, .step = 2});  // interrupted in this epoch
  }
  *clock.now += 9;
  TensorBoard board({.folder = folder.path(), .clock = clock});
  board.on_training_started({.epochs = 3, .first_epoch = 1});
  train_epoch(board, 1);
  const auto files = files_in(folder.path());
  ASSERT_EQ(files.size(), 2U);
  const std::vector<Event> events = read_file(files[1]);
  EXPECT_TRUE(events.at(1).session_start);
  EXPECT_EQ(events.at(1).step, 2) << "readers drop what the first file has from here on";
  EXPECT_EQ(events.at(2).step, 2);
}

// Readers take files by name: after those that were written before it, whatever the clock says.
TEST(TensorBoard, AClockThatGoesBackPutsNoFileFirst) {
  const TemporaryFolder folder;
  const Clock clock;
  std::vector<fs::path> known;
  std::int64_t epoch = 0;
  for (const double days : {0.0, -1.0, 0.0, -1e6, 2.0}) {
    const double now = *clock.now;
    *clock.now += days * 86400;
    TensorBoard board({.folder = folder.path(), .clock = clock});
    board.on_training_started({.epochs = 9, .first_epoch = epoch});
    train_epoch(board, epoch);
    const auto files = files_in(folder.path());
    ASSERT_EQ(files.size(), known.size() + 1) << days;
    EXPECT_TRUE(std::equal(known.begin(), known.end(), files.begin())) << "the new file is the last: " << days;
    EXPECT_EQ(read_file(files.back()).at(1).step, 2 * epoch);
    known = files;
    *clock.now = now;
    ++epoch;
  }
  EXPECT_EQ(known[1].filename(), "events.out.tfevents.1700000001.reslab.000001");
  EXPECT_EQ(known[4].filename(), "events.out.tfevents.1700172800.reslab.000004");
}

TEST(TensorBoard, OtherWritersFilesCountAndOtherNamesDoNot) {
  const TemporaryFolder folder;
  for (const char* name : {"events.out.tfevents.1800000000.host.7.0", "events.out.tfevents.99999999999999999999.x",
                           "events.out.tfevents.", "events.out.tfevents.x.y", "metrics.csv"})
    core::write_file(folder.path() / name, "");
  TensorBoard board({.folder = folder.path(), .clock = Clock{}});
  board.on_training_started({.epochs = 1});
  train_epoch(board, 0);
  EXPECT_TRUE(fs::exists(folder.path() / "events.out.tfevents.1800000001.reslab.000000"));
}

TEST(TensorBoard, AnEpochOfWhichOnlyTheEvaluationWasMissingIsWritten) {
  const TemporaryFolder folder;
  TensorBoard board({.folder = folder.path()});
  board.on_training_started({.epochs = 3, .first_epoch = 1, .first_batch = 2, .first_step = 4});
  board.on_epoch_trained({});
  train::EpochDone done;
  done.epoch = 1;
  done.test = {.samples = 10, .correct = 5};
  board.on_epoch_done(done);
  const auto files = files_in(folder.path());
  ASSERT_EQ(files.size(), 1U);
  const std::vector<Event> events = read_file(files[0]);
  EXPECT_EQ(events.back().step, 3);
  EXPECT_EQ(events.back().scalars.at("accuracy/test"), 0.5F);
}

TEST(TensorBoard, OffWritesNothing) {
  const TemporaryFolder folder;
  TensorBoard board({.folder = folder.path(), .detail = EventDetail::off});
  board.on_training_started({});
  train_epoch(board, 0);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(TensorBoard, CostsAHundredBytesAStep) {
  const TemporaryFolder folder;
  TensorBoard board({.folder = folder.path(), .clock = Clock{}});
  board.on_training_started({.epochs = 1});
  for (std::int64_t step = 0; step < 1000; ++step) board.on_batch_done({.step = step, .loss = 1});
  EXPECT_LT(fs::file_size(files_in(folder.path()).at(0)), 110'000U);
}

TEST(TensorBoard, PicturesComeBackPixelByPixel) {
  if (!image::has_png()) GTEST_SKIP() << "this build has no PNG";
  const TemporaryFolder folder;
  const augment::Image picture{.height = 1, .width = 2, .channels = 3, .pixels = {1, 2, 3, 40, 50, 60}};
  TensorBoard board({.folder = folder.path(),
                     .detail = EventDetail::images,
                     .pictures =
                         [&] {
                           return std::vector<TaggedPicture>{{"samples/plain", picture}};
                         },
                     .clock = Clock{}});
  board.on_training_started({.epochs = 1});
  train_epoch(board, 0);
  const std::vector<Event> events = read_file(files_in(folder.path()).at(0));
  const std::string& png = events.at(2).pictures.at("samples/plain");
  EXPECT_EQ(image::decode_png(std::as_bytes(std::span(png)), "event").pixels, picture.pixels);
}

TEST(EventFile, AHistogramCountsEveryFiniteElementOnce) {
  const TemporaryFolder folder;
  EventFile file(folder.path() / "events", Clock{});
  file.add_histogram(5, "spread", at::tensor({0.F, 1.F, 2.F, 3.F, INFINITY, NAN}));
  file.add_histogram(6, "constant", at::full({7}, 2.5F));
  const std::vector<Event> events = read_file(folder.path() / "events");
  const auto read = [](const std::string& message) {
    std::map<std::uint32_t, std::vector<double>> fields;
    protozero::pbf_reader reader(message);
    while (reader.next()) {
      auto& values = fields[reader.tag()];
      if (reader.tag() < 6) {
        values.push_back(reader.get_double());
      } else {
        const auto range = reader.get_packed_double();
        values.assign(range.begin(), range.end());
      }
    }
    return fields;
  };
  auto spread = read(events.at(1).histograms.at("spread")), constant = read(events.at(2).histograms.at("constant"));
  EXPECT_EQ(spread[1][0], 0);
  EXPECT_EQ(spread[2][0], 3);
  EXPECT_EQ(spread[3][0], 4);
  EXPECT_EQ(spread[4][0], 6);
  EXPECT_EQ(spread[5][0], 14);
  ASSERT_EQ(spread[6].size(), 30U);
  ASSERT_EQ(spread[7].size(), 30U);
  EXPECT_EQ(spread[6].back(), 3);
  EXPECT_EQ(std::accumulate(spread[7].begin(), spread[7].end(), 0.0), 4);
  EXPECT_EQ(spread[7][0], 1);
  EXPECT_EQ(spread[7][10], 1) << "1 is a third of the way";
  EXPECT_EQ(constant[6], std::vector<double>{2.5});
  EXPECT_EQ(constant[7], std::vector<double>{7});
}

}  // namespace
}  // namespace reslab::track
