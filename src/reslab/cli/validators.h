// Checks of options' values whose messages are for people: CLI11's own print the largest number there is in 309 digits.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace reslab::cli {

/// A number above 0, or from 0 on.
CLI::Validator above_zero();
CLI::Validator from_zero();

/// One of the names; else the message has the nearest.
CLI::Validator one_of(const std::vector<std::string>& names);

/// Anything but "": what an unset variable of the shell leaves.
CLI::Validator not_empty();

}  // namespace reslab::cli
