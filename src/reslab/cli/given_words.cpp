#include "reslab/cli/given_words.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>

#include "reslab/core/error.h"
#include "reslab/core/nearest.h"

namespace reslab::cli {
namespace {

enum class FaultKind {
  no_value,  // CLI11 would take something for a value that isn't meant as one
  unknown,   // CLI11 refuses it too
};

struct Fault {
  FaultKind kind = FaultKind::unknown;
  core::ErrorParts parts;
};

// "train", "runs list"; "" for the program itself.
std::string verbs(const CLI::App& app) {
  if (app.get_parent() == nullptr) return "";
  const std::string before = verbs(*app.get_parent());
  return before + (before.empty() ? "" : " ") + app.get_name();
}

core::Words help_of(const CLI::App& app) {
  core::Words words;
  for (const CLI::App* each = &app; each->get_parent() != nullptr; each = each->get_parent())
    words.insert(words.begin(), each->get_name());
  words.emplace_back("--help");
  return words;
}

// Both forms of each, as they are written.
std::vector<std::string> options_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

std::vector<std::string> subcommands_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* each : app.get_subcommands({})) names.push_back(each->get_name());
  return names;
}

Fault unknown_verb(const CLI::App& app, const std::string& word) {
  const std::vector<std::string> names = subcommands_of(app);
  const std::string before = verbs(app);
  return {.parts = {.attempted = "run reslab " + before + (before.empty() ? "" : " ") + word,
                    .found = "no subcommand of that name",
                    .allowed = core::join(names),
                    .remedy = core::did_you_mean(word, names)}};
}

Fault unknown_option(const CLI::App& app, const std::string& name) {
  const std::string before = verbs(app);
  std::string remedy = core::did_you_mean(name, options_of(app));
  if (!remedy.empty()) remedy += " ";
  return {.parts = {.attempted = "run reslab" + (before.empty() ? "" : " " + before) + " with " + name,
                    .found = "no option of that name",
                    .remedy = remedy + "see: " + core::command(help_of(app))}};
}

Fault swallowed(const std::string& option, const std::string& written, const std::string& value) {
  return {.kind = FaultKind::no_value,
          .parts = {.attempted = "read a value for " + option,
                    .found = "'" + value + "', which looks like the next option",
                    .allowed = "a value that doesn't begin with -, or one joined to its option by =",
                    .remedy = "give " + option + " a value; if that is the one you mean, write " +
                              core::shell_word(written + "=" + value)}};
}

Fault nothing_behind(const std::string& option) {
  return {.kind = FaultKind::no_value,
          .parts = {.attempted = "read a value for " + option,
                    .found = "nothing behind " + option + "=",
                    .allowed = option + "=VALUE, or " + option + " VALUE",
                    .remedy = "give it a value, or leave the option out"}};
}

// By one of the names that it is written with; nullptr where there is none.
const CLI::Option* find_option(const CLI::App& app, const std::string& name) {
  for (const CLI::Option* option : app.get_options())
    if (name.starts_with("--") ? option->check_lname(name.substr(2)) : option->check_sname(name.substr(1)))
      return option;
  return nullptr;
}

int values_of(const CLI::Option& option) {
  return option.get_items_expected_max() == 0 ? 0
                                              : std::min(option.get_type_size_min(), option.get_items_expected_min());
}

class Reading {
 public:
  Reading(const CLI::App& app, const core::Words& words) : app_(&app), words_(words) {}

  std::optional<Fault> first(std::optional<FaultKind> kind) {
    while (next_ < words_.size()) {
      const std::optional<Fault> fault = read(words_[next_++]);
      if (ended_) return std::nullopt;
      if (fault && (!kind || fault->kind == *kind)) return fault;
    }
    return std::nullopt;
  }

 private:
  std::optional<Fault> read(const std::string& word) {
    if (word == "--") ended_ = true;
    if (ended_) return std::nullopt;
    if (core::looks_like_option(word)) return word.starts_with("--") ? read_long(word) : read_short(word);
    const std::vector<std::string> names = subcommands_of(*app_);
    if (names.empty()) return std::nullopt;
    if (std::ranges::find(names, word) == names.end()) return unknown_verb(*app_, word);
    app_ = app_->get_subcommand(word);
    return std::nullopt;
  }

  std::optional<Fault> read_long(const std::string& word) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const CLI::Option* const option = find_option(*app_, name);
    if (option == nullptr) return unknown_option(*app_, name);
    if (values_of(*option) == 0 || (equals != std::string::npos && equals + 1 < word.size())) return std::nullopt;
    if (equals != std::string::npos) return nothing_behind(name);
    return read_value(*option, name);
  }

  // Flags may stand together behind one -, and a value right behind its option.
  std::optional<Fault> read_short(const std::string& word) {
    for (std::size_t at = 1; at < word.size(); ++at) {
      const std::string name{'-', word[at]};
      const CLI::Option* const option = find_option(*app_, name);
      if (option == nullptr) return unknown_option(*app_, name);
      if (values_of(*option) == 0) continue;
      return at + 1 < word.size() ? std::nullopt : read_value(*option, name);
    }
    return std::nullopt;
  }

  // A value that is missing at the end is CLI11's to refuse.
  std::optional<Fault> read_value(const CLI::Option& option, const std::string& name) {
    if (next_ == words_.size()) return std::nullopt;
    const std::string& value = words_[next_];
    if (!core::looks_like_option(value)) {
      next_ += static_cast<std::size_t>(values_of(option));
      return std::nullopt;
    }
    const std::vector<std::string>& names = option.get_lnames();
    return swallowed(name, names.empty() ? name : "--" + names.front(), value);
  }

  const CLI::App* app_;
  const core::Words& words_;
  std::size_t next_ = 0;
  bool ended_ = false;  // there are no options any more
};

void refuse(const CLI::App& app, const core::Words& words, std::optional<FaultKind> kind) {
  if (const std::optional<Fault> fault = Reading(app, words).first(kind)) throw core::UserError(fault->parts);
}

}  // namespace

void check_values(const CLI::App& app, const core::Words& words) { refuse(app, words, FaultKind::no_value); }

void refuse_unknown(const CLI::App& app, const core::Words& words) { refuse(app, words, std::nullopt); }

}  // namespace reslab::cli
