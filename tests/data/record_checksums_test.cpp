#include "reslab/data/record_checksums.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/data/cifar10.h"
#include "support/message.h"
#include "support/temporary_folder.h"

namespace reslab::data {
namespace {

namespace fs = std::filesystem;
using support::contains;

std::string message(const auto& call) { return support::message_of<core::UserError>(call); }

// 100, 60 and one record of three bytes.
std::vector<std::byte> some_bytes(std::size_t records) {
  std::vector<std::byte> bytes(3 * records);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 7);
  return bytes;
}

TEST(RecordChecksums, AreReadAsTheyWereWritten) {
  const support::TemporaryFolder folder;
  EXPECT_TRUE(read_record_checksums(folder.path()).empty());
  const RecordChecksums checksums{{"a.bin", record_checksums(some_bytes(260), 3)},
                                  {"b.bin", record_checksums(some_bytes(1), 3)}};
  ASSERT_EQ(checksums.at("a.bin").size(), 3U);
  EXPECT_EQ(checksums.at("a.bin").back().begin, 600U);
  EXPECT_EQ(checksums.at("a.bin").back().end, 780U);
  write_record_checksums(folder.path(), checksums);
  EXPECT_EQ(read_record_checksums(folder.path()), checksums);
}

TEST(RecordChecksums, FindEveryBitAndEveryLength) {
  const std::vector<std::byte> bytes = some_bytes(130);
  const std::vector<RecordChecksum> expected = record_checksums(bytes, 3);
  EXPECT_NO_THROW(check_records(bytes, 3, expected, "x.bin"));
  std::vector<std::byte> damaged = bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      damaged[i] ^= static_cast<std::byte>(1 << bit);
      const std::string said = message([&] { check_records(damaged, 3, expected, "x.bin"); });
      ASSERT_PRED2(contains, said,
                   i < 300 ? "records 0 to 99 (bytes 0 to 299)" : "records 100 to 129 (bytes 300 to 389)");
      damaged[i] = bytes[i];
    }
  for (std::size_t size = 0; size < bytes.size(); ++size)
    ASSERT_PRED2(contains, message([&] { check_records(std::span(bytes).first(size), 3, expected, "x.bin"); }),
                 core::concatenate("it has ", size, " bytes"));
}

// Every byte of the table replaced by every other, and every length: refused, or another table, never anything else.
TEST(RecordChecksums, ADamagedTableIsRefusedOrReadAsATable) {
  const support::TemporaryFolder folder;
  const fs::path path = folder.path() / record_checksums_name;
  write_record_checksums(folder.path(), {{"a.bin", record_checksums(some_bytes(110), 3)}});
  const std::string text = core::read_text(path);
  const auto check = [&](const std::string& damaged) {
    core::AppendFile(path).append("");
    fs::resize_file(path, 0);
    core::AppendFile(path).append(damaged);
    const std::string said = message([&] {
      for (const auto& [file, stretches] : read_record_checksums(folder.path())) {
        std::size_t place = 0;
        for (const RecordChecksum& each : stretches) {
          EXPECT_EQ(each.begin, place);
          EXPECT_GT(each.end, each.begin);
          place = each.end;
        }
      }
    });
    EXPECT_TRUE(said.empty() || contains(said, path.string())) << said;
  };
  std::string damaged = text;
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (int value = 0; value < 256; value += 3) {
      damaged[i] = static_cast<char>(value);
      check(damaged);
    }
    damaged[i] = text[i];
  }
  for (std::size_t size = 0; size < text.size(); ++size) check(text.substr(0, size));
}

TEST(RecordChecksums, AreComparedWhenADataSetIsRead) {
  const support::TemporaryFolder folder;
  std::string all(2 * cifar10_record_bytes, '\x07');
  for (const CifarFile& file : cifar10_files) core::write_file(folder.path() / file.name, all);
  EXPECT_EQ(read_cifar10(folder.path()).train.size(), 10);
  write_cifar10_checksums(folder.path());
  EXPECT_EQ(read_cifar10(folder.path()).train.size(), 10);
  const fs::path path = folder.path() / cifar10_files[3].name;
  all[5000] = '\x06';
  core::write_file(path, all);
  EXPECT_PRED2(contains, message([&] { read_cifar10(folder.path()); }),
               path.string() + ": damage in the records 0 to 1");
  // Changed on purpose.
  write_cifar10_checksums(folder.path());
  EXPECT_EQ(read_cifar10(folder.path()).train.size(), 10);
  core::write_file(path, all + all);
  EXPECT_PRED2(contains, message([&] { read_cifar10(folder.path()); }), "it has 12292 bytes");
  EXPECT_PRED2(contains, message([&] { read_cifar10(folder.path()); }), "data checksum");
  // Cut off within a record, it can't be meant.
  core::write_file(path, all.substr(1));
  EXPECT_PRED2(contains, message([&] { read_cifar10(folder.path()); }), "it has 6145 bytes");
  EXPECT_FALSE(contains(message([&] { read_cifar10(folder.path()); }), "data checksum"));
  core::write_file(path, "");
  EXPECT_PRED2(contains, message([&] { read_cifar10(folder.path()); }), "it has 0 bytes");
  EXPECT_FALSE(contains(message([&] { read_cifar10(folder.path()); }), "data checksum"));
  core::write_file(path, all + all);
  // A table that doesn't name a file says that there is nothing in it.
  RecordChecksums checksums = read_record_checksums(folder.path());
  checksums.erase("data_batch_1.bin");
  write_record_checksums(folder.path(), checksums);
  EXPECT_PRED2(contains, message([&] { read_cifar10(folder.path()); }), "data_batch_1.bin: it has 6146 bytes");
}

}  // namespace
}  // namespace reslab::data
