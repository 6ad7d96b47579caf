#include "reslab/recipe/override.h"

#include <gtest/gtest.h>

#include "recipe/support.h"

namespace reslab::recipe {
namespace {

Recipe with(const std::string& key, const std::string& text) { return parse_recipe("", "x", {{key, text}}); }

TEST(Override, TakesTomlOrPlainText) {
  EXPECT_EQ(with("optimizer.lr", "0.02").optimizer.lr, 0.02);
  EXPECT_EQ(with("optimizer.lr", "2").optimizer.lr, 2);
  EXPECT_EQ(with("optimizer.lr", ".5").optimizer.lr, 0.5);
  EXPECT_EQ(with("schedule.pct_start", "5/24").schedule.pct_start, 5.0 / 24);
  EXPECT_EQ(with("schedule.pct_start", "\"5/24\"").schedule.pct_start, 5.0 / 24);
  EXPECT_EQ(with("data.shuffle", "false").data.shuffle, false);
  EXPECT_EQ(with("schedule.name", "constant").schedule.name, "constant");
  EXPECT_EQ(with("data.name", "/data/mine").data.name, "/data/mine");
  EXPECT_EQ(with("data.name", "'mine'").data.name, "mine");
  EXPECT_EQ(with("data.name", "10").data.name, "10");
  EXPECT_EQ(with("data.name", "true").data.name, "true");
}

TEST(Override, TakesListsWithAndWithoutQuotesAndBrackets) {
  const std::vector<std::string> policies = {"pad", "horizontal_flip"};
  for (const char* text :
       {R"(["pad","horizontal_flip"])", "['pad', 'horizontal_flip']", "[pad,horizontal_flip]", "pad, horizontal_flip"})
    EXPECT_EQ(with("augment.policies", text).augment.policies, policies) << text;
  EXPECT_EQ(with("augment.policies", "pad").augment.policies, (std::vector<std::string>{"pad"}));
  EXPECT_TRUE(with("augment.policies", "[]").augment.policies.empty());
  EXPECT_TRUE(with("augment.policies", "").augment.policies.empty());
  const Recipe recipe = parse_recipe("", "x", {{"data.mean", "0.5,1/4,0"}, {"data.std", "[1,1,1]"}});
  EXPECT_EQ(recipe.data.mean, (std::vector{0.5, 0.25, 0.0}));
}

TEST(Override, WinsOverTheFileAndTheLastWins) {
  const Recipe recipe = parse_recipe("epochs = 2", "x", {{"epochs", "3"}, {"epochs", "4"}});
  EXPECT_EQ(recipe.epochs, 4);
}

TEST(Override, SaysWhatIsWrong) {
  const auto refused = [](const std::string& key, const std::string& text) {
    return error_of([&] { with(key, text); });
  };
  const core::ErrorParts unknown = refused("optimizer.momentun", "0.8");
  EXPECT_EQ(unknown.attempted, "set optimizer.momentun to '0.8'");
  EXPECT_EQ(unknown.found, "unknown key 'optimizer.momentun'");
  EXPECT_EQ(unknown.remedy, "did you mean 'optimizer.momentum'?");
  EXPECT_EQ(refused("epochs", "many").found, "epochs is the text 'many'");
  EXPECT_EQ(refused("epochs", "").found, "epochs is the text ''");
  EXPECT_EQ(refused("optimizer.lr", "nan").found, "optimizer.lr must be a number");
  EXPECT_EQ(refused("epochs", "0").found, "epochs must be at least 1");
  EXPECT_EQ(refused("epochs", "1000001").found, "epochs must be at most 1000000");
  EXPECT_EQ(refused("optimizer.lr", "0").found, "optimizer.lr must be above 0");
  EXPECT_EQ(refused("optimizer.momentum", "1").found, "optimizer.momentum must be below 1");
  EXPECT_EQ(refused("epochs", "1.5").found, "epochs is the number 1.5");
  EXPECT_EQ(refused("data.mean", "0.5,1.5").found, "data.mean must be at most 1");
  EXPECT_EQ(refused("optimizer", "{lr=1}").found, "optimizer is a table");
  EXPECT_EQ(refused("inherit", "original").found, "unknown key 'inherit'");
  EXPECT_EQ(refused("data.name", "\xff").found, "not one line of UTF-8 text");
  // A line end doesn't smuggle in a second key.
  EXPECT_EQ(refused("epochs", "3\nseed = 5").found, "not one line of UTF-8 text");
  EXPECT_EQ(refused("data.name", std::string(1001, 'a')).found, "data.name is a text with 1001 bytes");
  EXPECT_EQ(refused("augment.policies", "pad,pad").found, "augment.policies is a list with the text 'pad' twice");
}

TEST(ParseOverride, SplitsAtTheFirstEqualsSign) {
  EXPECT_EQ(parse_override("a.b=c=d"), (std::pair<std::string, std::string>{"a.b", "c=d"}));
  EXPECT_EQ(parse_override(" a = 1 "), (std::pair<std::string, std::string>{"a", "1"}));
  EXPECT_EQ(parse_override("a="), (std::pair<std::string, std::string>{"a", ""}));
  EXPECT_EQ(error_of([] { parse_override("epochs"); }).found, "no '='");
  EXPECT_EQ(error_of([] { parse_override(" =3"); }).found, "no key before the '='");
}

}  // namespace
}  // namespace reslab::recipe
