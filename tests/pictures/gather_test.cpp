#include "reslab/pictures/gather.h"

#include <gtest/gtest.h>

#include "pictures/support.h"
#include "reslab/pictures/labels.h"
#include "reslab/pictures/layout.h"

namespace reslab::pictures {
namespace {

using support::contains;
using test::examples_of;
using test::find_kind;
using test::PictureFolder;
using test::png;
using test::refusal_of;
using Texts = std::vector<std::string>;

Texts paths_of(const Gathered& found) {
  Texts paths;
  for (const Candidate& picture : found.pictures) paths.push_back(picture.path);
  return paths;
}

TEST(Gather, OrdersPicturesByFileNameThenByPath) {
  const PictureFolder folder;
  for (const char* const name : {"z/1.png", "a/2.png", "a/x/1.png", "a/10.png"}) folder.picture(name);
  EXPECT_EQ(paths_of(gather(read_layout(folder.path()), {})), (Texts{"a/x/1.png", "z/1.png", "a/10.png", "a/2.png"}));
}

TEST(Gather, LeavesOutAndNamesWhatIsNoPicture) {
  const PictureFolder folder;
  folder.picture("cat/a.png");
  folder.write("cat/b.png", "");
  folder.write("cat/c.png", "a text");
  folder.write("cat/d.jpg", "GIF89a");
  folder.picture("beside.png");
  folder.write("list.csv", "path,label");
  const Gathered found = gather(read_layout(folder.path()), {.threads = 2});
  EXPECT_EQ(paths_of(found), Texts{"cat/a.png"});
  EXPECT_EQ(examples_of(found.findings, "empty-file"), Texts{"cat/b.png"});
  EXPECT_EQ(examples_of(found.findings, "not-read"), Texts{"cat/d.jpg (GIF)"});
  EXPECT_EQ(examples_of(found.findings, "no-picture"), (Texts{"cat/c.png", "list.csv"}));
  EXPECT_EQ(examples_of(found.findings, "beside-classes"), Texts{"beside.png"});
  ASSERT_TRUE(find_kind(found.findings, "no-picture") != nullptr && find_kind(found.findings, "not-read") != nullptr);
  EXPECT_EQ(find_kind(found.findings, "no-picture")->severity, Severity::note);
  EXPECT_EQ(find_kind(found.findings, "not-read")->severity, Severity::skipped);
  Texts reasons;
  for (const LeftOut& left : found.left_out) reasons.push_back(left.reason + ":" + left.path + ":" + left.label);
  EXPECT_EQ(reasons, (Texts{"empty-file:cat/b.png:cat", "not-read:cat/d.jpg:cat", "beside-classes:beside.png:"}));
}

TEST(Gather, NamesListedFilesThatAreMissing) {
  const PictureFolder folder;
  folder.picture("a.png");
  folder.write("b.txt", "text");
  const Listing listing =
      parse_list("path,label\na.png,x\nb.txt,x\nsub\\c.png,x\nd.png,y\n", {.file = folder / "list.csv"});
  const Gathered found = gather(listing, {});
  EXPECT_EQ(paths_of(found), Texts{"a.png"});
  EXPECT_EQ(examples_of(found.findings, "missing"), (Texts{"d.png", "sub\\c.png"}));
  ASSERT_NE(find_kind(found.findings, "missing"), nullptr);
  EXPECT_TRUE(contains(find_kind(found.findings, "missing")->text, "2 listed files missing below"));
  EXPECT_TRUE(contains(find_kind(found.findings, "missing")->text, "backslash"));
  EXPECT_EQ(examples_of(found.findings, "listed-no-picture"), Texts{"b.txt"});
}

TEST(Gather, LeavesOutAllCopiesWithDifferentLabelsAndCountsOthers) {
  const PictureFolder folder;
  folder.write("cat/1.png", png("both"));
  folder.write("dog/2.png", png("both"));
  folder.write("dog/3.png", png("both"));
  folder.write("dog/4.png", png("dog"));
  folder.write("dog/5.png", png("dog"));
  folder.write("cat/6.png", png("cat"));
  const Gathered found = gather(read_layout(folder.path()), {});
  EXPECT_EQ(paths_of(found), (Texts{"dog/4.png", "dog/5.png", "cat/6.png"}));
  const Finding* const labels = find_kind(found.findings, "two-labels");
  ASSERT_NE(labels, nullptr);
  EXPECT_EQ(labels->count, 3U);
  EXPECT_EQ(labels->severity, Severity::skipped);
  EXPECT_EQ(labels->examples, Texts{"cat/1.png (cat) = dog/2.png (dog) = dog/3.png (dog)"});
  EXPECT_EQ(examples_of(found.findings, "duplicate"), Texts{"dog/4.png = dog/5.png"});
  ASSERT_NE(find_kind(found.findings, "duplicate"), nullptr);
  EXPECT_EQ(find_kind(found.findings, "duplicate")->count, 1U);
  EXPECT_TRUE(contains(find_kind(found.findings, "duplicate")->text, "except where a folder or a list parts them"));
}

TEST(Gather, NamesAllContradictionsHoweverMany) {
  const PictureFolder folder;
  for (int i = 0; i < 30; ++i)
    for (const char* const label : {"cat/", "dog/"}) folder.write(label + std::to_string(i), png(std::to_string(i)));
  EXPECT_EQ(examples_of(gather(read_layout(folder.path()), {}).findings, "two-labels").size(), 30U);
}

TEST(Gather, GroupsByPatternOrList) {
  const PictureFolder folder;
  for (const char* const name : {"cat/p1_a.png", "cat/p2_a.png", "dog/p1_b.png", "dog/none.png"}) folder.picture(name);
  const Gathered found = gather(read_layout(folder.path()), {.group_by = "(p[0-9])_"});
  EXPECT_EQ(found.groups, (Texts{"p1", "p2"}));
  ASSERT_EQ(paths_of(found), (Texts{"dog/none.png", "cat/p1_a.png", "dog/p1_b.png", "cat/p2_a.png"}));
  EXPECT_EQ(found.pictures[0].group, -1);
  EXPECT_EQ(found.pictures[2].group, 0);
  EXPECT_EQ(examples_of(found.findings, "no-group"), Texts{"dog/none.png"});
  const Listing listing = parse_list("path,label,group\ncat/p1_a.png,x,g\n", {.file = folder / "list.csv"});
  EXPECT_EQ(gather(listing, {}).groups, Texts{"g"});
  EXPECT_TRUE(contains(refusal_of([&] { gather(listing, {.group_by = "(p)"}); }), "groups in the list"));
}

}  // namespace
}  // namespace reslab::pictures
