#include "reslab/core/allocator.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>

#include <array>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <utility>

#include "reslab/core/error.h"
#include "reslab/core/quantity.h"

namespace reslab::core {
namespace {

constexpr std::size_t alignment = 64;                     // oneDNN's and AVX-512's
constexpr std::size_t huge_page = std::size_t{2} << 20;   // x86-64 and arm64 with 4 KiB pages
constexpr std::size_t kept_from = std::size_t{64} << 10;  // smaller ones are malloc's business: it keeps them itself
constexpr std::size_t classes_per_doubling = 8;           // at most 1/8 is wasted

// Sizes are rounded up to 8 classes per doubling; index and rounded size of a request.
struct SizeClass {
  std::size_t index, bytes;
};

SizeClass size_class(std::size_t bytes) {
  const int exponent = std::bit_width(bytes - 1) - 1;  // 2^exponent < bytes ≤ 2^(exponent + 1)
  const std::size_t step = (std::size_t{1} << exponent) / classes_per_doubling;
  const std::size_t steps = (bytes - (std::size_t{1} << exponent) + step - 1) / step;
  return {static_cast<std::size_t>(exponent) * classes_per_doubling + steps,
          (std::size_t{1} << exponent) + steps * step};
}

// In front of every block, so that the deleter needs the pointer alone.
struct alignas(alignment) BlockHeader {
  std::size_t class_index;      // small_block for malloc's
  std::size_t bytes;            // of the whole block, header included
  BlockHeader* next = nullptr;  // of the kept blocks of its class
};
constexpr std::size_t small_block = ~std::size_t{0};

[[noreturn]] void out_of_memory(std::size_t bytes) {
  throw OutOfMemory({.attempted = concatenate("allocate a tensor of ", size_text(bytes)),
                     .found = "the system has no memory left to give",
                     .remedy = "use a smaller batch (--batch-size), or end other programs"});
}

class Blocks {
 public:
  void* allocate(std::size_t bytes) {
    const std::size_t needed = bytes + sizeof(BlockHeader);
    if (needed < bytes) out_of_memory(bytes);
    if (needed < kept_from) return small(needed);
    const SizeClass chosen = size_class(needed);
    void* block = take_kept(chosen);
    if (block == nullptr) block = map(chosen.bytes);
    if (block == nullptr) {
      release();
      block = map(chosen.bytes);
    }
    if (block == nullptr) out_of_memory(bytes);
    const std::lock_guard lock(mutex_);
    statistics_.in_use += chosen.bytes;
    statistics_.peak = std::max(statistics_.peak, statistics_.in_use);
    return finish(block, chosen);
  }

  void deallocate(void* data) {
    if (data == nullptr) return;
    auto* header = static_cast<BlockHeader*>(data) - 1;
    if (header->class_index == small_block) {
      std::free(header);
      return;
    }
    const std::lock_guard lock(mutex_);
    statistics_.in_use -= header->bytes;
    // A list through the blocks themselves: giving one back can't fail for want of memory.
    header->next = std::exchange(kept_[header->class_index], header);
  }

  void release() {
    const std::lock_guard lock(mutex_);
    for (BlockHeader*& kept : kept_)
      while (kept != nullptr) {
        BlockHeader* const block = std::exchange(kept, kept->next);
        statistics_.reserved -= block->bytes;
        std::free(block);
      }
  }

  AllocatorStatistics statistics() {
    const std::lock_guard lock(mutex_);
    return statistics_;
  }

  void reset_peak() {
    const std::lock_guard lock(mutex_);
    statistics_.peak = statistics_.in_use;
  }

 private:
  static void* small(std::size_t needed) {
    void* block = std::aligned_alloc(alignment, (needed + alignment - 1) / alignment * alignment);
    if (block == nullptr) out_of_memory(needed);
    auto* header = new (block) BlockHeader{small_block, needed};
    return header + 1;
  }

  // A freed block of that class, or null.
  void* take_kept(const SizeClass& chosen) {
    const std::lock_guard lock(mutex_);
    BlockHeader*& kept = kept_[chosen.index];
    return kept == nullptr ? nullptr : std::exchange(kept, kept->next);
  }

  static void* finish(void* block, const SizeClass& chosen) {
    auto* header = new (block) BlockHeader{chosen.index, chosen.bytes};
    return header + 1;
  }

  void* map(std::size_t bytes) {
    const bool huge = bytes >= huge_page;
    const std::size_t boundary = huge ? huge_page : std::size_t{4096};
    const std::size_t rounded = (bytes + boundary - 1) / boundary * boundary;
    void* block = std::aligned_alloc(boundary, rounded);
    if (block == nullptr) return nullptr;
    // Where the system's setting is `madvise`, only memory that asks for them gets huge pages. A refused request only
    // costs speed.
    if (huge) ::madvise(block, rounded, MADV_HUGEPAGE);
    const std::lock_guard lock(mutex_);
    statistics_.reserved += bytes;
    ++statistics_.requests;
    return block;
  }

  std::mutex mutex_;
  AllocatorStatistics statistics_;
  std::array<BlockHeader*, 64 * (classes_per_doubling + 1)> kept_{};
};

// Never destroyed: tensors in other static objects may outlive any order of destruction.
Blocks& blocks() {
  static auto* const instance = new Blocks;
  return *instance;
}

void delete_block(void* data) { blocks().deallocate(data); }

class TensorAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) override {
    if (bytes == 0) return {nullptr, nullptr, &delete_block, c10::Device(c10::DeviceType::CPU)};
    // oneDNN asks for its scratch memory through raw_allocate, which needs the context to equal the data.
    void* data = blocks().allocate(bytes);
    return {data, data, &delete_block, c10::Device(c10::DeviceType::CPU)};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &delete_block; }

  void copy_data(void* destination, const void* source, std::size_t bytes) const override {
    std::memcpy(destination, source, bytes);
  }
};

}  // namespace

void install_allocator() {
  static auto* const allocator = [] {
    auto* made = new TensorAllocator;
    c10::SetCPUAllocator(made, /*priority=*/100);
    return made;
  }();
  static_cast<void>(allocator);
}

AllocatorStatistics allocator_statistics() { return blocks().statistics(); }
void reset_allocator_peak() { blocks().reset_peak(); }
void release_kept_blocks() { blocks().release(); }

}  // namespace reslab::core
