#include "reslab/data/loader.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "data/support.h"
#include "reslab/core/error.h"

namespace reslab::data {
namespace {

using namespace test;
using namespace std::chrono_literals;

// The same batches, made in this thread.
std::vector<Batch> serial(std::int64_t samples, const LoaderOptions& options) {
  BatchMaker maker(source(samples), options.batch);
  std::vector<Batch> batches;
  for (std::int64_t epoch = 0; epoch < options.epochs; ++epoch)
    for (std::int64_t index = 0; index < maker.batches(); ++index)
      batches.push_back(maker.make(maker.order(epoch), epoch, index));
  return batches;
}

std::vector<Batch> drain(Loader& loader, std::int64_t epochs, std::chrono::milliseconds pause = 0ms) {
  std::vector<Batch> batches;
  for (std::int64_t epoch = 0; epoch < epochs; ++epoch)
    while (auto batch = loader.next()) {
      batches.push_back(*std::move(batch));
      std::this_thread::sleep_for(pause);
    }
  return batches;
}

void expect_same(const std::vector<Batch>& found, std::span<const Batch> expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_TRUE(same(found[i], expected[i])) << "batch " << i;
}

// Counts its calls, and from the sample `fails_at` throws or waits for `open`.
class Probe final : public augment::Policy {
 public:
  std::string_view name() const override { return "probe"; }
  void apply(augment::Image&, core::Random& random) const override {
    ++calls;
    if (pause > 0ms) std::this_thread::sleep_for(pause);
    if (random.key().sample == fails_at) throw std::runtime_error("sample " + std::to_string(fails_at));
  }

