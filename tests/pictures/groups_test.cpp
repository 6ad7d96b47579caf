#include "reslab/pictures/groups.h"

#include <gtest/gtest.h>

#include "pictures/support.h"

namespace reslab::pictures {
namespace {

using support::contains;
using test::refusal_of;

TEST(GroupPattern, TakesTheFirstCapture) {
  const GroupPattern pattern("(patient[0-9]+)_(left|right)");
  EXPECT_EQ(pattern.group_of("cat/patient12_left.png"), "patient12");
  EXPECT_EQ(pattern.group_of("cat/patient12.png"), std::nullopt);
  EXPECT_EQ(GroupPattern("^[^/]*/([^/]*)/").group_of("class/video 3/001.png"), "video 3");
  EXPECT_EQ(GroupPattern("x(y*)").group_of("x"), std::nullopt) << "an empty capture";
  EXPECT_EQ(GroupPattern("(caf.)_").group_of("caf\xe9_1.png"), "caf\xe9");
}

TEST(GroupPattern, RefusesWhatNamesNoGroup) {
  for (const std::string& pattern :
       {std::string("patient[0-9]+"), std::string("("), std::string("(a)\\1"), std::string("(?:a)"),
        std::string("(a{100000})"), std::string(1001, '('), std::string("[z-a](b)")})
    EXPECT_TRUE(contains(refusal_of([&] { GroupPattern{pattern}; }), "group pictures by the pattern")) << pattern;
}

// The usual search of the standard library would take 2^4000 steps, or a stack as deep as the path is long.
TEST(GroupPattern, IsNotHeldUpByAnyPath) {
  EXPECT_EQ(GroupPattern("((a+)+)$").group_of(std::string(1000, 'a') + "b"), std::nullopt);
  EXPECT_EQ(GroupPattern("((a|b)*)c").group_of(std::string(4000, 'a') + "c")->size(), 4000U);
}

}  // namespace
}  // namespace reslab::pictures
