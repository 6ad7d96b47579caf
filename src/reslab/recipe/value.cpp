#include "reslab/recipe/value.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "reslab/core/error.h"
#include "reslab/core/nearest.h"
#include "reslab/core/printable.h"
#include "reslab/core/quantity.h"
#include "reslab/recipe/number.h"

namespace reslab::recipe {
namespace {

using core::UserError;

std::string shown(const Value& value) {
  struct Show {
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(std::int64_t number) const { return core::concatenate("the whole number ", number); }
    std::string operator()(double number) const { return "the number " + shortest_text(number); }
    std::string operator()(const std::string& text) const {
      constexpr std::size_t longest = 60;
      return "the text '" + (text.size() <= longest ? text : text.substr(0, longest) + "...") + "'";
    }
    std::string operator()(const std::vector<Value>& list) const {
      return "a list of " + core::counted(std::ssize(list), "value");
    }
    std::string operator()(TableMark) const { return "a table"; }
    std::string operator()(const OtherKind& other) const { return other.kind; }
  };
  return std::visit(Show{}, value.data);
}

[[noreturn]] void refuse(const Assignment& assignment, const Field& field, const std::string& found,
                         const Value* wrong = nullptr) {
  std::string remedy;
  if (const auto* text = wrong == nullptr ? nullptr : std::get_if<std::string>(&wrong->data))
    remedy = core::did_you_mean(*text, field.choices);
  throw UserError({.attempted = assignment.attempted,
                   .found = assignment.place + field.key + " is " + found,
                   .allowed = allowed_values(field),
                   .remedy = remedy});
}

[[noreturn]] void refuse_unknown(const Assignment& assignment) {
  // The table that the message lists: the longest known one around the key.
  std::string table = assignment.key;
  do {
    const std::size_t dot = table.rfind('.');
    table.resize(dot == std::string::npos ? 0 : dot);
  } while (!is_table(table));
  const std::string nearest = nearest_key(assignment.key);
  throw UserError(
      {.attempted = assignment.attempted,
       .found = assignment.place + "unknown key '" + assignment.key + "'",
       .allowed = (table.empty() ? "at the top: " : "in [" + table + "]: ") + core::join(names_in_table(table)),
       .remedy = nearest.empty() ? "" : "did you mean '" + nearest + "'?"});
}

// Turns a value into what a field of each type holds, or refuses it.
struct ValueReader {
  const Assignment& assignment;
  const Field& field;
  Recipe& recipe;

  // Where what is attempted names the value ("set epochs to '0'"), only the bound is news.
  [[noreturn]] void refuse_value(const Value& value) const {
    std::optional<double> number;
    if (const auto* real = std::get_if<double>(&value.data)) number = *real;
    if (const auto* whole = std::get_if<std::int64_t>(&value.data)) number = static_cast<double>(*whole);
    if (assignment.attempted.starts_with("set ") && number && holds_numbers() && !field.range.contains(*number))
      throw UserError({.attempted = assignment.attempted,
                       .found = core::concatenate(field.key, " must be ", field.range.demand(*number)),
                       .allowed = allowed_values(field)});
    refuse(assignment, field, shown(value), &value);
  }

  bool holds_numbers() const {
    return !std::holds_alternative<Access<bool>>(field.access) &&
           !std::holds_alternative<Access<std::string>>(field.access) &&
           !std::holds_alternative<Access<std::vector<std::string>>>(field.access);
  }

  double real(const Value& value) const {
    std::optional<double> number;
    if (const auto* real = std::get_if<double>(&value.data)) number = *real;
    if (const auto* whole = std::get_if<std::int64_t>(&value.data)) number = static_cast<double>(*whole);
    if (const auto* text = std::get_if<std::string>(&value.data)) number = parse_fraction(*text);
    if (!number || !std::isfinite(*number) || !field.range.contains(*number)) refuse_value(value);
    return *number + 0.0;  // −0 becomes 0, so that equal recipes have equal hashes
  }

