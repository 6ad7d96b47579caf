// MD5 and SHA-256 of files and buffers. MD5 only because the publishers of data sets still give it: it finds
// accidents, not attacks.
//
// Sources: RFC 1321 (MD5), FIPS 180-4 (SHA-256).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace reslab::core {

/// Streaming MD5.
class Md5 {
 public:
  void update(std::span<const std::byte> bytes);
  /// 32 lower-case hexadecimal digits. Ends the stream.
  std::string finish();

 private:
  void block(const std::byte* bytes);
  std::array<std::uint32_t, 4> state_{0x67452301U, 0xefcdab89U, 0x98badcfeU, 0x10325476U};
  std::array<std::byte, 64> pending_{};
  std::uint64_t length_ = 0;  // bytes so far
};

/// Streaming SHA-256.
class Sha256 {
 public:
  void update(std::span<const std::byte> bytes);
  /// 64 lower-case hexadecimal digits. Ends the stream.
  std::string finish();

 private:
  void block(const std::byte* bytes);
  std::array<std::uint32_t, 8> state_{0x6a09e667U, 0xbb67ae85U, 0x3c6ef372U, 0xa54ff53aU,
                                      0x510e527fU, 0x9b05688cU, 0x1f83d9abU, 0x5be0cd19U};
  std::array<std::byte, 64> pending_{};
  std::uint64_t length_ = 0;  // bytes so far
};

/// Hexadecimal MD5 of a file. Throws UserError when it can't be read.
std::string md5_of_file(const std::filesystem::path& path);

/// Hexadecimal SHA-256 of a file. Throws UserError when it can't be read.
std::string sha256_of_file(const std::filesystem::path& path);

std::string md5(std::span<const std::byte> bytes);
std::string sha256(std::span<const std::byte> bytes);

}  // namespace reslab::core
