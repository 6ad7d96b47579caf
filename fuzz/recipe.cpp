// recipe::parse_recipe, and values as --set takes them.
#include "reslab/recipe/recipe.h"

#include <cstdlib>
#include <string>

#include "fuzz/target.h"
#include "reslab/recipe/toml.h"

namespace reslab::fuzz {

void read(std::span<const std::byte> bytes) {
  const std::string text(text_of(bytes));
  // What comes before a byte 0 is set on the command line.
  const std::size_t end = text.find('\0');
  recipe::Overrides overrides;
  if (end != std::string::npos) overrides.push_back(recipe::parse_override(text.substr(0, end)));
  const recipe::Recipe recipe =
      recipe::parse_recipe(end == std::string::npos ? text : text.substr(end + 1), "input", overrides);
  // What is read can be written, and read again to the same.
  const std::string written = recipe::to_toml(recipe);
  if (recipe::to_toml(recipe::parse_recipe(written, "written")) != written) std::abort();
}

std::vector<std::string> worst_cases() {
  constexpr std::size_t size = recipe::max_recipe_bytes;
  const auto units = [](const char* unit) { return [=](std::size_t) { return std::string(unit); }; };
  const auto number = [](std::size_t i) { return std::to_string(i); };
  return {repeated("a=[0", units(",0"), "]", size),
          repeated("a=[[]", units(",[]"), "]", size),
          repeated("a=[\"\"", units(",\"\""), "]", size),
          repeated("a=[{}", units(",{}"), "]", size),
          repeated(
              "", [&](std::size_t i) { return number(i) + "=0\n"; }, "", size),
          repeated(
              "", [&](std::size_t i) { return "[" + number(i) + "]\n"; }, "", size),
          repeated(
              "", [&](std::size_t i) { return "[a.b.c.d." + number(i) + "]\n"; }, "", size)};
}

}  // namespace reslab::fuzz