  std::int64_t whole(const Value& value) const {
    const auto* number = std::get_if<std::int64_t>(&value.data);
    if (number == nullptr || !field.range.contains(static_cast<double>(*number))) refuse_value(value);
    return *number;
  }

  const std::string& text(const Value& value) const {
    const auto* text = std::get_if<std::string>(&value.data);
    if (text == nullptr) refuse_value(value);
    if (!field.choices.empty() && std::ranges::find(field.choices, *text) == field.choices.end()) refuse_value(value);
    if (const std::string fault = text_fault(*text); !fault.empty()) refuse(assignment, field, "a text with " + fault);
    return *text;
  }

  const std::vector<Value>& list(const Value& value) const {
    const auto* list = std::get_if<std::vector<Value>>(&value.data);
    if (list == nullptr) refuse_value(value);
    return *list;
  }

  void operator()(const Access<bool>& access) const {
    const auto* flag = std::get_if<bool>(&assignment.value.data);
    if (flag == nullptr) refuse_value(assignment.value);
    access.write(recipe) = *flag;
  }
  void operator()(const Access<std::int64_t>& access) const { access.write(recipe) = whole(assignment.value); }
  void operator()(const Access<std::uint64_t>& access) const {
    access.write(recipe) = static_cast<std::uint64_t>(whole(assignment.value));
  }
  void operator()(const Access<double>& access) const { access.write(recipe) = real(assignment.value); }
  void operator()(const Access<std::string>& access) const { access.write(recipe) = text(assignment.value); }

  void operator()(const Access<std::vector<double>>& access) const {
    std::vector<double> numbers;
    for (const Value& value : list(assignment.value)) numbers.push_back(real(value));
    if (numbers.size() > max_list_length) refuse_value(assignment.value);
    access.write(recipe) = std::move(numbers);
  }

  void operator()(const Access<std::vector<std::string>>& access) const {
    std::vector<std::string> texts;
    for (const Value& value : list(assignment.value)) {
      if (std::ranges::find(texts, text(value)) != texts.end())
        refuse(assignment, field, "a list with " + shown(value) + " twice");
      texts.push_back(text(value));
    }
    access.write(recipe) = std::move(texts);
  }
};

template <typename T>
Value as_value(const T& value) {
  return {value};
}
Value as_value(std::uint64_t number) { return {static_cast<std::int64_t>(number)}; }
template <typename T>
Value as_value(const std::vector<T>& items) {
  std::vector<Value> list;
  list.reserve(items.size());
  for (const T& item : items) list.push_back({item});
  return {std::move(list)};
}

}  // namespace

std::string text_fault(std::string_view text) {
  if (std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    return "line ends or other control characters";
  if (!core::is_utf8(text)) return "bytes that aren't UTF-8";
  return text.size() > max_text_bytes ? core::counted(std::ssize(text), "byte") : "";
}

void assign(Recipe& recipe, const Assignment& assignment) {
  if (const Field* field = find_field(assignment.key)) {
    std::visit(ValueReader{assignment, *field, recipe}, field->access);
    return;
  }
  if (!is_table(assignment.key) || assignment.key.empty()) refuse_unknown(assignment);
  // In a file the table's own keys follow.
  if (std::holds_alternative<TableMark>(assignment.value.data) && !assignment.place.empty()) return;
  throw UserError({.attempted = assignment.attempted,
                   .found = assignment.place + assignment.key + " is " + shown(assignment.value),
                   .allowed = "a table with the keys " + core::join(names_in_table(assignment.key)),
                   .remedy = "give the key too: " + assignment.key + "." + names_in_table(assignment.key).front()});
}

Value value_of(const Field& field, const Recipe& recipe) {
  return std::visit([&](const auto& access) { return as_value(access.read(recipe)); }, field.access);
}

}  // namespace reslab::recipe
