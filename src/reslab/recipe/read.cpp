// Recipes from files and text: `inherit`, overrides, checks.
#include <algorithm>

#include "reslab/core/command.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/nearest.h"
#include "reslab/recipe/find.h"
#include "reslab/recipe/override.h"
#include "reslab/recipe/recipe.h"
#include "reslab/recipe/toml.h"
#include "reslab/recipe/value.h"

namespace reslab::recipe {
namespace {

namespace fs = std::filesystem;
using core::UserError;

constexpr std::size_t longest_chain = 16;  // files that inherit from one another

struct Source {
  std::string text;
  std::string name;  ///< for errors
  fs::path file;     ///< "" when the text came from no file
};

Source read_source(const fs::path& path) { return {core::read_text(path, max_recipe_bytes), path.string(), path}; }

// Applies files to a recipe, each after the one that it inherits from.
class Inheritance {
 public:
  explicit Inheritance(Recipe& recipe) : recipe_(recipe) {}

  void apply(const Source& source) {
    std::vector<Assignment> assignments = read_toml(source.text, source.name);
    if (assignments.empty() && !source.file.empty())
      throw UserError(
          {.attempted = "read the recipe " + source.name,
           .found = "a file that sets no key: it is empty, or was cut off",
           .remedy = "begin with `inherit = \"original\"`; keys: `" + core::command({"recipe", "keys"}) + "`"});
    enter(source);
    const auto is_inherit = [](const Assignment& assignment) { return assignment.key == "inherit"; };
    if (const auto found = std::ranges::find_if(assignments, is_inherit); found != assignments.end()) {
      apply_parent(*found, source);
      assignments.erase(found);
    }
    for (const Assignment& assignment : assignments) assign(recipe_, assignment);
  }

 private:
  void enter(const Source& source) {
    std::error_code error;
    const fs::path file = source.file.empty() ? fs::path(source.name) : fs::weakly_canonical(source.file, error);
    const bool again = std::ranges::find(chain_, file.string()) != chain_.end();
    chain_.push_back(file.string());
    if (again || chain_.size() > longest_chain)
      throw UserError({.attempted = "read the recipe " + chain_.front(),
                       .found = again ? "it inherits from itself: " + core::join(chain_, " -> ")
                                      : core::concatenate("it inherits through more than ", longest_chain, " files"),
                       .remedy = "take `inherit` out of one of them"});
  }

  void apply_parent(const Assignment& inherit, const Source& child) {
    const auto* name = std::get_if<std::string>(&inherit.value.data);
    if (name == nullptr)
      throw UserError({.attempted = inherit.attempted,
                       .found = inherit.place + "inherit isn't a text",
                       .allowed = "the name of a recipe, or the path of a .toml file"});
    apply(read_source(find_parent(*name, inherit, child)));
    // These say what a recipe is, so they aren't its children's.
    recipe_.name.clear();
    recipe_.description.clear();
  }

  static fs::path find_parent(const std::string& name, const Assignment& inherit, const Source& child) {
    try {
      return find_recipe(name, child.file.parent_path());
    } catch (const UserError& error) {
      core::ErrorParts parts = error.parts();
      parts.found = inherit.place + "it inherits from '" + name + "': " + parts.found;
      throw UserError(std::move(parts));
    }
  }

  Recipe& recipe_;
  std::vector<std::string> chain_;  // from the first file to the one being read
};

// A recipe that says no name is called as its file is.
std::string name_of_file(const std::string& name) {
  if (const std::string fault = text_fault(name); !fault.empty())
    throw UserError({.attempted = "name the recipe '" + name + "' after its file",
                     .found = "a name with " + fault,
                     .allowed = allowed_text(),
                     .remedy = "write a name into the file (name = \"…\"), or rename it"});
  return name;
}

Recipe resolve(const Source& source, const std::string& name, const Overrides& overrides) {
  Recipe recipe;
  Inheritance(recipe).apply(source);
  if (recipe.name.empty()) recipe.name = name_of_file(name);
  for (const auto& [key, text] : overrides) apply_override(recipe, key, text);
  check_recipe(recipe);
  return recipe;
}

}  // namespace

Recipe load_recipe(const std::string& name_or_path, const Overrides& overrides) {
  const fs::path path = find_recipe(name_or_path);
  return resolve(read_source(path), path.stem().string(), overrides);
}

std::vector<std::string> keys_in_file(const std::string& name_or_path) {
  const Source source = read_source(find_recipe(name_or_path));
  std::vector<std::string> keys;
  for (const Assignment& assignment : read_toml(source.text, source.name))
    if (find_field(assignment.key) != nullptr) keys.push_back(assignment.key);
  return keys;
}

Recipe parse_recipe(std::string_view toml, const std::string& source, const Overrides& overrides) {
  return resolve({std::string(toml), source, {}}, "", overrides);
}

}  // namespace reslab::recipe
