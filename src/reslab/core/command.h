// How the user calls the program, for messages that say what to run next.
//
//   .remedy = "let it finish: " + core::command("resume " + run)      // "let it finish: ./reslab resume runs/x"
#pragma once

#include <string>
#include <string_view>

namespace reslab::core {

/// The program's name as the user's shell finds it, a blank, and `words`. The front door tells it in RESLAB_PROGRAM;
/// without that it is "reslab".
std::string command(std::string_view words);

}  // namespace reslab::core