  mutable std::atomic<int> calls = 0;
  std::chrono::milliseconds pause{0};
  std::uint32_t fails_at = 1'000'000;
};

struct ProbedSource {
  BatchSource source;
  Probe* probe;
};

ProbedSource probed(std::int64_t samples) {
  auto policy = std::make_unique<Probe>();
  Probe* const probe = policy.get();
  auto pipeline = std::make_shared<augment::Pipeline>();
  pipeline->add(std::move(policy));
  BatchSource made = source(samples);
  made.pipeline = std::move(pipeline);
  return {std::move(made), probe};
}

TEST(Loader, repeats_the_first_batch_under_every_number_when_asked) {
  LoaderOptions options{.batch = {.batch_size = 8, .seed = 3}, .epochs = 2, .repeat_first = true};
  auto [made, probe] = probed(20);
  Loader loader(std::move(made), options);
  const auto batches = drain(loader, options.epochs);
  ASSERT_EQ(std::ssize(batches), 6);
  for (std::int64_t i = 0; i < 6; ++i) {
    const Batch& batch = batches[static_cast<std::size_t>(i)];
    EXPECT_EQ(batch.epoch, i / 3);
    EXPECT_EQ(batch.index, i % 3);
    EXPECT_TRUE(at::equal(batch.images, batches[0].images));
    EXPECT_TRUE(at::equal(batch.sample_ids, batches[0].sample_ids));
  }
  EXPECT_EQ(probe->calls, 8);  // the samples of one batch
}

TEST(Loader, equals_the_serial_way_whatever_the_timing) {
  for (const std::int64_t ahead : {1, 2, 50})
    for (const auto pause : {0ms, 2ms}) {
      const LoaderOptions options{.batch = {.batch_size = 8, .seed = 4}, .epochs = 3, .ahead = ahead};
      Loader loader(source(30), options);
      expect_same(drain(loader, 3, pause), serial(30, options));
    }
}

TEST(Loader, makes_the_same_batches_on_any_number_of_threads) {
  for (const int threads : {1, 2, 3, 8})
    for (const std::int64_t ahead : {1, 4}) {
      const LoaderOptions options{
          .batch = {.batch_size = 8, .seed = 4}, .epochs = 3, .ahead = ahead, .threads = threads};
      Loader loader(source(30), options);
      expect_same(drain(loader, 3), serial(30, options));
    }
}

TEST(Loader, shares_a_batch_among_its_threads) {
  auto [from, probe] = probed(64);
  probe->pause = 20ms;
  const auto began = std::chrono::steady_clock::now();
  Loader loader(std::move(from), {.batch = {.batch_size = 64}, .threads = 16});
  ASSERT_TRUE(loader.next());
  EXPECT_LT(std::chrono::steady_clock::now() - began, 640ms) << "a half of what one thread would sleep";
  EXPECT_EQ(probe->calls, 64);
}

TEST(Loader, resumes_at_any_batch_of_any_epoch) {
  LoaderOptions options{.batch = {.batch_size = 8, .type = BatchType::bf16, .seed = 4}, .epochs = 3};
  const std::vector<Batch> all = serial(30, options);
  constexpr std::int64_t batches = 4;
  for (std::int64_t epoch = 0; epoch < 3; ++epoch)
    for (std::int64_t batch = 0; batch <= batches; ++batch) {
      options.first_epoch = epoch;
      options.first_batch = batch;
      Loader loader(source(30), options);
      ASSERT_EQ(loader.batches(), batches);
      const auto done = static_cast<std::size_t>(epoch * batches + batch);
      expect_same(drain(loader, 3 - epoch), std::span(all).subspan(done));
    }
}

TEST(Loader, ends_each_epoch_once_and_the_last_for_ever) {
  Loader loader(source(20), {.batch = {.batch_size = 10}, .epochs = 2});
  for (std::int64_t epoch = 0; epoch < 2; ++epoch) {
    for (std::int64_t index = 0; index < 2; ++index) {
      const auto batch = loader.next();
      ASSERT_TRUE(batch);
      EXPECT_EQ(batch->epoch, epoch);
      EXPECT_EQ(batch->index, index);
    }
    EXPECT_FALSE(loader.next());
  }
  EXPECT_FALSE(loader.next());
  EXPECT_FALSE(loader.next());
}

TEST(Loader, drops_the_last_batch_when_told) {
  Loader loader(source(30), {.batch = {.batch_size = 8, .drop_last = true}});
  const auto batches = drain(loader, 1);
  ASSERT_EQ(batches.size(), 3U);
  for (const Batch& batch : batches) EXPECT_EQ(batch.size(), 8);
}

TEST(Loader, throws_the_workers_exception_after_the_batches_before_it) {
  for (const int threads : {1, 4})
    for (const auto pause : {0ms, 3ms}) {
      auto [from, probe] = probed(30);
      probe->fails_at = 17;
      probe->pause = pause;
      Loader loader(from, {.batch = {.batch_size = 8, .shuffle = false}, .threads = threads});
      EXPECT_TRUE(loader.next());
      EXPECT_TRUE(loader.next());
      for (int attempt = 0; attempt < 2; ++attempt) {
        try {
          loader.next();
          FAIL() << "no exception";
        } catch (const std::runtime_error& error) {
          EXPECT_STREQ(error.what(), "sample 17");
        }
      }
    }
}

TEST(Loader, works_ahead_across_epochs_within_its_bound) {
  auto [from, probe] = probed(16);
  Loader loader(from, {.batch = {.batch_size = 8}, .epochs = 100, .ahead = 3});
  // Three batches wait and a fourth is made; epochs have two.
  while (probe->calls < 4 * 8) std::this_thread::sleep_for(1ms);
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(probe->calls, 4 * 8);
  ASSERT_TRUE(loader.next());
  while (probe->calls < 5 * 8) std::this_thread::sleep_for(1ms);
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(probe->calls, 5 * 8);
}

TEST(Loader, stops_when_destroyed_early) {
  for (const int threads : {1, 4})
    for (const auto wait : {0ms, 20ms}) {  // while it works, and when its queue is full
      auto [from, probe] = probed(64);
      std::weak_ptr<const augment::Pipeline> alive = from.pipeline;
      {
        Loader loader(std::move(from), {.batch = {.batch_size = 8}, .epochs = 1000, .threads = threads});
        std::this_thread::sleep_for(wait);
      }
      EXPECT_TRUE(alive.expired());
    }
}

TEST(Loader, tells_how_long_it_waited) {
  auto [from, probe] = probed(16);
  probe->pause = 5ms;
  Loader loader(from, {.batch = {.batch_size = 8}});
  ASSERT_TRUE(loader.next());
  EXPECT_GT(loader.waiting_seconds(), 0.030);
  EXPECT_LT(loader.waiting_seconds(), 60);
  const double before = loader.waiting_seconds();
  std::this_thread::sleep_for(200ms);  // the second batch is ready by now
  ASSERT_TRUE(loader.next());
  EXPECT_LT(loader.waiting_seconds() - before, 0.030);
}

TEST(Loader, refuses_options_out_of_range) {
  const auto make = [](const LoaderOptions& options) { Loader(source(30), options); };
  EXPECT_THROW(make({.batch = {.batch_size = 8}, .first_batch = 5}), core::UserError);
  EXPECT_THROW(make({.batch = {.batch_size = 8}, .first_epoch = -1}), core::UserError);
  EXPECT_THROW(make({.batch = {.batch_size = 8}, .ahead = 0}), core::UserError);
  EXPECT_THROW(make({.batch = {.batch_size = 8}, .threads = 0}), core::UserError);
  EXPECT_THROW(make({.batch = {.batch_size = 0}}), core::UserError);
}

}  // namespace
}  // namespace reslab::data
