#include "reslab/report/test_sets.h"

#include <gtest/gtest.h>

#include "reslab/core/file.h"
#include "reslab/core/temporary_folder.h"
#include "support/message.h"

namespace reslab::report {
namespace {

using support::contains;

// A picture of a run: what it holds, its class, its split and what the network says of it.
struct Kept {
  char content;
  std::string label, split, predicted = "";
};

class TestSetsOfRuns : public testing::Test {
 protected:
  // Paths begin with the run's name, so that contents alone are alike.
  void keep(const std::string& name, const std::vector<Kept>& pictures, bool hashes = true) {
    const track::RunFolder run{folder_.path() / name};
    std::filesystem::create_directories(run.path);
    std::string splits = hashes ? "path,label,split,group,hash\n" : "path,label,split,group\n";
    std::string predictions = "sample,actual,predicted,probability\n";
    int sample = 0;
    for (const Kept& each : pictures) {
      splits += (hashes ? name : "") + "/" + each.content + ".jpg," + each.label + ',' + each.split + ',' +
                (hashes ? "," + std::string(64, each.content) : "") + '\n';
      if (each.split == "test")
        predictions += std::to_string(sample++) + ',' + each.label + ',' + each.predicted + ",0.5\n";
    }
    core::write_file(run.splits(), splits);
    core::write_file(run.predictions(), predictions);
    runs_.push_back(run);
  }

  std::string said(const TestSets& sets) const {
    std::string text;
    for (const std::string& sentence : sets.sentences) text += sentence + '\n';
    return text;
  }

  const core::TemporaryFolder folder_;
  std::vector<track::RunFolder> runs_;
};

TEST_F(TestSetsOfRuns, AreTheSameWhereverTheFilesLie) {
  keep("one", {{'a', "cat", "test", "cat"}, {'b', "dog", "test", "cat"}, {'c', "cat", "train"}, {'d', "dog", "train"}});
  keep("two", {{'d', "dog", "train"}, {'b', "dog", "test", "dog"}, {'a', "cat", "test", "cat"}, {'c', "cat", "train"}});
  const TestSets sets = compare_test_sets(runs_);
  EXPECT_TRUE(sets.known && sets.same && sets.by_content);
  EXPECT_EQ(sets.common, 2);
  EXPECT_EQ(said(sets), "The test pictures are the same 2, with the same labels (matched by content).\n");
}

TEST_F(TestSetsOfRuns, AreComparedOnWhatIsCommonAndHasOneLabel) {
  keep("one", {{'0', "cat", "train"},
               {'1', "dog", "train"},
               {'a', "cat", "test", "cat"},
               {'b', "dog", "test", "cat"},
               {'c', "cat", "test", "cat"},
               {'d', "dog", "test", "dog"},
               {'e', "bird", "test"}});  // a class that isn't trained is in no result
  // Of a, b and c only a and b have one label; d was trained on.
  keep("two", {{'d', "dog", "train"},
               {'1', "cat", "train"},
               {'a', "cat", "test", "dog"},
               {'b', "dog", "test", "dog"},
               {'c', "dog", "test", "dog"},
               {'f', "dog", "test", "dog"}});
  // The row of a class without training pictures has no prediction.
  core::write_file(runs_[0].predictions(),
                   "sample,actual,predicted,probability\n0,cat,cat,1\n1,dog,cat,1\n2,cat,cat,1\n3,dog,dog,1\n");
  const TestSets sets = compare_test_sets(runs_);
  EXPECT_TRUE(sets.known);
  EXPECT_FALSE(sets.same);
  EXPECT_EQ(sets.common, 3);
  EXPECT_EQ(sets.other_labels, 1);
  EXPECT_EQ(sets.trained_on, 1);
  EXPECT_EQ(sets.compared, 2);
  EXPECT_EQ(sets.accuracy, (std::vector<std::optional<double>>{0.5, 0.5}));
  EXPECT_EQ(
      said(sets),
      "The runs weren't tested on the same pictures with the same labels: one 4, two 4; 3 are common (matched by "
      "content).\n1 common picture has another label in another run.\n1 test picture of one was trained on by two, "
      "whose accuracy on it says nothing.\n");
}

TEST_F(TestSetsOfRuns, AreMatchedByPathWhereAListHasNoHashes) {
  keep("one", {{'a', "cat", "test", "cat"}, {'c', "cat", "train"}}, false);
  keep("two", {{'a', "cat", "test", "cat"}, {'c', "cat", "train"}}, false);
  const TestSets sets = compare_test_sets(runs_);
  EXPECT_TRUE(sets.same);
  EXPECT_FALSE(sets.by_content);
  EXPECT_TRUE(contains(said(sets), "by path, since a list has no hashes")) << said(sets);
}

// Of runs that earlier versions made.
TEST_F(TestSetsOfRuns, SayWhatTheyCanNotTell) {
  keep("one", {{'a', "cat", "test", "cat"}, {'b', "cat", "test", "cat"}, {'c', "cat", "train"}});
  keep("two", {{'a', "cat", "test", "cat"}, {'c', "cat", "train"}});
  keep("odd", {{'a', "cat", "test", "cat"}, {'c', "cat", "train"}});
  keep("old", {{'a', "cat", "test", "cat"}, {'c', "cat", "train"}});
  std::filesystem::remove(runs_[1].predictions());
  core::write_file(runs_[2].predictions(), "sample,actual,predicted,probability\n0,dog,cat,1\n");
  std::filesystem::remove(runs_[3].splits());
  const TestSets sets = compare_test_sets(runs_);
  EXPECT_EQ(sets.accuracy, (std::vector<std::optional<double>>{1, std::nullopt, std::nullopt, std::nullopt}));
  EXPECT_TRUE(contains(said(sets), "two can't be compared on the common pictures: it keeps no predictions"))
      << said(sets);
  EXPECT_TRUE(contains(said(sets), "odd can't be compared on the common pictures: its predictions.csv isn't of the"))
      << said(sets);
  EXPECT_TRUE(contains(said(sets), "Nothing can be said of the test pictures of old: it keeps no list of pictures"))
      << said(sets);
  core::write_file(runs_[1].splits(), "no,list\n");
  EXPECT_TRUE(contains(said(compare_test_sets(runs_)), "Nothing can be said of the test pictures of two: "));
  for (const track::RunFolder& run : runs_) std::filesystem::remove(run.splits());
  const TestSets none = compare_test_sets(runs_);
  EXPECT_FALSE(none.known);
  EXPECT_TRUE(none.sentences.empty()) << "data sets that have names keep no lists";
}

}  // namespace
}  // namespace reslab::report
