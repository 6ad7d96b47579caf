#include "reslab/pictures/layout.h"

#include <gtest/gtest.h>

#include "pictures/support.h"

namespace reslab::pictures {
namespace {

using support::contains;
using test::examples_of;
using test::PictureFolder;
using test::refusal_of;
using Texts = std::vector<std::string>;

// "split:class:path" of each file.
Texts files_told(const Listing& listing) {
  Texts lines;
  for (const Listed& file : listing.files)
    lines.push_back((file.split ? std::string(name_of(*file.split)) : "-") + ":" + file.label + ":" + file.path);
  return lines;
}

TEST(Layout, RecognisesFoldersOfSplits) {
  const PictureFolder folder;
  for (const char* const name :
       {"train/cat/a.png", "train/dog/deep/b.png", "valid/cat/c.png", "Test/dog/d.png", ".git/x"})
    folder.picture(name);
  const Listing listing = read_layout(folder.path());
  EXPECT_EQ(listing.layout, Layout::split_folders);
  EXPECT_EQ(files_told(listing), (Texts{"test:dog:Test/dog/d.png", "train:cat:train/cat/a.png",
                                        "train:dog:train/dog/deep/b.png", "validation:cat:valid/cat/c.png"}));
  EXPECT_EQ(
      listing.description,
      "folders of splits, 'Test' (1 class folder), 'train' (2 class folders), 'valid' (1 class folder): every visible "
      "folder is named like a split");
}

// A class may be called train; names within names are no splits.
TEST(Layout, TakesFoldersForSplitsOnlyWhereAllAreNamedLikeOne) {
  const PictureFolder folder;
  for (const char* const name : {"train/a.png", "boat/b.png", "test images/c.png"}) folder.picture(name);
  const Listing listing = read_layout(folder.path());
  EXPECT_EQ(listing.layout, Layout::class_folders);
  EXPECT_EQ(files_told(listing),
            (Texts{"-:boat:boat/b.png", "-:test images:test images/c.png", "-:train:train/a.png"}));
  EXPECT_EQ(examples_of(listing.findings, "class-like-split"), Texts{"train"});
  EXPECT_TRUE(contains(listing.description, "folders of classes, 3: 'boat', 'test images' aren't named like a split"))
      << listing.description;
}

TEST(Layout, KeepsWhatLiesBesideAndEmptyFolders) {
  const PictureFolder folder;
  for (const char* const name : {"train/cat/a.png", "train/b.png", "readme.txt", ".DS_Store", "train/cat/._a.png"})
    folder.picture(name);
  folder.folder("train/dog");
  folder.folder("test");
  folder.link("..", "train/cat/loop");
  folder.link("gone", "train/gone");
  const Listing listing = read_layout(folder.path());
  EXPECT_EQ(listing.beside, (Texts{"readme.txt", "train/b.png"}));
  ASSERT_EQ(listing.folders.size(), 2U);
  EXPECT_EQ(listing.folders[1].label, "dog");
  EXPECT_EQ(examples_of(listing.findings, "hidden"), (Texts{".DS_Store", "train/cat/._a.png"}));
  EXPECT_EQ(examples_of(listing.findings, "link-loop"), Texts{"train/cat/loop"});
  EXPECT_EQ(examples_of(listing.findings, "broken-link"), Texts{"train/gone"});
  EXPECT_EQ(examples_of(listing.findings, "empty-split"), Texts{"test"});
}

TEST(Layout, GivesLinkedPicturesTheClassOfTheirLink) {
  const PictureFolder folder;
  folder.picture("store/1.png");
  folder.link("../../store/1.png", "set/cat/a.png");
  folder.link("../store", "set/dog");
  folder.link(".", "set/loop");
  const Listing listing = read_layout(folder / "set");
  EXPECT_EQ(files_told(listing), (Texts{"-:cat:cat/a.png", "-:dog:dog/1.png"}));
  EXPECT_EQ(examples_of(listing.findings, "link-loop"), Texts{"loop"});
}

TEST(Layout, KeepsAnyBytesOfNames) {
  const PictureFolder folder;
  const std::string odd = "caf\xe9 \"x\",\n\x01";
  folder.picture(odd + "/" + odd + ".png");
  folder.picture("plain/a.png");
  const Listing listing = read_layout(folder.path());
  EXPECT_EQ(listing.files[0].label, odd);
  EXPECT_EQ(listing.files[0].path, odd + "/" + odd + ".png");
}

TEST(Layout, RefusesWhatIsNoSuchFolder) {
  const PictureFolder folder;
  const auto refusal = [&](const std::string& name) { return refusal_of([&] { read_layout(folder / name); }); };
  EXPECT_TRUE(contains(refusal("missing"), "missing: No such file or directory"));
  folder.picture("file/a.png");
  EXPECT_TRUE(contains(refusal("file/a.png"), "it is no folder"));
  EXPECT_TRUE(contains(refusal("file"), "1 picture and no class folder")) << refusal("file");
  folder.write("texts/a.txt", "text");
  EXPECT_TRUE(contains(refusal("texts"), "no class folder and no picture"));
  folder.picture("two/val/a/b.png");
  folder.picture("two/validation/a/b.png");
  EXPECT_TRUE(contains(refusal("two"), "two folders for one split, 'val' and 'validation'"));
  folder.picture("bare/train/b.png");
  EXPECT_TRUE(contains(refusal("bare"), "'train' without any class folder"));
}

}  // namespace
}  // namespace reslab::pictures
