#include "reslab/core/hash.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <vector>

#include "reslab/core/error.h"

namespace reslab::core {
namespace {

constexpr std::size_t block_size = 64;

// Feeds whole blocks to hash.block and keeps the rest pending. Shared by both hashes, whose framing is the same.
template <typename Block>
void feed(std::span<const std::byte> bytes, std::array<std::byte, block_size>& pending, std::uint64_t& length,
          Block&& block) {
  std::size_t filled = length % block_size;
  length += bytes.size();
  if (filled != 0) {
    const std::size_t taken = std::min(block_size - filled, bytes.size());
    std::copy_n(bytes.begin(), taken, pending.begin() + static_cast<std::ptrdiff_t>(filled));
    bytes = bytes.subspan(taken);
    if (filled + taken < block_size) return;
    block(pending.data());
  }
  for (; bytes.size() >= block_size; bytes = bytes.subspan(block_size)) block(bytes.data());
  std::copy(bytes.begin(), bytes.end(), pending.begin());
}

// 0x80, zeros, and the length in bits as eight bytes: the padding of both hashes but for the order of those bytes.
std::vector<std::byte> padding(std::uint64_t length, bool big_endian) {
  const std::size_t filled = length % block_size;
  std::vector<std::byte> tail((filled < 56 ? 56 : 120) - filled + 8);
  tail[0] = std::byte{0x80};
  for (std::size_t i = 0; i < 8; ++i) {
    const std::size_t shift = 8 * (big_endian ? 7 - i : i);
    tail[tail.size() - 8 + i] = static_cast<std::byte>(length * 8 >> shift);
  }
  return tail;
}

void append_byte(std::string& text, std::uint32_t byte) {
  constexpr char digits[] = "0123456789abcdef";
  text += digits[byte >> 4 & 15U];
  text += digits[byte & 15U];
}

// The constants are the binary digits of sines, and of cube roots of primes: derived, so that no digit can be mistyped.
std::array<std::uint32_t, 64> md5_constants() {
  std::array<std::uint32_t, 64> constants{};
  for (std::size_t i = 0; i < 64; ++i)
    constants[i] = static_cast<std::uint32_t>(std::floor(std::abs(std::sin(static_cast<double>(i + 1))) * 0x1p32));
  return constants;
}

std::array<std::uint32_t, 64> sha256_constants() {
  std::array<std::uint32_t, 64> constants{};
  std::size_t count = 0;
  for (int candidate = 2; count < constants.size(); ++candidate) {
    bool prime = true;
    for (int divisor = 2; divisor * divisor <= candidate; ++divisor) prime = prime && candidate % divisor != 0;
    if (!prime) continue;
    const long double root = std::cbrt(static_cast<long double>(candidate));
    constants[count++] = static_cast<std::uint32_t>((root - std::floor(root)) * 0x1p32L);
  }
  return constants;
}

template <typename Hash>
std::string hash_of_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw UserError({.attempted = "read " + path.string() + " to verify it", .found = system_message(errno)});
  Hash hash;
  std::vector<char> buffer(1U << 20);
  while (file) {
    file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    hash.update(std::as_bytes(std::span(buffer.data(), static_cast<std::size_t>(file.gcount()))));
  }
  if (file.bad())
    throw UserError({.attempted = "read " + path.string() + " to verify it", .found = system_message(errno)});
  return hash.finish();
}

}  // namespace

void Md5::block(const std::byte* bytes) {
  static const auto constants = md5_constants();
  static constexpr std::array<std::array<int, 4>, 4> shifts{
      {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}};
  std::array<std::uint32_t, 16> words{};
  for (std::size_t i = 0; i < 16; ++i)
    for (std::size_t j = 0; j < 4; ++j) words[i] |= std::to_integer<std::uint32_t>(bytes[4 * i + j]) << (8 * j);
  auto [a, b, c, d] = state_;
  for (std::size_t i = 0; i < 64; ++i) {
    std::uint32_t mixed = 0;
    std::size_t word = 0;
    switch (i / 16) {
      case 0:
        mixed = (b & c) | (~b & d);
        word = i;
        break;
      case 1:
        mixed = (d & b) | (~d & c);
        word = (5 * i + 1) % 16;
        break;
      case 2:
        mixed = b ^ c ^ d;
        word = (3 * i + 5) % 16;
        break;
      default:
        mixed = c ^ (b | ~d);
        word = (7 * i) % 16;
        break;
    }
    const std::uint32_t rotated = std::rotl(a + mixed + constants[i] + words[word], shifts[i / 16][i % 4]);
    a = d;
    d = c;
    c = b;
    b += rotated;
  }
  state_ = {state_[0] + a, state_[1] + b, state_[2] + c, state_[3] + d};
}

void Md5::update(std::span<const std::byte> bytes) {
  feed(bytes, pending_, length_, [this](const std::byte* b) { block(b); });
}

std::string Md5::finish() {
  update(padding(length_, false));
  std::string text;
  for (std::uint32_t word : state_)
    for (int shift = 0; shift < 32; shift += 8) append_byte(text, word >> shift & 255U);
  return text;
}

void Sha256::block(const std::byte* bytes) {
  static const auto constants = sha256_constants();
  std::array<std::uint32_t, 64> words{};
  for (std::size_t i = 0; i < 16; ++i)
    for (std::size_t j = 0; j < 4; ++j) words[i] = words[i] << 8 | std::to_integer<std::uint32_t>(bytes[4 * i + j]);
  for (std::size_t i = 16; i < 64; ++i) {
    const std::uint32_t near = words[i - 15], far = words[i - 2];
    words[i] = words[i - 16] + (std::rotr(near, 7) ^ std::rotr(near, 18) ^ near >> 3) + words[i - 7] +
               (std::rotr(far, 17) ^ std::rotr(far, 19) ^ far >> 10);
  }
  auto [a, b, c, d, e, f, g, h] = state_;
  for (std::size_t i = 0; i < 64; ++i) {
    const std::uint32_t first =
        h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) + ((e & f) ^ (~e & g)) + constants[i] + words[i];
    const std::uint32_t second =
        (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + first;
    d = c;
    c = b;
    b = a;
    a = first + second;
  }
  const std::array<std::uint32_t, 8> mixed{a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < 8; ++i) state_[i] += mixed[i];
}

void Sha256::update(std::span<const std::byte> bytes) {
  feed(bytes, pending_, length_, [this](const std::byte* b) { block(b); });
}

std::string Sha256::finish() {
  update(padding(length_, true));
  std::string text;
  for (std::uint32_t word : state_)
    for (int shift = 24; shift >= 0; shift -= 8) append_byte(text, word >> shift & 255U);
  return text;
}

std::string md5_of_file(const std::filesystem::path& path) { return hash_of_file<Md5>(path); }
std::string sha256_of_file(const std::filesystem::path& path) { return hash_of_file<Sha256>(path); }

std::string md5(std::span<const std::byte> bytes) {
  Md5 hash;
  hash.update(bytes);
  return hash.finish();
}

std::string sha256(std::span<const std::byte> bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

}  // namespace reslab::core
