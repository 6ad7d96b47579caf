#include "reslab/core/allocator.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstring>
#include <thread>

#include "reslab/core/error.h"
#include "support/message.h"

#if defined(__SANITIZE_ADDRESS__)
// One test asks for more memory than there is. By default AddressSanitizer ends the program there.
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }  // NOLINT
#endif

namespace reslab::core {
namespace {

constexpr std::int64_t mebibyte = 1 << 20;

at::Tensor bytes(std::int64_t size) { return at::empty({size}, at::kByte); }

class Allocator : public testing::Test {
 protected:
  void SetUp() override {
    install_allocator();
    release_kept_blocks();
    before_ = allocator_statistics();
  }

  AllocatorStatistics before_;
};

TEST_F(Allocator, aligns_every_size) {
  std::vector<at::Tensor> kept;
  for (std::int64_t size = 1; size < 20 * mebibyte; size = size * 3 / 2 + 1) {
    kept.push_back(bytes(size));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(kept.back().data_ptr()) % 64, 0U) << size;
  }
  EXPECT_GT(allocator_statistics().in_use, before_.in_use + 40 * mebibyte) << "tensors come from this allocator";
}

RC_GTEST_PROP(AllocatorProperty, blocks_hold_their_size_without_overlap, ()) {
  install_allocator();
  std::vector<at::Tensor> tensors;
  const auto sizes = *rc::gen::container<std::vector<std::int64_t>>(8, rc::gen::inRange<std::int64_t>(1, 3 * mebibyte));
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    tensors.push_back(bytes(sizes[i]));
    std::memset(tensors[i].mutable_data_ptr(), static_cast<int>(i), static_cast<std::size_t>(sizes[i]));
  }
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const auto* data = tensors[i].const_data_ptr<std::uint8_t>();
    RC_ASSERT(std::all_of(data, data + sizes[i], [&](std::uint8_t value) { return value == i; }));
  }
}

TEST_F(Allocator, hands_a_freed_block_out_again) {
  void* const first = bytes(mebibyte).data_ptr();
  EXPECT_EQ(bytes(mebibyte).data_ptr(), first);
  EXPECT_EQ(bytes(mebibyte + 1000).data_ptr(), first) << "the same size class";
  EXPECT_EQ(allocator_statistics().requests, before_.requests + 1);
}

TEST_F(Allocator, asks_the_system_for_nothing_in_a_steady_state) {
  const at::Tensor weights = at::ones({256, 256});
  const auto step = [&] {
    const at::Tensor hidden = at::relu(at::mm(at::ones({512, 256}), weights));
    return at::mm(hidden.t(), hidden * 2).add(1).sum();
  };
  step();
  const std::size_t requests = allocator_statistics().requests;
  EXPECT_GT(requests, before_.requests);
  for (int i = 0; i < 20; ++i) step();
  EXPECT_EQ(allocator_statistics().requests, requests);
}

TEST_F(Allocator, tells_what_is_in_use_and_what_was) {
  reset_allocator_peak();
  {
    const at::Tensor one = bytes(10 * mebibyte);
    const std::size_t in_use = allocator_statistics().in_use - before_.in_use;
    EXPECT_GE(in_use, 10U * mebibyte);
    EXPECT_LE(in_use, 10U * mebibyte * 9 / 8 + 4096) << "at most an eighth is wasted";
  }
  EXPECT_EQ(allocator_statistics().in_use, before_.in_use);
  EXPECT_GE(allocator_statistics().peak, before_.in_use + 10 * mebibyte);
  reset_allocator_peak();
  EXPECT_EQ(allocator_statistics().peak, before_.in_use);
}

TEST_F(Allocator, gives_kept_blocks_back) {
  bytes(10 * mebibyte);
  EXPECT_GE(allocator_statistics().reserved, before_.reserved + 10 * mebibyte);
  release_kept_blocks();
  EXPECT_EQ(allocator_statistics().reserved, before_.reserved);
}

TEST_F(Allocator, explains_that_there_is_no_more_memory) {
  reset_allocator_peak();
  bytes(mebibyte);
  const AllocatorStatistics statistics = allocator_statistics();
  const std::string said = support::message_of<OutOfMemory>([&] { bytes(std::int64_t{1} << 50); });
  EXPECT_NE(said.find("--batch-size"), std::string::npos) << said;
  EXPECT_EQ(allocator_statistics().in_use, statistics.in_use);
  EXPECT_EQ(allocator_statistics().peak, statistics.peak) << "what was not given was never in use";
}

TEST_F(Allocator, serves_empty_tensors) {
  const at::Tensor none = bytes(0);
  EXPECT_EQ(none.numel(), 0);
  EXPECT_EQ(none.clone().numel(), 0);
}

TEST_F(Allocator, serves_many_threads_at_once) {
  std::atomic<int> damaged = 0;
  {
    std::vector<std::jthread> threads;
    for (std::uint8_t mark = 1; mark <= 4; ++mark)
      threads.emplace_back([&, mark] {
        for (std::int64_t round = 0; round < 200; ++round) {
          const std::int64_t size = 100'000 + round % 7 * 50'000;
          const at::Tensor tensor = bytes(size);
          std::memset(tensor.mutable_data_ptr(), mark, static_cast<std::size_t>(size));
          std::this_thread::yield();
          const auto* data = tensor.const_data_ptr<std::uint8_t>();
          if (!std::all_of(data, data + size, [&](std::uint8_t value) { return value == mark; })) ++damaged;
        }
      });
  }
  EXPECT_EQ(damaged, 0);
  EXPECT_EQ(allocator_statistics().in_use, before_.in_use);
}

}  // namespace
}  // namespace reslab::core
