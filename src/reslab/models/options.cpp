#include "reslab/models/options.h"

#include <algorithm>

#include "reslab/core/error.h"
#include "reslab/core/nearest.h"

namespace reslab::models {
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
    std::string operator()(const std::string&) const { return core::join(option.choices); }
    std::string bounds() const { return core::concatenate("from ", option.least, " to ", option.most); }
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
    std::string operator()(std::int64_t number) const { return core::concatenate(number); }
    std::string operator()(double number) const { return core::concatenate(number); }
    std::string operator()(const std::string& text) const { return text; }
  };
  return std::visit(Write{}, value);
}

void check_options(const std::string& network, const std::vector<Option>& options, const OptionValues& values) {
  const std::string attempted = "make the network '" + network + "'";
  for (const auto& [name, value] : values) {
    const Option* const option = find_option(options, name);
    if (option == nullptr) {
      const std::vector<std::string> known = names_of(options);
      throw core::UserError({.attempted = attempted,
                             .found = "no option '" + name + "' of this network",
                             .allowed = core::join(known),
                             .remedy = core::did_you_mean(name, known)});
    }
    if (is_allowed(*option, value)) continue;
    const auto* text = std::get_if<std::string>(&value);
    throw core::UserError({.attempted = attempted,
                           .found = name + " = " + option_text(value),
                           .allowed = allowed_values(*option),
                           .remedy = text == nullptr ? "" : core::did_you_mean(*text, option->choices)});
  }
}

Settings::Settings(const std::vector<Option>& options, const Options& given)
    : classes_(given.classes), in_channels_(given.in_channels), values_(given.values) {
  for (const Option& option : options) values_.try_emplace(option.name, option.initial);
}

template <typename T>
const T& Settings::value(std::string_view name) const {
  const auto found = values_.find(name);
  RESLAB_ASSERT(found != values_.end(), "the network's table has no option ", name);
  const T* const value = std::get_if<T>(&found->second);
  RESLAB_ASSERT(value != nullptr, "the option ", name, " has another type");
  return *value;
}

template const bool& Settings::value(std::string_view) const;
template const std::int64_t& Settings::value(std::string_view) const;
template const double& Settings::value(std::string_view) const;
template const std::string& Settings::value(std::string_view) const;

}  // namespace reslab::models
