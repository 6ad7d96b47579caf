#include "reslab/pictures/record_file.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "reslab/core/crc32c.h"
#include "reslab/core/file.h"
#include "reslab/core/temporary_folder.h"
#include "reslab/pictures/number_bytes.h"

namespace reslab::pictures {
namespace {

std::vector<std::byte> bytes_of(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

const Records three{{"a", std::string(40, 'x')}, {"b" + std::string(31, '\0'), ""}, {"c", std::string(31, '\xff')}};

RC_GTEST_PROP(RecordFile, gives_back_what_was_written, ()) {
  const auto values = *rc::gen::arbitrary<std::map<std::string, std::string>>();
  Records records;
  for (const auto& [key, value] : values) records.emplace(key, value + std::string(32, 'v'));
  const auto about = *rc::gen::arbitrary<std::string>();
  const auto file = RecordFile::parse(bytes_of(record_text("kind", about, records)), "kind", about);
  RC_ASSERT(file.has_value());
  RC_ASSERT(file->size() == records.size());
  for (const auto& [key, value] : records) RC_ASSERT(file->find(key) == std::string_view(value));
  const auto other = *rc::gen::arbitrary<std::string>();
  RC_ASSERT(file->find(other).has_value() == records.contains(other));
}

TEST(RecordFile, NoticesEveryFlippedBitAndEveryCut) {
  const std::string text = record_text("kind", "about", three);
  ASSERT_TRUE(RecordFile::parse(bytes_of(text), "kind", "about"));
  for (std::size_t bit = 0; bit < 8 * text.size(); ++bit) {
    std::string flipped = text;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(RecordFile::parse(bytes_of(flipped), "kind", "about")) << bit;
  }
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(RecordFile::parse(bytes_of(text.substr(0, size)), "kind", "about")) << size;
  EXPECT_FALSE(RecordFile::parse(bytes_of(text + '\0'), "kind", "about"));
}

TEST(RecordFile, IsNoneOfAnotherKindOrOtherOptions) {
  const std::string text = record_text("kind", "about", three);
  EXPECT_FALSE(RecordFile::parse(bytes_of(text), "kind 2", "about"));
  EXPECT_FALSE(RecordFile::parse(bytes_of(text), "kind", "about this"));
}

// A right checksum makes nothing right by itself: the file may come from another program.
TEST(RecordFile, RefusesWhatIsNoListOfRecordsBehindARightChecksum) {
  const auto sealed = [](std::string text) {
    append_number<std::uint32_t>(text, core::crc32c(std::as_bytes(std::span(text))));
    return bytes_of(text);
  };
  const auto parses = [&](const std::string& text) { return RecordFile::parse(sealed(text), "", "").has_value(); };
  const std::string none(8, '\0');
  const std::string record = std::string("\1\0\0\0\40\0\0\0", 8) + 'k' + std::string(32, 'v');
  EXPECT_TRUE(parses(none + std::string(8, '\0')));
  EXPECT_TRUE(parses(none + std::string("\1\0\0\0\0\0\0\0", 8) + record));
  EXPECT_FALSE(parses(none + std::string("\2\0\0\0\0\0\0\0", 8) + record)) << "fewer than it says";
  EXPECT_FALSE(parses(none + std::string("\2\0\0\0\0\0\0\0", 8) + record + record)) << "the same key twice";
  EXPECT_FALSE(parses(none + std::string("\0\0\0\0\0\0\0\0", 8) + record)) << "more than it says";
  EXPECT_FALSE(parses(none + std::string(8, '\xff') + record)) << "a number beyond all bounds";
  EXPECT_FALSE(parses(none.substr(0, 7)));
}

TEST(RecordFile, IsNoneWhereThereIsNoFile) {
  const core::TemporaryFolder folder;
  EXPECT_FALSE(read_record_file(folder.path() / "gone", "kind", ""));
  EXPECT_FALSE(read_record_file(folder.path(), "kind", ""));
  write_record_file(folder.path() / "there", "kind", "", three);
  const auto file = read_record_file(folder.path() / "there", "kind", "");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->find("a"), std::string_view(three.at("a")));
}

TEST(RecordFile, MayBeAsLargeAsWhatItIsAbout) {
  const core::TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "there";
  const std::string value(std::size_t{50} << 20, 'v');
  write_record_file(file, "kind", "", {{"a", value}, {"b", value}, {"c", value + 'c'}});
  std::vector<std::string> said;
  const auto read = [&](std::uint64_t pictures) {
    return read_record_file(
        file, "kind", "",
        {.limit = most_record_bytes(pictures, 0), .say = [&](const std::string& text) { said.push_back(text); }});
  };
  const auto all = read(100'000);
  ASSERT_TRUE(all);
  EXPECT_EQ(all->find("c"), std::string_view(value + 'c'));
  EXPECT_TRUE(said.empty());
  EXPECT_FALSE(read(100));
  ASSERT_EQ(said.size(), 1U);
  EXPECT_NE(said[0].find("isn't used, since it has 157.3 MB, and what it is about takes 134.3 MB at most"),
            std::string::npos)
      << said[0];
}

}  // namespace
}  // namespace reslab::pictures
