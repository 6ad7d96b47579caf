#include "reslab/core/option.h"

#include <algorithm>

#include "reslab/core/error.h"
#include "reslab/core/nearest.h"

namespace reslab::core {
namespace {

std::vector<std::string> names_of(const std::vector<Option>& options) {
  std::vector<std::string> names;
  names.reserve(options.size());
  for (const Option& option : options) names.push_back(option.name);
  return names;
}

std::string allowed_values(const Option& option) {
  struct Describe {
    const Option& option;
    std::string operator()(bool) const { return "true or false"; }
    std::string operator()(std::int64_t) const { return "a whole number " + bounds(); }
    std::string operator()(double) const { return "a number " + bounds(); }
    std::string operator()(const std::string&) const { return join(option.choices); }
    std::string operator()(const std::vector<double>&) const { return "a list of numbers " + bounds(); }
    std::string bounds() const { return concatenate("from ", option.least, " to ", option.most); }
  };
  return std::visit(Describe{option}, option.initial);
}

bool is_allowed(const Option& option, const OptionValue& value) {
  struct Look {
    const Option& option;
    bool operator()(bool) const { return true; }
    bool operator()(std::int64_t number) const { return within(static_cast<double>(number)); }
    bool operator()(double number) const { return within(number); }
    bool operator()(const std::string& text) const {
      return std::ranges::find(option.choices, text) != option.choices.end();
    }
    bool operator()(const std::vector<double>& numbers) const {
      return std::ranges::all_of(numbers, [this](double number) { return within(number); });
    }
    bool within(double number) const { return number >= option.least && number <= option.most; }
  };
  return value.index() == option.initial.index() && std::visit(Look{option}, value);
}

}  // namespace

const Option* find_option(const std::vector<Option>& options, std::string_view name) {
  const auto found = std::ranges::find(options, name, &Option::name);
  return found == options.end() ? nullptr : &*found;
}

std::string option_text(const OptionValue& value) {
  struct Write {
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(std::int64_t number) const { return concatenate(number); }
    std::string operator()(double number) const { return concatenate(number); }
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(const std::vector<double>& numbers) const {
      std::vector<std::string> texts;
      texts.reserve(numbers.size());
      for (const double number : numbers) texts.push_back(concatenate(number));
      return "[" + join(texts) + "]";
    }
  };
  return std::visit(Write{}, value);
}

void check_options(const std::string& attempted, const std::string& owner, const std::vector<Option>& options,
                   const OptionValues& values) {
  for (const auto& [name, value] : values) {
    const Option* const option = find_option(options, name);
    if (option == nullptr) {
      const std::vector<std::string> known = names_of(options);
      throw UserError({.attempted = attempted,
                       .found = "no option '" + name + "' of " + owner,
                       .allowed = join(known),
                       .remedy = did_you_mean(name, known)});
    }
    if (is_allowed(*option, value)) continue;
    const auto* text = std::get_if<std::string>(&value);
    throw UserError({.attempted = attempted,
                     .found = name + " = " + option_text(value),
                     .allowed = allowed_values(*option),
                     .remedy = text == nullptr ? "" : did_you_mean(*text, option->choices)});
  }
}

Settings::Settings(const std::vector<Option>& options, const OptionValues& values) : values_(values) {
  for (const Option& option : options) values_.try_emplace(option.name, option.initial);
}

std::vector<std::int64_t> Settings::wholes(std::string_view name) const {
  std::vector<std::int64_t> all;
  for (const double number : numbers(name)) all.push_back(static_cast<std::int64_t>(number));
  return all;
}

template <typename T>
const T& Settings::value(std::string_view name) const {
  const auto found = values_.find(name);
  RESLAB_ASSERT(found != values_.end(), "the table has no option ", name);
  const T* const value = std::get_if<T>(&found->second);
  RESLAB_ASSERT(value != nullptr, "the option ", name, " has another type");
  return *value;
}

template const bool& Settings::value(std::string_view) const;
template const std::int64_t& Settings::value(std::string_view) const;
template const double& Settings::value(std::string_view) const;
template const std::string& Settings::value(std::string_view) const;
template const std::vector<double>& Settings::value(std::string_view) const;

}  // namespace reslab::core
