// data::parse_cifar10, and the table of checksums beside the records.
#include "reslab/data/cifar10.h"

#include <cstdlib>

#include "fuzz/target.h"
#include "reslab/data/record_checksums.h"

namespace reslab::fuzz {

void read(std::span<const std::byte> bytes) {
  // The first byte says which of the two.
  if (bytes.empty() || bytes[0] == std::byte{0}) {
    const auto records = bytes.empty() ? bytes : bytes.subspan(1);
    const data::Cifar10Records parsed = data::parse_cifar10(records, "input");
    if (parsed.labels.size(0) * static_cast<std::int64_t>(data::cifar10_record_bytes) !=
        static_cast<std::int64_t>(records.size()))
      std::abort();
    return;
  }
  for (const auto& [file, stretches] : data::parse_record_checksums(text_of(bytes), "input"))
    if (stretches.empty() || stretches.front().begin != 0) std::abort();
}

std::vector<std::string> worst_cases() {
  const auto line = [](std::size_t i) { return std::to_string(i) + " 0 1 00000000\n"; };
  return {repeated("", line, "", data::largest_checksum_table)};
}

}  // namespace reslab::fuzz
