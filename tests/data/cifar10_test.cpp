#include "reslab/data/cifar10.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <unistd.h>

#include <filesystem>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/random.h"

namespace reslab::data {
namespace {

using core::UserError;

std::vector<std::byte> random_records(std::size_t count, std::uint32_t sample = 0) {
  core::Random random({.seed = 5, .sample = sample});
  std::vector<std::byte> bytes(count * cifar10_record_bytes);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::byte>(random.below(i % cifar10_record_bytes == 0 ? 10 : 256));
  return bytes;
}

// The message of the error that parsing gives, or "" when it gives none.
std::string refusal(const std::vector<std::byte>& bytes) {
  try {
    parse_cifar10(bytes, "some.bin");
    return "";
  } catch (const UserError& error) {
    return error.what();
  }
}

struct TemporaryFolder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / core::concatenate("reslab-cifar10-test-", ::getpid());
  TemporaryFolder() { core::make_directories(path); }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
};

void write_records(const std::filesystem::path& path, const std::vector<std::byte>& bytes) {
  core::write_file(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

TEST(ParseCifar10, PutsEachByteWhereItsPixelIs) {
  const std::vector<std::byte> bytes = random_records(3);
  const Cifar10Records records = parse_cifar10(bytes, "some.bin");
  ASSERT_EQ(records.images.sizes(), (std::vector<std::int64_t>{3, 32, 32, 3}));
  ASSERT_EQ(records.images.scalar_type(), at::kByte);
  ASSERT_EQ(records.labels.scalar_type(), at::kLong);
  const auto images = records.images.accessor<std::uint8_t, 4>();
  for (std::int64_t n = 0; n < 3; ++n) {
    const std::byte* record = bytes.data() + n * static_cast<std::int64_t>(cifar10_record_bytes);
    EXPECT_EQ(records.labels[n].item<std::int64_t>(), static_cast<std::int64_t>(record[0]));
    for (std::int64_t c = 0; c < 3; ++c)
      for (std::int64_t row = 0; row < 32; ++row)
        for (std::int64_t column = 0; column < 32; ++column)
          ASSERT_EQ(images[n][row][column][c], static_cast<std::uint8_t>(record[1 + c * 1024 + row * 32 + column]));
  }
}

TEST(ParseCifar10, RefusesEveryLengthThatIsNoWholeNumberOfRecords) {
  EXPECT_TRUE(rc::check("a buffer is read exactly when its length is a positive multiple of a record's", [] {
    const auto size = *rc::gen::oneOf(
        rc::gen::inRange<std::size_t>(0, 4 * cifar10_record_bytes),
        rc::gen::map(rc::gen::inRange<std::size_t>(0, 5), [](std::size_t n) { return n * cifar10_record_bytes; }));
    const std::vector<std::byte> bytes(size);
    const std::string message = refusal(bytes);
    RC_ASSERT(message.empty() == (size > 0 && size % cifar10_record_bytes == 0));
    if (!message.empty()) RC_ASSERT(message.find("some.bin") != std::string::npos);
  }));
}

TEST(ParseCifar10, RefusesALabelAboveNine) {
  std::vector<std::byte> bytes = random_records(2);
  for (int label = 0; label < 256; ++label) {
    bytes[cifar10_record_bytes] = static_cast<std::byte>(label);
    const std::string message = refusal(bytes);
    EXPECT_EQ(message.empty(), label < 10) << label;
    const std::string place = label < 10 ? "" : core::concatenate("label ", label, " in record 1");
    EXPECT_NE(message.find(place), std::string::npos) << message;
  }
}

TEST(ParseCifar10, AFlippedBitIsEitherAWrongLabelOrOneWrongPixel) {
  const std::vector<std::byte> good = random_records(2);
  const Cifar10Records expected = parse_cifar10(good, "some.bin");
  EXPECT_TRUE(rc::check("one flipped bit", [&] {
    const auto place = *rc::gen::oneOf(rc::gen::inRange<std::size_t>(0, good.size()),
                                       rc::gen::element<std::size_t>(0, cifar10_record_bytes));
    const auto bit = *rc::gen::inRange(0, 8);
    std::vector<std::byte> bytes = good;
    bytes[place] ^= std::byte{1} << bit;
    const bool is_label = place % cifar10_record_bytes == 0;
    const std::string message = refusal(bytes);
    RC_ASSERT(message.empty() == !(is_label && static_cast<int>(bytes[place]) > 9));
    if (!message.empty()) {
      RC_ASSERT(message.find(core::concatenate("record ", place / cifar10_record_bytes)) != std::string::npos);
      return;
    }
    const Cifar10Records read = parse_cifar10(bytes, "some.bin");
    RC_ASSERT((read.images != expected.images).sum().item<std::int64_t>() == (is_label ? 0 : 1));
    RC_ASSERT((read.labels != expected.labels).sum().item<std::int64_t>() == (is_label ? 1 : 0));
  }));
}

TEST(ReadCifar10, NumbersTheSamplesInTheOrderOfTheFiles) {
  const TemporaryFolder folder;
  std::vector<at::Tensor> images;
  for (std::uint32_t i = 0; i < 6; ++i) {
    write_records(folder.path / cifar10_files[i].name, random_records(i + 1, i));
    images.push_back(parse_cifar10(random_records(i + 1, i), "").images);
  }
  const Splits splits = read_cifar10(folder.path);
  EXPECT_EQ(splits.train.size(), 15);
  EXPECT_EQ(splits.test.size(), 6);
  EXPECT_TRUE(at::equal(splits.test.tensor(), images.back()));
  images.pop_back();
  EXPECT_TRUE(at::equal(splits.train.tensor(), at::cat(images)));
  EXPECT_EQ(splits.train.name, "cifar10 train");
  EXPECT_EQ(splits.test.classes().at(3), "cat");
}

TEST(ReadCifar10, NamesTheFileThatIsMissingOrTooLong) {
  const TemporaryFolder folder;
  for (const CifarFile& file : cifar10_files) write_records(folder.path / file.name, random_records(1));
  write_records(folder.path / "data_batch_4.bin", random_records(cifar10_records_per_file + 1));
  const auto message = [&] {
    try {
      read_cifar10(folder.path);
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_NE(message().find("data_batch_4.bin"), std::string::npos);
  std::filesystem::remove(folder.path / "data_batch_2.bin");
  EXPECT_NE(message().find("data_batch_2.bin"), std::string::npos);
}

}  // namespace
}  // namespace reslab::data
