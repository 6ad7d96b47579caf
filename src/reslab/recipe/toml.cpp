#include "reslab/recipe/toml.h"

#include <algorithm>
#include <optional>

#include "reslab/core/error.h"
#include "reslab/recipe/number.h"

// A recipe nests two deep. The library goes as deep as its input, on the stack.
#define TOML_MAX_NESTED_VALUES 16
// Its assertions don't hold for every malformed text ("[="), which the code after them refuses in good order
// (toml++ 3.3). So they must neither end the program nor be taken by the compiler for facts, as they are with NDEBUG.
#define TOML_ASSERT(expression) static_cast<void>(0)
#pragma push_macro("NDEBUG")
#undef NDEBUG
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

namespace reslab::recipe {
namespace {

using core::UserError;

// The longest text and its key.
constexpr std::size_t max_dots_in_line = max_text_bytes + 10;

UserError syntax_error(const std::string& source, std::size_t line, const std::string& found,
                       std::string allowed = {}) {
  return UserError({.attempted = "read the recipe",
                    .found = core::concatenate(source, ':', line, ": ", found),
                    .allowed = std::move(allowed)});
}

// TOML_MAX_NESTED_VALUES doesn't count dotted keys (a.a.a… = 1), each dot of which is a level too.
void refuse_many_dots(std::string_view toml, const std::string& source) {
  std::size_t line = 1, dots = 0;
  for (const char character : toml) {
    if (character == '.' && ++dots > max_dots_in_line)
      throw syntax_error(source, line, "tables nest too deeply",
                         core::concatenate("at most ", max_dots_in_line, " dots in a line"));
    if (character != '\n') continue;
    ++line;
    dots = 0;
  }
}

// Walks over a text as TOML has strings and comments. Outside of them TOML is ASCII, and toml++ 3.3 calls undefined
// behaviour upon itself where it looks there at a letter such as ä for a space.
class NonAscii {
 public:
  explicit NonAscii(std::string_view toml) : rest_(toml) {}

  /// The line, from 1, of the first that stands outside of strings and comments; nothing where there is none.
  std::optional<std::size_t> first_line() {
    char previous = '\n';
    while (!rest_.empty()) {
      const char now = rest_.front();
      if (is_letter(now)) return line_;
      // A quote within a word begins no string.
      const bool begins = std::string_view(" \t\r\n=[,{.").find(previous) != std::string_view::npos;
      if (now == '#')
        skip_comment();
      else if ((now != '"' && now != '\'') || !begins)
        skip(1);
      else if (!skip_string())
        return line_;
      previous = now;
    }
    return std::nullopt;
  }

 private:
  static bool is_letter(char c) { return static_cast<unsigned char>(c) >= 0x80; }

  void skip(std::size_t count) {
    count = std::min(count, rest_.size());
    line_ += static_cast<std::size_t>(std::ranges::count(rest_.substr(0, count), '\n'));
    rest_.remove_prefix(count);
  }

  void skip_comment() { skip(std::min(rest_.find('\n'), rest_.size())); }

  // False before a letter that the library would look at for a space: the first after a line that ends in a backslash.
  bool skip_string() {
    const char quote = rest_.front();
    const std::string three(3, quote);
    const bool long_one = rest_.starts_with(three), escapes = quote == '"';
    const std::string_view end = long_one ? std::string_view(three) : std::string_view(three).substr(0, 1);
    skip(end.size());
    // What isn't closed in its line is no string.
    if (!long_one && rest_.substr(0, rest_.find('\n')).find(quote) == std::string_view::npos) return true;
    while (!rest_.empty() && !rest_.starts_with(end)) {
      if (!long_one && rest_.front() == '\n') return true;
      if (rest_.front() == '\\' && escapes) {
        skip(1);
        const std::size_t blank = std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size());
        const bool line_ends = rest_.substr(0, blank).find('\n') != std::string_view::npos;
        if (line_ends && blank < rest_.size() && is_letter(rest_[blank])) return false;
      }
      skip(1);
    }
    skip(end.size());
    return true;
  }

