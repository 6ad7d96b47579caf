// A libFuzzer target: any bytes go to a reader of foreign input, which must either read them as a valid value or refuse
// them with a UserError. Anything else (another exception, a crash, memory out of bounds or far above the input's size)
// is a finding.
#pragma once

#include <sanitizer/allocator_interface.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reslab/core/error.h"

namespace reslab::fuzz {

/// Defined by each target.
void read(std::span<const std::byte> bytes);

/// Defined by each target: as much as its reader takes at all, of what makes most of few bytes. Random inputs are too
/// small to show it, so these are read before them.
std::vector<std::string> worst_cases();

/// `unit` again and again between `head` and `tail`, up to `size` bytes in all.
inline std::string repeated(std::string head, const std::function<std::string(std::size_t)>& unit,
                            std::string_view tail, std::size_t size) {
  for (std::size_t i = 0;; ++i) {
    const std::string next = unit(i);
    if (head.size() + next.size() + tail.size() > size) return head.append(tail);
    head += next;
  }
}

inline std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// What a reader may hold at once, beside its input.
constexpr std::int64_t memory_allowed = std::int64_t{16} << 20;

/// Bytes that this process holds above those it held when a read began, and the most of them.
inline std::atomic<std::int64_t> memory_held{0}, memory_peak{0};

inline void took(const volatile void*, std::size_t bytes) {
  const std::int64_t held = memory_held += static_cast<std::int64_t>(bytes);
  if (held > memory_peak) memory_peak = held;
}

inline void gave(const volatile void* block) {
  // What isn't the allocator's is its own to report.
  if (__sanitizer_get_ownership(block) != 0)
    memory_held -= static_cast<std::int64_t>(__sanitizer_get_allocated_size(block));
}

inline void check_memory(std::size_t input) {
  const std::int64_t peak = memory_peak;
  if (peak <= memory_allowed + static_cast<std::int64_t>(input)) return;
  std::cerr << "ERROR: " << peak << " bytes held at once for an input of " << input << "\n";
  std::abort();
}

inline void read_measured(std::span<const std::byte> bytes) {
  memory_held = memory_peak = 0;
  try {
    read(bytes);
  } catch (const core::UserError&) {
    // Refused.
  }
  check_memory(bytes.size());
}

}  // namespace reslab::fuzz

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  using namespace reslab::fuzz;
  // A meter that measures nothing would prove nothing.
  const bool installed = __sanitizer_install_malloc_and_free_hooks(took, gave) > 0;
  void* volatile const block = std::malloc(std::size_t{1} << 20);  // or the compiler leaves both calls out
  std::free(block);
  if (!installed || memory_peak < std::int64_t{1} << 20) std::abort();
  for (const std::string& input : worst_cases()) read_measured(std::as_bytes(std::span(input)));
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  reslab::fuzz::read_measured({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
