#include "reslab/core/temporary_folder.h"

#include <gtest/gtest.h>

#include "core/support.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "support/environment.h"

namespace reslab::core {
namespace {

namespace fs = std::filesystem;

TEST(TemporaryFolder, IsMadeWhereTmpdirSaysAndGoesWithTheObject) {
  const test::TestFolder outer;
  const support::EnvironmentVariable chosen("TMPDIR", outer.path().string());
  fs::path path;
  {
    const TemporaryFolder folder("some");
    path = folder.path();
    EXPECT_EQ(path.parent_path(), outer.path());
    EXPECT_TRUE(path.filename().string().starts_with("some-")) << path;
    write_file(path / "a", "text");
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(TemporaryFolder, IsMadeElsewhereWhereTmpdirCannotBeUsed) {
  const test::TestFolder outer;
  write_file(outer / "file", "");
  for (const std::string& wrong : {std::string("/none"), (outer / "file").string(), std::string()}) {
    const support::EnvironmentVariable chosen("TMPDIR", wrong);
    const TemporaryFolder folder;
    EXPECT_TRUE(folder.path().parent_path() == fs::canonical("/tmp") ||
                folder.path().parent_path() == fs::canonical("/var/tmp"))
        << wrong << folder.path();
  }
}

}  // namespace
}  // namespace reslab::core
