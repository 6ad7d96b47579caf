// The keys of a recipe, each described once: its name, its place in the struct, what it may be, what it means. Reading,
// overriding, writing, hashing and the manual all go by this one table; a key that isn't in it doesn't exist.
//
//   for (const Field& field : recipe_fields()) std::cout << field.key << ": " << allowed_values(field) << '\n';
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "reslab/recipe/recipe.h"

namespace reslab::recipe {

inline constexpr double largest_lr = 1000;  ///< that a recipe takes

/// Bounds of a number, or of each number of a list.
struct Range {
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
  bool least_included = true, most_included = true;

  /// False for NaN.
  bool contains(double number) const;
  /// What a number must be that the range doesn't contain: "at least 1", "below 1"; "a number" for NaN.
  std::string demand(double number) const;
};

/// Where in a recipe a value lives.
template <typename T>
struct Access {
  std::function<const T&(const Recipe&)> read;
  std::function<T&(Recipe&)> write;
};

struct Field {
  std::string key;  ///< dotted: "optimizer.lr"
  std::variant<Access<bool>, Access<std::int64_t>, Access<std::uint64_t>, Access<double>, Access<std::string>,
               Access<std::vector<double>>, Access<std::vector<std::string>>>
      access;
  std::string meaning;                    ///< one line, for the manual
  Range range = {};                       ///< of numbers
  std::vector<std::string> choices = {};  ///< of texts; empty: any. In a list each may stand once.
  bool decides_result = true;             ///< part of recipe_hash
  bool of_networks = false;               ///< an option of some networks: "model.width"
  bool of_policies = false;               ///< an option of a policy: "augment.pad.height"
};

/// Most values in a list of numbers.
inline constexpr std::size_t max_list_length = 16;

/// Most bytes of a text.
inline constexpr std::size_t max_text_bytes = 1000;

/// All fields, in the order in which recipes are written: the keys of a table stand together.
std::span<const Field> recipe_fields();

/// Those that say something of this recipe: without the options of other networks than its own, unless they are set to
/// another value than their initial one.
std::vector<const Field*> fields_of(const Recipe& recipe);

/// nullptr when there is none.
const Field* find_field(std::string_view key);

/// Whether keys begin with `name` and a dot: "optimizer", "augment.pad". The top, "", is a table too.
bool is_table(std::string_view name);

/// Names inside a table, without its own: keys, then tables.
std::vector<std::string> names_in_table(std::string_view table);

/// What a key may be, as text for errors and the manual: "a whole number in [1, 1000000]".
std::string allowed_values(const Field& field);

/// What a text may be that has no choices: "one line of UTF-8 text of at most 1000 bytes".
std::string allowed_text();

/// The known key or table nearest to an unknown one, or "" when none is near.
std::string nearest_key(std::string_view unknown);

}  // namespace reslab::recipe
