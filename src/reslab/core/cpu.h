// The processor: its name and the instructions that decide how a run computes.
//
//   if (core::processor().bf16()) …   // bf16 activations pay off
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace reslab::core {

struct Processor {
  /// As the system names it, with the numbers that tell apart what is sold, or shown to a guest, under one name:
  /// "AMD EPYC (family 26, model 2)". "unknown" when it says nothing.
  std::string model;
  std::vector<std::string> flags;  ///< of `interesting_flags`, those that it has, in that order

  bool has(std::string_view flag) const;

  /// Whether it multiplies bf16 in hardware: avx512_bf16, amx_bf16 or Arm's bf16. Without one of these bf16 is emulated
  /// and slower than fp32.
  bool bf16() const;
};

/// Instruction sets that convolutions and our kernels choose by, as Linux spells them.
std::vector<std::string> interesting_flags();

/// From the text of /proc/cpuinfo, on x86-64 ("flags") or Arm ("Features"). The first processor speaks for all.
Processor parse_cpuinfo(std::string_view text);

/// This machine's.
Processor processor();

/// processor().bf16().
bool has_bf16_instructions();

}  // namespace reslab::core
