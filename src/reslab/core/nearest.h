// Suggests the name that the user may have meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace reslab::core {

/// Number of insertions, deletions, substitutions and swaps of neighbours that turn a into b
/// (optimal string alignment distance).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The name nearest to `given`, or "" when none is near (more than a third of its letters differ).
/// A name that begins with all of `given`, of three letters or more, is near.
std::string nearest(std::string_view given, std::span<const std::string> names);

/// "did you mean 'x'?", or "" when no name is near: a remedy for UserError.
std::string did_you_mean(std::string_view given, std::span<const std::string> names);

/// "a, b, c".
std::string join(std::span<const std::string> names, std::string_view separator = ", ");

}  // namespace reslab::core
