#include "reslab/serialization/checksums.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/hash.h"
#include "reslab/serialization/safetensors.h"

namespace reslab::serialization {
namespace {

namespace fs = std::filesystem;

class Checked : public testing::Test {
 protected:
  void SetUp() override { sums_ = write_safetensors(path_, {{"a", at::arange(5)}, {"b", at::ones({3})}}); }
  void TearDown() override { fs::remove(path_); }

  std::string found() const {
    try {
      verify(path_, sums_);
      return "";
    } catch (const core::DamagedFile& error) {
      return error.parts().found;
    }
  }

  fs::path path_ = fs::temp_directory_path() / ("reslab-checksums-" + std::to_string(::getpid()));
  Checksums sums_;
};

TEST_F(Checked, CoverTheFileWithoutGaps) {
  EXPECT_EQ(sums_.bytes, fs::file_size(path_));
  EXPECT_EQ(sums_.sha256, core::sha256_of_file(path_));
  ASSERT_EQ(sums_.sections.size(), 3U);
  EXPECT_EQ(sums_.sections[0].begin, 0U);
  EXPECT_EQ(sums_.sections[1], (Section{.name = "a",
                                        .begin = sums_.sections[0].end,
                                        .end = sums_.sections[0].end + 40,
                                        .crc32c = sums_.sections[1].crc32c}));
  EXPECT_EQ(sums_.sections[2].end, sums_.bytes);
  EXPECT_EQ(found(), "");
}

TEST_F(Checked, EveryFlippedByteIsFoundInItsSection) {
  const std::string bytes = core::read_text(path_);
  for (const Section& section : sums_.sections)
    for (std::uint64_t i = section.begin; i < section.end; ++i) {
      std::string other = bytes;
      other[i] = static_cast<char>(~other[i]);
      core::write_file(path_, other);
      EXPECT_NE(found().find("damage in its section " + section.name), std::string::npos) << i << ": " << found();
    }
}

TEST_F(Checked, EveryOtherLengthIsFound) {
  const std::string bytes = core::read_text(path_);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    core::write_file(path_, bytes.substr(0, size));
    EXPECT_EQ(found(), "it has " + std::to_string(size) + " bytes");
  }
  core::write_file(path_, bytes + "x");
  EXPECT_NE(found(), "");
}

TEST_F(Checked, AFileThatIsNotThereIsSaid) {
  fs::remove(path_);
  EXPECT_NE(found().find("No such file"), std::string::npos);
}

}  // namespace
}  // namespace reslab::serialization
