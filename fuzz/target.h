// A libFuzzer target: any bytes go to a reader of foreign input, which must either read them as a valid value or refuse
// them with a UserError. Anything else (another exception, a crash, memory out of bounds or far above the input's size)
// is a finding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "reslab/core/error.h"

namespace reslab::fuzz {

/// Defined by each target.
void read(std::span<const std::byte> bytes);

inline std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace reslab::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    reslab::fuzz::read({reinterpret_cast<const std::byte*>(data), size});
  } catch (const reslab::core::UserError&) {
    // Refused.
  }
  return 0;
}
