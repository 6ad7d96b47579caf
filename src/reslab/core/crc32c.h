// CRC-32C (Castagnoli), the checksum of TFRecord files: reflected, polynomial 0x1EDC6F41. Source: RFC 3720, appendix
// B.4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace reslab::core {

std::uint32_t crc32c(std::span<const std::byte> bytes);

}  // namespace reslab::core
