// CRC-32C (Castagnoli), the checksum of checkpoints' sections and of TFRecord files: reflected, polynomial 0x1EDC6F41.
// Sources: RFC 3720, appendix B.4; eight bytes at a time: Kounavis and Berry, "Novel Table Lookup-Based Algorithms for
// High-Performance CRC Generation", 2008.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace reslab::core {

/// The checksum of `bytes`. To go on after earlier bytes, pass their checksum as `before`: the result is that of both
/// in a row.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before = 0);

/// 8 lower-case hexadecimal digits.
std::string hexadecimal(std::uint32_t value);

}  // namespace reslab::core