  std::string_view rest_;
  std::size_t line_ = 1;
};

toml::table parse(std::string_view text, const std::string& source) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  const bool marked = text.starts_with(byte_order_mark);
  if (const auto line = NonAscii(text.substr(marked ? byte_order_mark.size() : 0)).first_line())
    throw syntax_error(source, *line, "not TOML: a letter that isn't ASCII, where no text stands in quotes");

  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    throw syntax_error(source, error.source().begin.line, "not TOML: " + std::string(error.description()));
  }
}

Value to_value(const toml::node& node) {
  if (const auto* flag = node.as_boolean()) return {flag->get()};
  if (const auto* number = node.as_integer()) return {number->get()};
  if (const auto* number = node.as_floating_point()) return {number->get()};
  if (const auto* text = node.as_string()) return {text->get()};
  if (node.is_table()) return {TableMark{}};
  if (const auto* array = node.as_array()) {
    std::vector<Value> values;
    for (const toml::node& element : *array) values.push_back(to_value(element));
    return {std::move(values)};
  }
  return {OtherKind{"a date or time"}};
}

void flatten(const toml::table& table, const std::string& prefix, const std::string& source,
             std::vector<std::pair<toml::source_position, Assignment>>& assignments) {
  for (const auto& [name, node] : table) {
    // A quoted name with a dot is no path: it must not pass for one.
    const bool dotted = name.str().find('.') != std::string_view::npos;
    const std::string key = prefix + (dotted ? core::concatenate('"', name.str(), '"') : std::string(name.str()));
    const toml::source_position position = name.source().begin;
    assignments.emplace_back(position, Assignment{.key = key,
                                                  .value = to_value(node),
                                                  .attempted = "read the recipe",
                                                  .place = core::concatenate(source, ':', position.line, ": ")});
    if (const auto* inner = node.as_table()) flatten(*inner, key + ".", source, assignments);
  }
}

}  // namespace

std::vector<Assignment> read_toml(std::string_view toml, const std::string& source) {
  if (toml.size() > max_recipe_bytes)
    throw syntax_error(source, 1, core::concatenate(toml.size(), " bytes"),
                       core::concatenate("at most ", max_recipe_bytes, " bytes"));
  refuse_many_dots(toml, source);
  std::vector<std::pair<toml::source_position, Assignment>> positioned;
  flatten(parse(toml, source), "", source, positioned);
  std::ranges::stable_sort(positioned, [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Assignment> assignments;
  assignments.reserve(positioned.size());
  for (auto& [position, assignment] : positioned) assignments.push_back(std::move(assignment));
  return assignments;
}

std::optional<Value> parse_toml_value(std::string_view text) {
  if (text.size() > max_recipe_bytes || std::ranges::count(text, '.') > std::ptrdiff_t{max_dots_in_line})
    return std::nullopt;
  try {
    const std::string line = core::concatenate("value = ", text);
    if (NonAscii(line).first_line()) return std::nullopt;
    const toml::table table = toml::parse(line);
    // A line end in `text` may have begun another key.
    return table.size() == 1 ? std::optional(to_value(*table.get("value"))) : std::nullopt;
  } catch (const toml::parse_error&) {
    return std::nullopt;
  }
}

bool is_toml_line(std::string_view text) {
  // What may stand in a comment.
  return text.find('\n') == std::string_view::npos && parse_toml_value(core::concatenate("0 # ", text)).has_value();
}

std::string toml_value(const Value& value) {
  struct Write {
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(std::int64_t number) const { return core::concatenate(number); }
    std::string operator()(double number) const {
      const std::string text = shortest_text(number);
      return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
    }
    std::string operator()(const std::string& text) const {
      const toml::value<std::string> node(text);
      std::ostringstream stream;
      stream << toml::toml_formatter{node, toml::format_flags::allow_unicode_strings};
      return std::move(stream).str();
    }
    std::string operator()(const std::vector<Value>& list) const {
      std::string text;
      for (const Value& item : list) text += (text.empty() ? "" : ", ") + toml_value(item);
      return "[" + text + "]";
    }
    std::string operator()(TableMark) const {
      RESLAB_ASSERT(false, "a table isn't a value");
      return {};
    }
    std::string operator()(const OtherKind& other) const {
      RESLAB_ASSERT(false, other.kind);
      return {};
    }
  };
  return std::visit(Write{}, value.data);
}

}  // namespace reslab::recipe
