// What a recipe's text may be, and what is said of one that may not.
#include "reslab/recipe/toml.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "recipe/support.h"
#include "reslab/core/nearest.h"
#include "reslab/recipe/value.h"

namespace reslab::recipe {
namespace {

core::ErrorParts refused(const std::string& toml) {
  return error_of([&] { parse_recipe(toml, "x.toml"); });
}

TEST(RecipeToml, TakesFractionsForEveryReal) {
  const Recipe recipe = parse_recipe(
      "schedule = {pct_start = '5/24', div_factor = ' 5 / 24 '}\n"
      "data = {mean = ['1/2', 0.25, 1], std = ['1.5/3', 1, 1]}",
      "x");
  EXPECT_EQ(recipe.schedule.pct_start, 5.0 / 24);
  EXPECT_EQ(recipe.schedule.div_factor, 5.0 / 24);
  EXPECT_EQ(recipe.data.mean, (std::vector{0.5, 0.25, 1.0}));
  EXPECT_EQ(recipe.data.std.front(), 0.5);
  for (const char* wrong : {"5/0", "/", "5/", "a/b", "1/2/3", "0.5", "", "0x5/1", "nan/1"})
    EXPECT_EQ(refused(std::string("schedule.div_factor = '") + wrong + "'").found,
              std::string("x.toml:1: schedule.div_factor is the text '") + wrong + "'");
}

TEST(RecipeToml, NamesTheLineAndTheNearestKeyOfAnUnknownOne) {
  const core::ErrorParts parts = refused("epochs = 3\n\n[optimizer]\nlr = 0.1\nmomentun = 0.8\n");
  EXPECT_EQ(parts.attempted, "read the recipe");
  EXPECT_EQ(parts.found, "x.toml:5: unknown key 'optimizer.momentun'");
  EXPECT_TRUE(parts.allowed.starts_with("in [optimizer]: name, lr, head_lr, ")) << parts.allowed;
  EXPECT_EQ(parts.remedy, "did you mean 'optimizer.momentum'?");
}

TEST(RecipeToml, FindsTheNearestKeyElsewhere) {
  EXPECT_EQ(refused("lr = 1").remedy, "did you mean 'optimizer.lr'?");
  EXPECT_EQ(refused("[optimiser]\nlr = 1").remedy, "did you mean 'optimizer'?");
  EXPECT_EQ(refused("[optimizer]\nlabel_smoothing = 0.1").remedy, "did you mean 'loss.label_smoothing'?");
  EXPECT_EQ(refused("[augment.cutout]\nhight = 3").remedy, "did you mean 'augment.cutout.height'?");
  EXPECT_EQ(refused("[augment.cut_out]\nheight = 3").remedy, "did you mean 'augment.cutout'?");
  EXPECT_EQ(refused("zzzzzzzz = 1").remedy, "");
}

TEST(RecipeToml, RefusesUnknownTablesAndOddNames) {
  EXPECT_EQ(refused("epochs = 3\n[lost]\n").found, "x.toml:2: unknown key 'lost'");
  EXPECT_EQ(refused("[optimizer.sgd]\n").found, "x.toml:1: unknown key 'optimizer.sgd'");
  EXPECT_EQ(refused("\"optimizer.lr\" = 1\n").found, "x.toml:1: unknown key '\"optimizer.lr\"'");
  EXPECT_EQ(refused("\"\" = 1\n").found, "x.toml:1: unknown key ''");
  EXPECT_EQ(refused("[optimizer]\n\"\" = 1\n").found, "x.toml:2: unknown key 'optimizer.'");
  EXPECT_EQ(refused("[optimizer.lr]\nx = 1\n").found, "x.toml:1: optimizer.lr is a table");
  EXPECT_EQ(refused("optimizer = 5\n").found, "x.toml:1: optimizer is the whole number 5");
  EXPECT_EQ(refused("[[optimizer]]\nlr = 1\n").found, "x.toml:1: optimizer is a list of 1 value");
}

struct Wrong {
  const char* toml;
  const char* found;
};

TEST(RecipeToml, RefusesWrongTypesAndValuesOutOfRange) {
  for (const Wrong& wrong : {
           Wrong{"epochs = 0", "epochs is the whole number 0"},
           Wrong{"epochs = -3", "epochs is the whole number -3"},
           Wrong{"epochs = 1.0", "epochs is the number 1"},
           Wrong{"epochs = '3'", "epochs is the text '3'"},
           Wrong{"epochs = true", "epochs is true"},
           Wrong{"epochs = 1000001", "epochs is the whole number 1000001"},
           Wrong{"seed = -1", "seed is the whole number -1"},
           Wrong{"seed = 9007199254740994", "seed is the whole number 9007199254740994"},
           Wrong{"data.shuffle = 1", "data.shuffle is the whole number 1"},
           Wrong{"data.holdout = -1", "data.holdout is the whole number -1"},
           Wrong{"data.mean = 0.5", "data.mean is the number 0.5"},
           Wrong{"data.mean = [0.5, 1.5]", "data.mean is the number 1.5"},
           Wrong{"data.mean = [[0.5]]", "data.mean is a list of 1 value"},
           Wrong{"data.std = [-0.5]", "data.std is the number -0.5"},
           Wrong{"data.std = [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "data.std is a list of 17 values"},
           Wrong{"data.name = 5", "data.name is the whole number 5"},
           Wrong{"data.name = 1979-05-27", "data.name is a date or time"},
           Wrong{"data.name = \"a\\nb\"", "data.name is a text with line ends or other control characters"},
           Wrong{"optimizer.lr = 0", "optimizer.lr is the whole number 0"},
           Wrong{"optimizer.lr = nan", "optimizer.lr is the number nan"},
           Wrong{"optimizer.lr = inf", "optimizer.lr is the number inf"},
           Wrong{"optimizer.lr = -inf", "optimizer.lr is the number -inf"},
           Wrong{"optimizer.lr = true", "optimizer.lr is true"},
           Wrong{"optimizer.momentum = 1.0", "optimizer.momentum is the number 1"},
           Wrong{"optimizer.dampening = 1.0000000000000002", "optimizer.dampening is the number 1.0000000000000002"},
           Wrong{"schedule.div_factor = 0", "schedule.div_factor is the whole number 0"},
           Wrong{"augment.policies = ['pad', 'pad']", "augment.policies is a list with the text 'pad' twice"},
           Wrong{"augment.policies = ['pad', 3]", "augment.policies is the whole number 3"},
           Wrong{"augment.policies = 'pad'", "augment.policies is the text 'pad'"},
           Wrong{"loss = []", "loss is a list of 0 values"},
           Wrong{"optimizer.beta2 = 1.0", "optimizer.beta2 is the number 1"},
           Wrong{"optimizer.eps = 0", "optimizer.eps is the whole number 0"},
           Wrong{"averaging.every = 0", "averaging.every is the whole number 0"},
           Wrong{"averaging.share = 0", "averaging.share is the whole number 0"},
           Wrong{"averaging.share = 1.5", "averaging.share is the number 1.5"},
           Wrong{"averaging.decay = 1.0", "averaging.decay is the number 1"},
           Wrong{"averaging.start_epoch = -1", "averaging.start_epoch is the whole number -1"},
           Wrong{"early_stopping.patience = -1", "early_stopping.patience is the whole number -1"},
       })
    EXPECT_EQ(refused(wrong.toml).found, std::string("x.toml:1: ") + wrong.found) << wrong.toml;
}

TEST(RecipeToml, NamesTheNearestChoice) {
  EXPECT_EQ(refused("schedule.name = 'one_cycel'").remedy, "did you mean 'one_cycle'?");
  EXPECT_EQ(refused("model.name = 'custom_restnet'").remedy, "did you mean 'custom_resnet'?");
  EXPECT_EQ(refused("optimizer.name = 'adamww'").remedy, "did you mean 'adamw'?");
  EXPECT_EQ(refused("averaging.name = 'lookahed'").remedy, "did you mean 'lookahead'?");
  const core::ErrorParts parts = refused("augment.policies = ['pad', 'cutuot']");
  EXPECT_EQ(parts.remedy, "did you mean 'cutout'?");
  EXPECT_TRUE(parts.allowed.starts_with("a list of pad, random_crop, horizontal_flip, alternating_flip, brightness,"))
      << parts.allowed;
  EXPECT_TRUE(parts.allowed.ends_with(", each at most once")) << parts.allowed;
}

TEST(RecipeToml, NamesTheLineOfABrokenText) {
  for (const Wrong& wrong :
       {Wrong{"epochs = 3\nepochs = 4\n", "x.toml:2: not TOML: "}, Wrong{"[data]\n[data]\n", "x.toml:2: not TOML: "},
        Wrong{"epochs = 3\nseed", "x.toml:2: not TOML: "}, Wrong{"epochs = \n", "x.toml:1: not TOML: "},
        Wrong{"description = \"\xff\xfe\"", "x.toml:1: not TOML: "}, Wrong{"\n# \xff\xfe\n", "x.toml:2: not TOML: "},
        Wrong{"seed = 99999999999999999999", "x.toml:1: not TOML: "},
        Wrong{"optimizer.lr = 1e999", "x.toml:1: not TOML: "}})
    EXPECT_TRUE(refused(wrong.toml).found.starts_with(wrong.found)) << wrong.toml << ": " << refused(wrong.toml).found;
}

// Found by fuzzing: an assertion of the library ended the program.
TEST(RecipeToml, AnOpenBracketBeforeNoKeyIsRefused) {
  for (const char* const text : {"[=", "[ (a = 1\n", "[[\"", "[.a]"})
    EXPECT_NE(refused(text).found.find("x.toml:1: not TOML"), std::string::npos) << text;
}

// Found by fuzzing: undefined behaviour of the library.
TEST(RecipeToml, LettersBeyondAsciiStandInQuotesAndCommentsAlone) {
  for (const char* const text :
       {"größe = 3", "epochs = 3 ä", "[ä]", "name = \"a\" # ä\nä", "name = 'a'\nepochs = ä",
        "name = \"\"\"a\\\n ä\"\"\"", "name = \"a\\\\\" ä", "epochs = 5/x'2.ä", "epochs = 5'ä'", "name = 'ä"})
    EXPECT_NE(refused(text).found.find("isn't ASCII"), std::string::npos) << text << refused(text).found;
  EXPECT_EQ(parse_recipe("# ä\nname = \"größe\" # ä\ndescription = 'ä\"'", "x").name, "größe");
  EXPECT_EQ(parse_recipe("name = \"\"\"ä\\\n b\"\"\" # '\nepochs = 2", "x").epochs, 2);
  EXPECT_EQ(refused("epochs = 3\n# x\n\nä = 1").found.substr(0, 9), "x.toml:4:");
  // Values from the command line are texts where they are no TOML.
  EXPECT_EQ(parse_recipe("", "x", {{"name", "größe"}}).name, "größe");
  EXPECT_EQ(error_of([] { parse_recipe("", "x", {{"augment.policies", "[#a, 3 α]"}}); }).found.empty(), false);
}

TEST(RecipeToml, HoldsOutAgainstNestingAndLength) {
  const auto repeated = [](const std::string& text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
  };
  // Each would take a stack as deep as the text is long.
  EXPECT_TRUE(refused("a = " + repeated("[", 60'000)).found.starts_with("x.toml:1: not TOML: "));
  EXPECT_TRUE(refused(repeated("a={", 20'000)).found.starts_with("x.toml:1: not TOML: "));
  EXPECT_EQ(refused("\n" + repeated("a.", 30'000) + "a = 1").found, "x.toml:2: tables nest too deeply");
  EXPECT_EQ(refused("[" + repeated("a.", 30'000) + "a]").found, "x.toml:1: tables nest too deeply");
  // As deep as the limits let a text go.
  std::string deep = "[" + repeated("a.", 900) + "a]\n" + repeated("a.", 900) + "a = [\n";
  for (int i = 0; i < 7; ++i) deep += "{" + repeated("a.", 900) + "a = [\n";
  EXPECT_EQ(refused(deep + repeated("]}", 7) + "]\n").found, "x.toml:1: unknown key 'a'");
  EXPECT_NO_THROW(parse_recipe("data.name = '" + repeated(".", 1000) + "'", "x"));
  EXPECT_EQ(refused(repeated("#", max_recipe_bytes + 1)).found, "x.toml:1: 65537 bytes");
  EXPECT_NO_THROW(parse_recipe(repeated("#", max_recipe_bytes), "x"));
}

TEST(RecipeToml, MayBeEmptyHaveAByteOrderMarkOrWindowsLineEnds) {
  EXPECT_EQ(recipe_hash(parse_recipe("", "x")), recipe_hash({}));
  EXPECT_EQ(parse_recipe("\xef\xbb\xbf"
                         "epochs = 2\r\nseed = 0x10\r\n",
                         "x")
                .seed,
            16U);
}

RC_GTEST_PROP(RecipeToml, IsReadOrRefusedWhateverItHolds, ()) {
  // A good text with a few bytes changed.
  std::string text = to_toml(any_recipe());
  for (int i = *rc::gen::inRange(1, 4); i > 0; --i)
    text[*rc::gen::inRange<std::size_t>(0, text.size())] = static_cast<char>(*rc::gen::inRange(0, 256));
  try {
    check_recipe(parse_recipe(text, "x"));
  } catch (const core::UserError& error) {
    RC_ASSERT(!error.parts().found.empty());
  }
}

// Whatever bytes its texts hold, a recipe is refused, or what is written of it is read as the same.
RC_GTEST_PROP(RecipeToml, AnyTextReadsBackOrIsRefused, ()) {
  const auto any_text = [] {
    const auto letters = rc::gen::oneOf(
        rc::gen::container<std::string>(rc::gen::arbitrary<char>()),
        rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
                         "a", "\"", "'", "\\", "\\u", "#", "=", "[", "]", " ", ".", "\n", "\t", "\x7f", "\u00e9",
                         "\u0085", "\u2028", "\u202e", "\ufeff", "\U0001f642", "\xe9", "\xed\xa0\x80")),
                     [](const std::vector<std::string>& parts) { return core::join(parts, ""); }));
    return *letters;
  };
  Recipe recipe = any_recipe();
  recipe.name = any_text();
  recipe.description = any_text();
  recipe.data.name = any_text();
  const bool good =
      text_fault(recipe.name).empty() && text_fault(recipe.description).empty() && text_fault(recipe.data.name).empty();
  if (!good) {
    RC_ASSERT_THROWS_AS(check_recipe(recipe), core::UserError);
    return;
  }
  check_recipe(recipe);
  const Recipe read = parse_recipe(to_toml(recipe), "written");
  RC_ASSERT(read.description == recipe.description);
  RC_ASSERT(read.data.name == recipe.data.name);
  RC_ASSERT(read.name == recipe.name);
  RC_ASSERT(recipe_hash(read) == recipe_hash(recipe));
}

TEST(RecipeToml, KeepsOneLineOfUtf8) {
  EXPECT_EQ(text_fault("it's a \"path\" \\ größe\u202e"), "");
  EXPECT_EQ(text_fault(std::string(1000, 'x')), "");
  EXPECT_EQ(text_fault(std::string(1001, 'x')), "1001 bytes");
  EXPECT_EQ(text_fault("donn\xe9"), "bytes that aren't UTF-8");
  EXPECT_EQ(text_fault("a\tb"), "line ends or other control characters");
}

// Every byte replaced by every other, and every length: refused, or read as a recipe that can be written and read
// again.
TEST(RecipeToml, ADamagedTextIsRefusedOrARecipe) {
  const std::string text = "name = \"x\"\nepochs = 3\n[data]\nbatch_size = 64\n[augment]\npolicies = [\"pad\"]\n";
  int taken = 0, refused = 0;
  const auto check = [&](const std::string& damaged) {
    try {
      const Recipe recipe = parse_recipe(damaged, "damaged");
      ++taken;
      const std::string written = to_toml(recipe);
      EXPECT_EQ(to_toml(parse_recipe(written, "written")), written) << damaged;
    } catch (const core::UserError& error) {
      ++refused;
      EXPECT_NE(std::string(error.what()).find("damaged"), std::string::npos) << error.what();
    }
  };
  std::string damaged = text;
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (int value = 0; value < 256; ++value) {
      damaged[i] = static_cast<char>(value);
      check(damaged);
    }
    damaged[i] = text[i];
  }
  for (std::size_t size = 0; size < text.size(); ++size) check(text.substr(0, size));
  EXPECT_GT(taken, 100);
  EXPECT_GT(refused, 10000);
}

}  // namespace
}  // namespace reslab::recipe
