#include "reslab/core/command.h"

#include <gtest/gtest.h>
#include <stdlib.h>

namespace reslab::core {
namespace {

TEST(Command, is_what_the_users_shell_finds) {
  ASSERT_EQ(::setenv("RESLAB_PROGRAM", "./reslab", 1), 0);
  EXPECT_EQ(command("resume runs/x"), "./reslab resume runs/x");
  ASSERT_EQ(::setenv("RESLAB_PROGRAM", "/my own/reslab's", 1), 0);
  EXPECT_EQ(command("train"), "'/my own/reslab'\\''s' train");
  ASSERT_EQ(::unsetenv("RESLAB_PROGRAM"), 0);
  EXPECT_EQ(command("train"), "reslab train");
}

}  // namespace
}  // namespace reslab::core
