#include "reslab/train/manifest.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "reslab/core/crc32c.h"
#include "reslab/core/error.h"

namespace reslab::train {
namespace {

Manifest example() {
  return {
      .file = "epoch-0007.safetensors",
      .checksums = {.bytes = 300,
                    .sha256 = std::string(64, 'a'),
                    .sections = {{.name = "header", .begin = 0, .end = 100, .crc32c = 0x01234567},
                                 {.name = "network.\"FC\".weight", .begin = 100, .end = 300, .crc32c = 0xffffffff}}},
      .logs = {{.file = "metrics.csv", .bytes = 5120}, {.file = "epochs.csv", .bytes = 0}}};
}

// Any text with a seal that fits, as somebody who means harm would write it.
std::string sealed(const std::string& body) {
  const std::uint32_t crc32c = core::crc32c(std::as_bytes(std::span(body)));
  return body + ",\n \"crc32c\": \"" + core::hexadecimal(crc32c) + "\"\n}\n";
}

std::string found_in(const std::string& text) {
  try {
    parse_manifest(text, "it");
    return "";
  } catch (const core::DamagedFile& error) {
    return error.parts().found;
  }
}

TEST(Manifest, ReadsBack) { EXPECT_EQ(parse_manifest(format_manifest(example()), "it"), example()); }

RC_GTEST_PROP(Manifest, ReadsBackWhateverItHolds, (const std::vector<std::pair<std::uint16_t, std::uint32_t>>& sizes)) {
  Manifest manifest = example();
  manifest.checksums.sections.clear();
  manifest.checksums.bytes = 0;
  for (const auto& [size, crc32c] : sizes) {
    const std::uint64_t begin = manifest.checksums.bytes;
    manifest.checksums.bytes += size;
    manifest.checksums.sections.push_back(
        {.name = "s" + std::to_string(crc32c), .begin = begin, .end = begin + size, .crc32c = crc32c});
  }
  RC_ASSERT(parse_manifest(format_manifest(manifest), "it") == manifest);
}

TEST(Manifest, RefusesEveryBitFlipped) {
  const std::string text = format_manifest(example());
  for (std::size_t i = 0; i < text.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      std::string other = text;
      other[i] = static_cast<char>(other[i] ^ (1 << bit));
      EXPECT_NE(found_in(other), "") << "byte " << i << ", bit " << bit;
    }
}

TEST(Manifest, RefusesEveryLength) {
  const std::string text = format_manifest(example());
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_NE(found_in(text.substr(0, size)), "") << size;
  EXPECT_NE(found_in(text + "\n"), "");
}

TEST(Manifest, RefusesWhatIsSealedAndWrong) {
  const std::string text = format_manifest(example());
  const std::string body = text.substr(0, text.rfind(",\n \"crc32c\""));
  ASSERT_EQ(found_in(sealed(body)), "");
  struct Case {
    const char *from, *to, *found;
  };
  for (const Case& example :
       {Case{"manifest 1", "manifest 2", "manifest 2"}, Case{"\"bytes\": 300", "\"bytes\": -1", "bytes is no number"},
        Case{"\"bytes\": 300", "\"bytes\": 301", "sections of 300 bytes"},
        Case{"\"begin\": 100", "\"begin\": 99", "a section from 99 to 300"},
        Case{"\"end\": 300", "\"end\": 18446744073709551616", "no number"},
        Case{"epoch-0007", "../../etc/passwd", "file '../../etc/passwd"},
        Case{"\"metrics.csv\"", "\"..\"", "file '..'"}, Case{"\"logs\"", "\"file\"", "twice"},
        Case{"\"logs\"", "\"log\"", "the key 'log'"}, Case{"aaaa\"", "aaaA\"", "sha256"},
        Case{"\"logs\"", "logs", "no JSON"}, Case{"{", "[", "a list out of place"},
        Case{"01234567", "0123456", "crc32c '0123456'"},
        Case{"\"sections\": [", "\"sections\": [[],", "a list out of place"}}) {
    std::string other = body;
    other.replace(other.find(example.from), std::string_view(example.from).size(), example.to);
    EXPECT_NE(found_in(sealed(other)).find(example.found), std::string::npos)
        << example.to << ": " << found_in(sealed(other));
  }
  EXPECT_NE(found_in(sealed(std::string(200 << 10, '['))), "") << "deep nesting";
  std::string keys = "{\"a\": 0";
  while (keys.size() < 200 << 10) keys += ", \"" + std::to_string(keys.size()) + "\": 0";
  EXPECT_NE(found_in(sealed(keys)).find("many keys"), std::string::npos) << found_in(sealed(keys));
  EXPECT_NE(found_in(sealed(std::string(1 << 20, ' '))).find("bytes"), std::string::npos);
  std::string lists = "{\"sections\": [{}";
  while (lists.size() < 200 << 10) lists += ",{}";
  EXPECT_NE(found_in(sealed(lists + "]")).find("many lists"), std::string::npos) << found_in(sealed(lists + "]"));
  EXPECT_NE(found_in(sealed("{\"sections\": {\"a\": 0}")).find("an object out of place"), std::string::npos);
  EXPECT_NE(found_in(sealed("{\"sections\": [[]]")).find("a list out of place"), std::string::npos);
}

}  // namespace
}  // namespace reslab::train
