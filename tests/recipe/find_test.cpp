// Recipes by name and path, and what they inherit.
#include "reslab/recipe/find.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "recipe/support.h"
#include "reslab/recipe/toml.h"

namespace reslab::recipe {
namespace {

namespace fs = std::filesystem;

// A folder of recipes that $RESLAB_RECIPES names.
class RecipeFolder : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "reslab-recipes-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    ::setenv("RESLAB_RECIPES", folder_.c_str(), 1);
  }
  void TearDown() override {
    ::unsetenv("RESLAB_RECIPES");
    fs::remove_all(folder_);
  }

  fs::path write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }

  fs::path folder_;
};

TEST_F(RecipeFolder, IsLookedIntoBeforeTheProgramsOwn) {
  write("mine.toml", "description = 'of mine'\nepochs = 3\n");
  write("original.toml", "epochs = 5\n");
  EXPECT_EQ(load_recipe("mine").epochs, 3);
  EXPECT_EQ(load_recipe("mine").name, "mine");
  EXPECT_EQ(load_recipe("original").epochs, 5);
  EXPECT_EQ(load_recipe("resnet").model.values.at("softmax"), models::OptionValue(false));
}

TEST_F(RecipeFolder, IsListedWithTheProgramsOwn) {
  write("mine.toml", "description = 'of mine'\n");
  write("broken.toml", "epochs = \n");
  write("notes.txt", "");
  fs::create_directories(folder_ / "folder.toml");
  std::vector<std::string> names, descriptions;
  for (const RecipeFile& file : list_recipes()) {
    names.push_back(file.name);
    descriptions.push_back(file.description);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"airbench94", "broken", "fast94", "fast96", "mine", "original", "photos",
                                             "resnet"}));
  EXPECT_TRUE(descriptions[1].starts_with("(not readable: ")) << descriptions[1];
  EXPECT_EQ(descriptions[4], "of mine");
}

TEST_F(RecipeFolder, MayBeSeveral) {
  const fs::path first = write("a/one.toml", "epochs = 1\n").parent_path();
  const fs::path second = write("b/one.toml", "epochs = 2\n").parent_path();
  write("b/two.toml", "epochs = 2\n");
  ::setenv("RESLAB_RECIPES", (first.string() + "::" + second.string()).c_str(), 1);
  EXPECT_EQ(load_recipe("one").epochs, 1);
  EXPECT_EQ(load_recipe("two").epochs, 2);
}

TEST_F(RecipeFolder, GivesTheNearestName) {
  const core::ErrorParts parts = error_of([] { load_recipe("orginal"); });
  EXPECT_EQ(parts.allowed, "airbench94, fast94, fast96, original, photos, resnet, or the path of a .toml file");
  EXPECT_EQ(parts.remedy, "did you mean 'original'?");
  EXPECT_EQ(error_of([&] { load_recipe(folder_.string() + "/none.toml"); }).found, "no such file");
  EXPECT_EQ(error_of([] { load_recipe("original.toml"); }).found, "no such file");
}

TEST_F(RecipeFolder, InheritsKeyByKeyAndListsWhole) {
  write("parent.toml",
        "description = 'parent'\nname = 'p'\n[optimizer]\nlr = 0.5\nmomentum = 0.5\n"
        "[augment]\npolicies = ['pad', 'cutout']\npad.height = 50\npad.width = 51\n");
  const fs::path child = write("child.toml",
                               "inherit = 'parent'\n[optimizer]\nlr = 0.25\n[augment]\npolicies = ['cutout']\n"
                               "pad = {height = 60}\n");
  const Recipe recipe = load_recipe(child.string(), {{"optimizer.dampening", "0.5"}});
  EXPECT_EQ(recipe.name, "child");
  EXPECT_EQ(recipe.description, "");
  EXPECT_EQ(recipe.optimizer.lr, 0.25);
  EXPECT_EQ(recipe.optimizer.momentum, 0.5);
  EXPECT_EQ(recipe.optimizer.dampening, 0.5);
  EXPECT_EQ(recipe.augment.policies, (std::vector<std::string>{"cutout"}));
  EXPECT_EQ(recipe.augment.values.at("pad.height"), core::OptionValue(std::int64_t{60}));
  EXPECT_EQ(recipe.augment.values.at("pad.width"), core::OptionValue(std::int64_t{51}));
}

TEST_F(RecipeFolder, InheritsFromBesideTheFileFirst) {
  write("parent.toml", "epochs = 1\n");
  write("inner/parent.toml", "epochs = 2\n");
  EXPECT_EQ(load_recipe(write("inner/by_name.toml", "inherit = 'parent'").string()).epochs, 2);
  EXPECT_EQ(load_recipe(write("inner/by_path.toml", "inherit = '../parent.toml'").string()).epochs, 1);
}

TEST_F(RecipeFolder, KeepsTheNameThatAFileGives) {
  // A run's recipe.toml says what it came from.
  EXPECT_EQ(load_recipe(write("run/recipe.toml", "name = 'original'").string()).name, "original");
}

TEST_F(RecipeFolder, RefusesCirclesAndLongChains) {
  write("a.toml", "inherit = 'b'");
  const fs::path b = write("b.toml", "inherit = 'a'");
  const core::ErrorParts circle = error_of([] { load_recipe("a"); });
  EXPECT_TRUE(circle.found.starts_with("it inherits from itself: ")) << circle.found;
  EXPECT_NE(circle.found.find(b.filename().string()), std::string::npos) << circle.found;
  EXPECT_TRUE(error_of([&] {
                load_recipe(write("self.toml", "inherit = 'self.toml'").string());
              }).found.starts_with("it inherits from itself: "));

  write("0.toml", "epochs = 7");
  for (int i = 1; i <= 16; ++i) write(std::to_string(i) + ".toml", "inherit = '" + std::to_string(i - 1) + "'");
  EXPECT_EQ(load_recipe("15").epochs, 7);
  EXPECT_EQ(error_of([] { load_recipe("16"); }).found, "it inherits through more than 16 files");
}

TEST_F(RecipeFolder, SaysWhereAMissingParentIsNamed) {
  const fs::path file = write("child.toml", "\ninherit = 'orginal'");
  const core::ErrorParts parts = error_of([&] { load_recipe(file.string()); });
  EXPECT_EQ(parts.found, file.string() + ":2: it inherits from 'orginal': no recipe of that name");
  EXPECT_EQ(parts.remedy, "did you mean 'original'?");
  EXPECT_EQ(error_of([&] { load_recipe(write("odd.toml", "inherit = 3").string()); }).found,
            (folder_ / "odd.toml").string() + ":1: inherit isn't a text");
}

TEST_F(RecipeFolder, NamesTheParentsLine) {
  const fs::path parent = write("parent.toml", "epochs = 1\nepocs = 2");
  write("child.toml", "inherit = 'parent'");
  EXPECT_EQ(error_of([] { load_recipe("child"); }).found, parent.string() + ":2: unknown key 'epocs'");
}

TEST_F(RecipeFolder, ReadsAtMostSoManyBytes) {
  const fs::path file = write("long.toml", std::string(max_recipe_bytes + 1, '#'));
  const core::ErrorParts parts = error_of([&] { load_recipe(file.string()); });
  EXPECT_EQ(parts.attempted, "read " + file.string());
  EXPECT_EQ(parts.allowed, "at most 65536 bytes");
}

}  // namespace
}  // namespace reslab::recipe
