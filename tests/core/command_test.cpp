#include "reslab/core/command.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <stdlib.h>

#include "reslab/core/printable.h"
#include "reslab/core/process.h"

namespace reslab::core {
namespace {

TEST(Command, IsWhatTheUsersShellFinds) {
  ASSERT_EQ(::setenv("RESLAB_PROGRAM", "./reslab", 1), 0);
  EXPECT_EQ(command({"resume", "runs/x"}), "./reslab resume runs/x");
  ASSERT_EQ(::setenv("RESLAB_PROGRAM", "/my own/reslab's", 1), 0);
  EXPECT_EQ(command({"train"}), "'/my own/reslab'\\''s' train");
  ASSERT_EQ(::unsetenv("RESLAB_PROGRAM"), 0);
  EXPECT_EQ(command({"train"}), "reslab train");
}

TEST(Command, QuotesWhatAShellWouldRead) {
  EXPECT_EQ(command({"resume", "my runs/s"}), "reslab resume 'my runs/s'");
  EXPECT_EQ(command({"train", "--set", "model.width=8"}), "reslab train --set model.width=8");
  EXPECT_EQ(command({"train", "--set", "resolution.sides=[9]"}), "reslab train --set 'resolution.sides=[9]'");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("~"), "'~'");
  EXPECT_EQ(shell_word("größe"), "'größe'");
  EXPECT_EQ(shell_word("a\nb"), "$'a\\012b'");
  EXPECT_EQ(shell_word("donn\xe9"
                       "es 'x'"),
            "$'donn\\351es \\'x\\''");
}

TEST(Command, PutsPartsTogether) {
  EXPECT_EQ(joined({{"resume", "x"}, {}, {"--threads", "2"}}), (Words{"resume", "x", "--threads", "2"}));
}

TEST(Command, JoinsAValueThatLooksLikeAnOptionToItsOption) {
  for (const char* word : {"--name", "-v", "-x/y", "--", "-größe"}) EXPECT_TRUE(looks_like_option(word)) << word;
  for (const char* word : {"", "-", "-1", "-0.5", "-.5", "-1e-3", "name", "a-b"})
    EXPECT_FALSE(looks_like_option(word)) << word;
  EXPECT_EQ(option("--data", "-x"), Words{"--data=-x"});
  EXPECT_EQ(option("--data", "x"), (Words{"--data", "x"}));
  EXPECT_EQ(option("--lr", "-1"), (Words{"--lr", "-1"}));
}

// As words come back from a shell: one a NUL.
std::string as_read_by(const std::string& shell, const Words& words) {
  std::string line = "printf '%s\\0'";
  for (const std::string& word : words) line += " " + shell_word(word);
  return run_process({.arguments = {shell, "-c", line}}).output;
}

std::string ended_by_nul(const Words& words) {
  std::string text;
  for (const std::string& word : words) text += word + '\0';
  return text;
}

const std::string without_nul_bytes(std::string text) {
  std::erase(text, '\0');
  return text;
}

TEST(Command, AShellReadsTheWordsBack) {
  rc::check("printable words, by sh", [] {
    const auto letters = *rc::gen::container<std::vector<std::string>>(
        rc::gen::container<std::string>(rc::gen::inRange<char>(' ', '\x7f')));
    RC_PRE(!letters.empty());
    RC_ASSERT(as_read_by("sh", letters) == ended_by_nul(letters));
  });
  rc::check("any words, by bash, and the line is printable", [] {
    auto words =
        *rc::gen::container<std::vector<std::string>>(rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
    RC_PRE(!words.empty());
    for (std::string& word : words) word = without_nul_bytes(word);
    RC_ASSERT(as_read_by("bash", words) == ended_by_nul(words));
    for (const std::string& word : words) RC_ASSERT(printable(shell_word(word)) == shell_word(word));
  });
}

}  // namespace
}  // namespace reslab::core
