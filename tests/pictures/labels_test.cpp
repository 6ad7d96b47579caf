#include "reslab/pictures/labels.h"

#include <gtest/gtest.h>

#include "pictures/support.h"
#include "reslab/pictures/list_columns.h"

namespace reslab::pictures {
namespace {

using support::contains;
using test::examples_of;
using test::refusal_of;
using Texts = std::vector<std::string>;

Listing listing_of(const std::string& text, const std::string& columns = "", const std::string& delimiter = ",") {
  return parse_list(text, {.file = "folder/list.csv", .columns = columns, .delimiter = delimiter});
}

// "path:label:split:group" of each row.
Texts rows_told(const Listing& listing) {
  Texts lines;
  for (const Listed& file : listing.files)
    lines.push_back(file.path + ":" + file.label + ":" + (file.split ? std::string(name_of(*file.split)) : "-") + ":" +
                    file.group);
  return lines;
}

std::string list_refusal(const std::string& text, const std::string& columns = "", const std::string& delimiter = ",") {
  return refusal_of([&] { listing_of(text, columns, delimiter); });
}

TEST(Labels, ReadsColumnsByTheirNamesInTheHeader) {
  EXPECT_EQ(rows_told(listing_of("path,label\na.png,cat\nb.png,dog\n")), (Texts{"a.png:cat:-:", "b.png:dog:-:"}));
  EXPECT_EQ(rows_told(listing_of("group,split,note,label,path\np1,val,x,cat,a.png\np2,Train,,dog,b.png\n")),
            (Texts{"a.png:cat:validation:p1", "b.png:dog:train:p2"}));
  EXPECT_EQ(rows_told(listing_of("file,breed\na.png,beagle\n", "path=file,label=breed")), Texts{"a.png:beagle:-:"});
  EXPECT_EQ(rows_told(listing_of("path,breed\na.png,beagle\n", "label=breed")), Texts{"a.png:beagle:-:"});
}

TEST(Labels, ReadsColumnsByNumberWithoutAHeader) {
  EXPECT_EQ(rows_told(listing_of("images/cell0001.png  1.0   mono\nimages/cell0002.png  0.0   poly\n",
                                 "path=1,label=2,group=3", "space")),
            (Texts{"images/cell0001.png:1.0:-:mono", "images/cell0002.png:0.0:-:poly"}));
}

TEST(Labels, PathsAreRelativeToTheListOrTheDataFolder) {
  EXPECT_EQ(listing_of("path,label\na,b\n").root, "folder");
  EXPECT_EQ(parse_list("path,label\na,b\n", {.file = "list.csv"}).root, ".");
  EXPECT_EQ(parse_list("path,label\na,b\n", {.file = "folder/list.csv", .data = "photos"}).root, "photos");
  EXPECT_EQ(rows_told(listing_of("path,label\n./a//b.png,x\n/abs/./c.png,y\n../d.png,z\n")),
            (Texts{"a/b.png:x:-:", "/abs/c.png:y:-:", "../d.png:z:-:"}));
  EXPECT_EQ(full_path("root", "/abs/c.png"), "/abs/c.png");
}

TEST(Labels, RefusesAPathWithTwoLabelsAndNamesBothLines) {
  const std::string message = list_refusal("path,label\na.png,cat\nb.png,dog\n./a.png,dog\n");
  EXPECT_TRUE(
      contains(message, "folder/list.csv, line 4, column 1: 'a.png' with the label 'dog', and with 'cat' in line 2"))
      << message;
  EXPECT_TRUE(contains(list_refusal("path,label,split\na,cat,train\na,cat,test\n"),
                       "the split 'test', and with 'train' in line 2"));
  EXPECT_TRUE(contains(list_refusal("path,label,group\na,cat,1\na,cat,2\n"), "the group '2', and with '1' in line 2"));
  const Listing twice = listing_of("path,label\na.png,cat\na.png,cat\n");
  EXPECT_EQ(twice.files.size(), 1U);
  EXPECT_EQ(examples_of(twice.findings, "listed-twice"), Texts{"a.png: lines 2 and 3"});
}

TEST(Labels, SaysWhichColumnIsMissing) {
  EXPECT_TRUE(contains(list_refusal("paht,label\na,b\n"), "a header without 'path': paht, label"))
      << list_refusal("paht,label\na,b\n");
  EXPECT_TRUE(contains(list_refusal("paht,label\na,b\n"), "did you mean 'paht'?"));
  EXPECT_TRUE(contains(list_refusal("path,label,path\na,b,c\n"), "a second column named 'path'"));
  EXPECT_TRUE(contains(list_refusal("path,label\na,b\n", "split=fold"), "a header without 'fold'"));
  EXPECT_TRUE(contains(list_refusal("a,b\n", "path=1,label=3"), "2 columns, where label is to be column 3"));
  EXPECT_TRUE(contains(list_refusal("a,b\n", "path=0,label=1"), "path is to be column 0"));
}

TEST(Labels, RefusesColumnsThatMakeNoSense) {
  for (const char* const columns :
       {"path", "path=", "=1", "name=1,label=2", "path=1,path=2,label=3", "path=1,label=cat", "path=1", "label=2", ","})
    EXPECT_TRUE(contains(refusal_of([&] { parse_columns(columns); }), "use the columns")) << columns;
  EXPECT_TRUE(parse_columns("path=1,label=2").by_number);
  EXPECT_FALSE(parse_columns("").by_number);
}

TEST(Labels, RefusesEmptyValuesAndUnknownSplits) {
  EXPECT_TRUE(contains(list_refusal("path,label\n,cat\n"), "line 2, column 1: an empty path"));
  EXPECT_TRUE(contains(list_refusal("path,label\na.png,\n"), "line 2, column 7: an empty label"));
  EXPECT_TRUE(contains(list_refusal("path,label,split\na,cat,trian\n"), "line 2, column 7: the split 'trian'"));
  EXPECT_TRUE(contains(list_refusal("path,label,split\na,cat,train\nb,cat,\n"),
                       "line 3, column 7: no split, where other rows have one"));
  EXPECT_TRUE(contains(list_refusal("path,label\n"), "no row"));
  EXPECT_TRUE(contains(list_refusal(""), "no row"));
  EXPECT_TRUE(contains(list_refusal(std::string("path,label\na\0b,cat\n", 19)), "a byte 0"));
  EXPECT_FALSE(listing_of("path,label,split\na,cat,\nb,cat,\n").files[0].split) << "a column without any value";
}

}  // namespace
}  // namespace reslab::pictures
