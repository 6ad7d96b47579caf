// train::parse_manifest, with the bytes as they are, and sealed as if they had been written so.
#include "reslab/train/manifest.h"

#include <cstdlib>
#include <string>

#include "fuzz/target.h"
#include "reslab/core/crc32c.h"

namespace reslab::fuzz {
namespace {

// What is read can be written, and read again to the same.
void read_text(const std::string& text) {
  const train::Manifest manifest = train::parse_manifest(text, "input");
  if (train::parse_manifest(train::format_manifest(manifest), "input") != manifest) std::abort();
}

}  // namespace

void read(std::span<const std::byte> bytes) {
  const std::string text(text_of(bytes));
  read_text(text + ",\n \"crc32c\": \"" + core::hexadecimal(core::crc32c(bytes)) + "\"\n}\n");
  read_text(text);
}

std::vector<std::string> worst_cases() {
  constexpr std::size_t size = (std::size_t{256} << 10) - 64;
  const auto lists = [](const char* unit) { return [=](std::size_t) { return std::string(unit); }; };
  return {repeated("[0", lists(",0"), "]", size), repeated("[[]", lists(",[]"), "]", size),
          repeated("[\"\"", lists(",\"\""), "]", size), repeated("[{}", lists(",{}"), "]", size),
          repeated(
              "{\"a\":0", [](std::size_t i) { return ",\"" + std::to_string(i) + "\":0"; }, "}", size)};
}

}  // namespace reslab::fuzz
