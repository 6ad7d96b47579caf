#include "reslab/core/nearest.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace reslab::core {
namespace {

const std::vector<std::string> keys{"optimizer.lr", "optimizer.momentum", "data.batch_size", "epochs", "seed"};

TEST(EditDistance, counts_each_kind_of_change) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", "abxc"), 1U) << "insertion";
  EXPECT_EQ(edit_distance("abc", "ac"), 1U) << "deletion";
  EXPECT_EQ(edit_distance("abc", "axc"), 1U) << "substitution";
  EXPECT_EQ(edit_distance("abcd", "acbd"), 1U) << "swap of neighbours";
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  // Optimal string alignment: no part is changed twice, or this would be 2.
  EXPECT_EQ(edit_distance("ca", "abc"), 3U);
}

RC_GTEST_PROP(EditDistance, is_symmetric_and_bounded, (const std::string& a, const std::string& b)) {
  const std::size_t distance = edit_distance(a, b);
  RC_ASSERT(distance == edit_distance(b, a));
  RC_ASSERT(distance <= std::max(a.size(), b.size()));
  RC_ASSERT(distance >= std::max(a.size(), b.size()) - std::min(a.size(), b.size()));
  RC_ASSERT((distance == 0) == (a == b));
}

TEST(Nearest, finds_what_was_meant) {
  EXPECT_EQ(nearest("optimiser.lr", keys), "optimizer.lr");
  EXPECT_EQ(nearest("data.batchsize", keys), "data.batch_size");
  EXPECT_EQ(nearest("epoch", keys), "epochs");
  EXPECT_EQ(nearest("sede", keys), "seed");
  EXPECT_EQ(nearest("data", keys), "data.batch_size") << "its beginning";
}

TEST(Nearest, keeps_silent_when_nothing_is_near) {
  EXPECT_EQ(nearest("colour", keys), "");
  EXPECT_EQ(nearest("nope", std::vector<std::string>{"one"}), "") << "two of four letters";
  EXPECT_EQ(nearest("", keys), "");
  EXPECT_EQ(nearest("seed", {}), "");
}

TEST(Nearest, makes_a_sentence) {
  EXPECT_EQ(did_you_mean("epoch", keys), "did you mean 'epochs'?");
  EXPECT_EQ(did_you_mean("colour", keys), "");
}

TEST(Join, puts_separators_between) {
  EXPECT_EQ(join(std::vector<std::string>{"a", "b", "c"}), "a, b, c");
  EXPECT_EQ(join(std::vector<std::string>{"a", "b"}, "|"), "a|b");
  EXPECT_EQ(join(std::vector<std::string>{"a"}), "a");
  EXPECT_EQ(join({}), "");
}

}  // namespace
}  // namespace reslab::core
