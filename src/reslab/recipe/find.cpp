#include "reslab/recipe/find.h"

#include <algorithm>
#include <cstdlib>
#include <map>

#include "reslab/core/command.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/nearest.h"
#include "reslab/recipe/recipe.h"
#include "reslab/recipe/toml.h"

namespace reslab::recipe {
namespace {

namespace fs = std::filesystem;

constexpr const char* extension = ".toml";

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error) && !fs::is_directory(path, error);
}

// The folder that holds bin/reslab, or "" where the system doesn't tell.
fs::path program_folder() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path{} : program.parent_path();
}

// One line, also for a file that is no recipe: a list must not fail for one bad file.
std::string read_description(const fs::path& path) {
  try {
    for (const Assignment& assignment : read_toml(core::read_text(path, max_recipe_bytes), path.string()))
      if (const auto* text = std::get_if<std::string>(&assignment.value.data); text && assignment.key == "description")
        return text->substr(0, text->find('\n'));
    return "";
  } catch (const core::UserError& error) {
    return "(not readable: " + error.parts().found + ")";
  }
}

std::map<std::string, fs::path> recipes_by_name() {
  std::map<std::string, fs::path> recipes;
  for (const fs::path& folder : recipe_folders()) {
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
      if (entry->path().extension() == extension && is_file(entry->path()))
        recipes.emplace(entry->path().stem().string(), entry->path());
  }
  return recipes;
}

[[noreturn]] void refuse_name(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& [known, path] : recipes_by_name()) names.push_back(known);
  std::string remedy = core::did_you_mean(name, names);
  if (names.empty()) {
    std::vector<std::string> folders;
    for (const fs::path& folder : recipe_folders()) folders.push_back(folder.string());
    remedy = "name the folder of the recipes in RESLAB_RECIPES; looked in: " + core::join(folders);
  }
  throw core::UserError({.attempted = "find the recipe '" + name + "'",
                         .found = "no recipe of that name",
                         .allowed = core::join(names) + (names.empty() ? "" : ", or ") + "the path of a .toml file",
                         .remedy = remedy});
}

}  // namespace

std::vector<fs::path> recipe_folders() {
  std::vector<fs::path> folders;
  if (const char* variable = std::getenv("RESLAB_RECIPES")) {
    std::istringstream names(variable);
    for (std::string name; std::getline(names, name, ':');)
      if (!name.empty()) folders.emplace_back(name);
  }
  const fs::path installed = program_folder() / ".." / "share" / "reslab" / "recipes";
  std::error_code error;
  if (fs::is_directory(installed, error)) folders.push_back(fs::weakly_canonical(installed, error));
#ifdef RESLAB_SOURCE_RECIPES
  // An installed program doesn't look into the tree that it was built from.
  else
    folders.emplace_back(RESLAB_SOURCE_RECIPES);
#endif
  return folders;
}

std::vector<RecipeFile> list_recipes() {
  std::vector<RecipeFile> files;
  for (const auto& [name, path] : recipes_by_name()) files.push_back({name, path, read_description(path)});
  return files;
}

fs::path find_recipe(const std::string& name_or_path, const fs::path& beside) {
  if (name_or_path.find('/') != std::string::npos || name_or_path.ends_with(extension)) {
    if (const fs::path path = beside / name_or_path; is_file(path)) return path;
    throw core::UserError({.attempted = "read the recipe " + (beside / name_or_path).string(),
                           .found = "no such file",
                           .remedy = "check the path, or choose one of `" + core::command({"recipe", "list"}) + "`"});
  }
  if (!beside.empty())
    if (const fs::path path = beside / (name_or_path + extension); is_file(path)) return path;
  for (const fs::path& folder : recipe_folders())
    if (const fs::path path = folder / (name_or_path + extension); is_file(path)) return path;
  refuse_name(name_or_path);
}

}  // namespace reslab::recipe
