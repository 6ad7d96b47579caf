// Classes by their names.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace reslab::explain {

/// The class called `name`. Throws UserError that names `attempted` ("explain the class 'cta'") when there is none,
/// offering the nearest.
std::int64_t find_class(std::span<const std::string> classes, const std::string& name, const std::string& attempted);

}  // namespace reslab::explain
