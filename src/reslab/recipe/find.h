// Recipe files by name or path.
#pragma once

#include <filesystem>
#include <string>

namespace reslab::recipe {

/// A path where it has a slash or ends in ".toml", a name otherwise. Both are looked for in `beside` first ("" for the
/// working folder, where only paths are looked for); names then in recipe_folders(). Throws UserError with the nearest
/// name when there is no such file.
std::filesystem::path find_recipe(const std::string& name_or_path, const std::filesystem::path& beside = {});

}  // namespace reslab::recipe
