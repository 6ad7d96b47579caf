// One value on its way into a recipe, and the place where it was written. Independent of the syntax it was written in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "reslab/recipe/fields.h"

namespace reslab::recipe {

struct Value;

/// The key holds a table. Its contents are assignments of their own.
struct TableMark {};

/// A value of a kind that no key takes ("a date").
struct OtherKind {
  std::string kind;
};

struct Value {
  std::variant<bool, std::int64_t, double, std::string, std::vector<Value>, TableMark, OtherKind> data;
};

struct Assignment {
  std::string key;  ///< dotted
  Value value;
  std::string attempted;  ///< for errors: "read the recipe", "set optimizer.lr to '0.02'"
  std::string place;      ///< for errors: "fast.toml:12: ", or ""
};

/// Puts the value where its key says. Throws UserError when the key is unknown or the value isn't allowed there.
void assign(Recipe& recipe, const Assignment& assignment);

/// What keeps `text` from being a text of a recipe, such as "bytes that aren't UTF-8"; "" where nothing does: then what
/// to_toml writes of it reads back the same.
std::string text_fault(std::string_view text);

/// What assign would need to give `recipe` this field's value.
Value value_of(const Field& field, const Recipe& recipe);

}  // namespace reslab::recipe
