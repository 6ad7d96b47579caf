#include "reslab/pictures/folder_walk.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "pictures/support.h"

namespace reslab::pictures {
namespace {

using test::PictureFolder;
using Paths = std::vector<std::string>;

FolderWalk walk_below(const std::string& folder) { return walk_folder(folder, chain_above(folder)); }

TEST(FolderWalk, FindsFilesHoweverDeepInTheOrderOfTheirBytes) {
  const PictureFolder folder;
  for (const char* const name : {"b.png", "a/z.png", "a/b/c/d.png", "a.png", "caf\xe9.png", "B.png"})
    folder.picture(name);
  folder.folder("empty/too");
  EXPECT_EQ(walk_below(folder.path()).files,
            (Paths{"B.png", "a.png", "a/b/c/d.png", "a/z.png", "b.png", "caf\xe9.png"}));
}

TEST(FolderWalk, PassesOverHiddenEntriesAndJunkAndCountsThem) {
  const PictureFolder folder;
  for (const char* const name : {"a.png", ".DS_Store", "._a.png", ".ipynb_checkpoints/a-checkpoint.png", "Thumbs.db",
                                 "THUMBS.DB", "x/desktop.ini", "__MACOSX/a.png", "x/.hidden/deep/b.png"})
    folder.picture(name);
  const FolderWalk found = walk_below(folder.path());
  EXPECT_EQ(found.files, Paths{"a.png"});
  EXPECT_EQ(found.junk, (Paths{".DS_Store", "._a.png", ".ipynb_checkpoints", "THUMBS.DB", "Thumbs.db", "__MACOSX",
                               "x/.hidden", "x/desktop.ini"}));
  EXPECT_FALSE(is_junk("thumbs.png"));
  EXPECT_FALSE(is_junk("a.b"));
}

TEST(FolderWalk, FollowsLinksOnceAndNamesLoops) {
  const PictureFolder folder;
  folder.picture("class/real/a.png");
  folder.picture("elsewhere/b.png");
  folder.link("../elsewhere/b.png", "class/one.png");
  folder.link("../elsewhere", "class/more");
  folder.link("../elsewhere", "class/again");
  folder.link("real", "class/copy");
  folder.link("..", "class/real/up");
  folder.link("../..", "class/real/out");
  folder.link("/", "class/real/top");
  folder.link("nowhere", "class/broken.png");
  folder.link("self", "class/self");
  const FolderWalk found = walk_below(folder / "class");
  EXPECT_EQ(found.files, (Paths{"again/b.png", "one.png", "real/a.png"}));
  EXPECT_EQ(found.repeated, (Paths{"copy", "more"})) << "the real folder first, links in their order";
  EXPECT_EQ(found.loops, (Paths{"real/out", "real/top", "real/up"}));
  EXPECT_EQ(found.broken_links, (Paths{"broken.png", "self"}));
}

// Each of n folders has two links to the next: 2^n paths lead to the last.
TEST(FolderWalk, ReadsEachFolderOnceHoweverManyLinksLeadToIt) {
  const PictureFolder folder;
  constexpr int depth = 40;
  for (int i = 0; i < depth; ++i) {
    folder.link("../f" + std::to_string(i + 1), "f" + std::to_string(i) + "/a");
    folder.link("../f" + std::to_string(i + 1), "f" + std::to_string(i) + "/b");
  }
  folder.picture("f" + std::to_string(depth) + "/p.png");
  const FolderWalk found = walk_below(folder / "f0");
  EXPECT_EQ(found.files.size(), 1U);
  EXPECT_EQ(found.repeated.size(), static_cast<std::size_t>(depth));
}

TEST(FolderWalk, NamesWhatItCannotRead) {
  const PictureFolder folder;
  folder.picture("a.png");
  ASSERT_EQ(::mkfifo((folder / "pipe.png").c_str(), 0600), 0);
  EXPECT_EQ(walk_below(folder.path()).special, Paths{"pipe.png"});
  const FolderWalk missing = walk_below(folder / "missing");
  ASSERT_EQ(missing.unreadable.size(), 1U);
  EXPECT_EQ(missing.unreadable[0].path, "");
  EXPECT_EQ(missing.unreadable[0].error, ENOENT);
  folder.folder("closed");
  std::filesystem::permissions(folder / "closed", std::filesystem::perms::none);
  // root may read everything.
  const FolderWalk closed = walk_below(folder.path());
  if (::geteuid() == 0) {
    EXPECT_TRUE(closed.unreadable.empty());
  } else {
    ASSERT_EQ(closed.unreadable.size(), 1U);
    EXPECT_EQ(closed.unreadable[0].error, EACCES);
  }
  std::filesystem::permissions(folder / "closed", std::filesystem::perms::owner_all);
}

}  // namespace
}  // namespace reslab::pictures
