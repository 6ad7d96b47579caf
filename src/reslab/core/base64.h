// Bytes as text: pictures in data URIs, hashes in a page's security policy. Source: RFC 4648, section 4.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace reslab::core {

/// With padding, without line ends.
std::string base64(std::span<const std::byte> bytes);

}  // namespace reslab::core
