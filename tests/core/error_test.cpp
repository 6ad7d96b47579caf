#include "reslab/core/error.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace reslab::core {
namespace {

TEST(UserError, says_all_its_parts) {
  const UserError error({.attempted = "read x", .found = "3 bytes", .allowed = "4 bytes", .remedy = "add one"});
  EXPECT_STREQ(error.what(), "could not read x: 3 bytes\n  allowed: 4 bytes\n  what to do: add one");
  EXPECT_EQ(error.parts().found, "3 bytes");
}

TEST(UserError, leaves_empty_parts_out) {
  EXPECT_STREQ(UserError({.attempted = "read x"}).what(), "could not read x");
  EXPECT_STREQ(UserError({.attempted = "read x", .remedy = "add one"}).what(),
               "could not read x\n  what to do: add one");
}

TEST(Assertion, tells_condition_place_and_values) {
  const int index = 3;
  try {
    RESLAB_ASSERT(index < 2, "index ", index);
    FAIL() << "no exception";
  } catch (const InternalError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("index < 2 does not hold at "), std::string::npos) << text;
    EXPECT_NE(text.find("error_test.cpp:"), std::string::npos) << text;
    EXPECT_NE(text.find(": index 3"), std::string::npos) << text;
  }
  EXPECT_NO_THROW(RESLAB_ASSERT(index == 3));
}

TEST(SystemMessage, is_the_systems) { EXPECT_EQ(system_message(ENOSPC), "No space left on device"); }

}  // namespace
}  // namespace reslab::core
