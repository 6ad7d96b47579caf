// The machine and the build, as far as they decide how fast and how exactly a run computes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "reslab/core/cpu.h"
#include "reslab/core/threads.h"

namespace reslab::track {

/// What the system does with huge pages: /sys/kernel/mm/transparent_hugepage/enabled.
enum class HugePages { always, on_request, never, unknown };

/// "always", "madvise", "never", "unknown".
std::string_view name(HugePages setting);

/// From that file's text, in which the setting stands in brackets: "always [madvise] never".
HugePages parse_huge_pages(std::string_view text);

struct Memory {
  std::uint64_t total = 0, available = 0;  ///< bytes of the machine, as /proc/meminfo says
  std::optional<std::uint64_t> limit;      ///< bytes that the control group allows, where it limits them

  /// What this process may still take.
  std::uint64_t usable() const { return limit && *limit < available ? *limit : available; }
};

/// From the text of /proc/meminfo.
Memory parse_meminfo(std::string_view text);

struct Machine {
  std::string system;  ///< distribution, kernel and architecture
  core::Processor processor;
  core::ThreadBudget threads;
  Memory memory;
  HugePages huge_pages = HugePages::unknown;
  bool cuda = false;  ///< a CUDA device can be used
};

Machine this_machine();

struct Build {
  std::string libtorch;  ///< "2.13.0"
  std::string compiler;  ///< "GCC 12.2.0"
  std::string mode;      ///< "optimised" or "debug"
};

Build this_build();

}  // namespace reslab::track
