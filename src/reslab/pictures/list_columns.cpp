#include "reslab/pictures/list_columns.h"

#include <algorithm>
#include <array>
#include <span>

#include "reslab/core/nearest.h"
#include "reslab/core/number.h"

namespace reslab::pictures {
namespace {

[[noreturn]] void refuse_columns(const std::string& text, const std::string& found, const std::string& remedy = "") {
  throw core::UserError({.attempted = "use the columns '" + text + "' of a list",
                         .found = found,
                         .allowed =
                             "path=…,label=… and perhaps split=… and group=…, each once: names that stand in the "
                             "header, or for a file without one numbers from 1",
                         .remedy = remedy});
}

const std::array<std::pair<std::string, std::optional<std::string> ColumnChoice::*>, 4>& column_names() {
  static const std::array<std::pair<std::string, std::optional<std::string> ColumnChoice::*>, 4> names{
      {{"path", &ColumnChoice::path},
       {"label", &ColumnChoice::label},
       {"split", &ColumnChoice::split},
       {"group", &ColumnChoice::group}}};
  return names;
}

std::size_t numbered_column(const CsvReader& reader, const CsvRow& first, const std::string& name,
                            const std::string& value) {
  const auto number = core::parse<std::size_t>(value);
  if (number && *number >= 1 && *number <= first.fields.size()) return *number - 1;
  reader.refuse(first.fields.front(),
                core::concatenate(first.fields.size(), " columns, where ", name, " is to be column ", value),
                core::concatenate("columns 1 to ", first.fields.size()), "check --columns and --delimiter");
}

std::optional<std::size_t> named_column(const CsvReader& reader, const CsvRow& header, const std::string& name) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < header.fields.size(); ++i) {
    if (header.fields[i].text != name) continue;
    if (found) reader.refuse(header.fields[i], "a second column named '" + name + "'", "each name once in the header");
    found = i;
  }
  return found;
}

[[noreturn]] void refuse_no_column(const CsvReader& reader, const CsvRow& header, const std::string& wanted) {
  std::vector<std::string> names;
  for (const CsvField& field : header.fields) names.push_back(field.text);
  const std::size_t shown = std::min<std::size_t>(names.size(), 20);
  const std::string guess = core::did_you_mean(wanted, names);
  reader.refuse(
      header.fields.front(),
      "a header without '" + wanted + "': " + core::join(std::span(names).first(shown)) +
          (shown < names.size() ? ", …" : ""),
      "path,label[,split,group]",
      (guess.empty() ? "" : guess + " ") +
          std::string("say which column is which, as --columns path=file,label=breed, or for a list without a "
                      "header by numbers, as --columns path=1,label=2; and check --delimiter"));
}

}  // namespace

ColumnChoice parse_columns(const std::string& text) {
  ColumnChoice choice;
  std::size_t numbers = 0, names = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string piece = text.substr(begin, end - begin);
    begin = end + 1;
    const std::size_t equals = piece.find('=');
    const auto column =
        std::ranges::find(column_names(), piece.substr(0, equals), [](const auto& c) { return c.first; });
    if (equals == std::string::npos || column == column_names().end() || equals + 1 == piece.size())
      refuse_columns(text, "'" + piece + "'");
    if (choice.*column->second) refuse_columns(text, "'" + column->first + "' twice");
    const std::string value = piece.substr(equals + 1);
    choice.*column->second = value;
    ++(core::parse<std::uint64_t>(value) ? numbers : names);
  }
  if (numbers > 0 && names > 0) refuse_columns(text, "names and numbers");
  choice.by_number = numbers > 0;
  if (choice.by_number && (!choice.path || !choice.label))
    refuse_columns(text, choice.path ? "no number for 'label'" : "no number for 'path'");
  return choice;
}

ListColumns find_columns(const ColumnChoice& choice, const CsvReader& reader, const CsvRow& first) {
  ListColumns columns;
  const auto place = [&](const std::string& name, const std::optional<std::string>& value,
                         bool needed) -> std::optional<std::size_t> {
    if (choice.by_number) return value ? std::optional(numbered_column(reader, first, name, *value)) : std::nullopt;
    const auto found = named_column(reader, first, value.value_or(name));
    if (!found && (needed || value)) refuse_no_column(reader, first, value.value_or(name));
    return found;
  };
  columns.path = *place("path", choice.path, true);
  columns.label = *place("label", choice.label, true);
  columns.split = place("split", choice.split, false);
  columns.group = place("group", choice.group, false);
  if (choice.hashes) columns.hash = place("hash", std::nullopt, false);
  return columns;
}

}  // namespace reslab::pictures
