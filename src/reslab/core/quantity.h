// Counts and sizes as a reader wants them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace reslab::core {

/// "1 epoch", "2 epochs", "0 batches": for nouns whose plural ends in s, or in es after tch, sh, s and x.
std::string counted(std::int64_t count, std::string_view noun);

/// Bytes in steps of a thousand, as disks, downloads and `apt` are measured: "999 B", "1.5 kB", "170.5 MB", "16.8 GB".
/// All that the program prints is in these steps but `summary --plain`, which has torchsummary's MB of 1,048,576 bytes.
std::string size_text(std::uint64_t bytes);

}  // namespace reslab::core
