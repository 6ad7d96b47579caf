#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "cli/run_program.h"
#include "reslab/recipe/recipe.h"

namespace reslab::cli {
namespace {

TEST(RecipeCli, ListsNamesAndDescriptions) {
  const Result result = run_reslab("recipe list");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  for (const recipe::RecipeFile& file : recipe::list_recipes()) {
    EXPECT_TRUE(contains(result.output, file.name + "  ")) << result.output;
    EXPECT_FALSE(file.description.empty()) << file.name;
    EXPECT_TRUE(contains(result.output, file.description + "\n")) << result.output;
  }
}

TEST(RecipeCli, ShowsARecipeThatReadsBack) {
  const Result result = run_reslab("recipe show original");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  const recipe::Recipe recipe = recipe::parse_recipe(result.output, "output");
  EXPECT_EQ(recipe::to_toml(recipe), recipe::to_toml(recipe::load_recipe("original")));
  EXPECT_TRUE(result.output.starts_with("# hash " + recipe::recipe_hash(recipe) + "\n")) << result.output;
}

TEST(RecipeCli, TakesSettingsAndTheirShortForms) {
  const Result result = run_reslab(
      "recipe show original --set 'augment.policies=[\"pad\",\"horizontal_flip\"]' --set schedule.div_factor=5/24 "
      "--set epochs=2 --epochs 3 --batch-size 64 --lr .5 --seed 7 --holdout 1000");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  const recipe::Recipe recipe = recipe::parse_recipe(result.output, "output");
  EXPECT_EQ(recipe.augment.policies, (std::vector<std::string>{"pad", "horizontal_flip"}));
  EXPECT_EQ(recipe.schedule.div_factor, 5.0 / 24);
  EXPECT_EQ(recipe.epochs, 3);
  EXPECT_EQ(recipe.data.batch_size, 64);
  EXPECT_EQ(recipe.schedule.max_lr, 0.5);
  EXPECT_EQ(recipe.optimizer.lr, 0.01);
  EXPECT_EQ(recipe.seed, 7U);
  EXPECT_EQ(recipe.data.holdout, 1000);
}

TEST(RecipeCli, SetsTheConstantLearningRateWhereThereIsOne) {
  const Result result = run_reslab("recipe show original --set schedule.name=constant --lr 0.25");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  const recipe::Recipe recipe = recipe::parse_recipe(result.output, "output");
  EXPECT_EQ(recipe.optimizer.lr, 0.25);
  EXPECT_EQ(recipe.schedule.max_lr, 0.0199);
}

struct Refused {
  const char* arguments;
  const char* part;
};

TEST(RecipeCli, RefusesWithCodeTwoAndTheNearestName) {
  for (const Refused& refused : {
           Refused{"show orginal", "did you mean 'original'?"},
           Refused{"show ./none.toml", "no such file"},
           Refused{"show original --set optimizer.momentun=0.8", "did you mean 'optimizer.momentum'?"},
           Refused{"show original --set schedule.name=one_cycel", "did you mean 'one_cycle'?"},
           Refused{"show original --set optimizer.lr", "no '='"},
           Refused{"show original --epochs many", "epochs is the text 'many'"},
           Refused{"show original --batch-size 0", "data.batch_size must be at least 1"},
           Refused{"show original --lr -1", "could not set the learning rate to '-1': it is -1"},
           Refused{"plot original --samples 0", "--samples"},
           Refused{"plot original --holdout 50000", "could not cut 0 samples into batches"},
           Refused{"show", "RECIPE"},
           Refused{"", "subcommand"},
       }) {
    const Result result = run_reslab(std::string("recipe ") + refused.arguments);
    EXPECT_EQ(result.exit_code, 2) << refused.arguments << '\n' << result.output;
    EXPECT_TRUE(contains(result.output, refused.part)) << refused.arguments << '\n' << result.output;
  }
}

// Columns of a line of UTF-8: its bytes that don't continue a character.
std::size_t columns(const std::string& line) {
  std::size_t count = 0;
  for (const char byte : line) count += (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U ? 1 : 0;
  return count;
}

TEST(RecipeCli, PlotsWithinTheTerminal) {
  for (const std::size_t width : {40, 80, 133}) {
    const Result result = run_reslab("recipe plot original", "LC_ALL=C.UTF-8 COLUMNS=" + std::to_string(width));
    ASSERT_EQ(result.exit_code, 0) << result.output;
    std::istringstream lines(result.output);
    std::size_t widest = 0;
    for (std::string line; std::getline(lines, line);)
      // The headings are sentences; a terminal may break them.
      if (!contains(line, ": ")) widest = std::max(widest, columns(line));
    EXPECT_EQ(widest, width) << result.output;
    EXPECT_TRUE(contains(result.output, "24 epochs of 98 steps")) << result.output;
    EXPECT_TRUE(contains(result.output, "highest 0.0199")) << result.output;
    EXPECT_TRUE(contains(result.output, "0.95 ┤")) << result.output;
  }
}

TEST(RecipeCli, PlotsInAsciiWhereTheLocaleIsntUtf8) {
  const Result result = run_reslab("recipe plot resnet --epochs 2", "LC_ALL=C");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  EXPECT_TRUE(std::ranges::all_of(result.output, [](char c) { return static_cast<signed char>(c) >= 0; }))
      << result.output;
  EXPECT_TRUE(contains(result.output, "2 epochs of 100 steps")) << result.output;
  EXPECT_TRUE(contains(result.output, "highest 0.1,")) << result.output;
}

TEST(RecipeCli, KeysAreThoseOfTheManual) {
  const Result result = run_reslab("recipe keys");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  std::ifstream file(RESLAB_SOURCE_DIR "/docs/recipes.md");
  std::ostringstream manual;
  manual << file.rdbuf();
  EXPECT_TRUE(contains(manual.str(), "\n" + result.output))
      << "put the output of `reslab recipe keys` into docs/recipes.md in place of its table";
}

}  // namespace
}  // namespace reslab::cli
