// Commands as the user's shell takes them, for messages that say what to run next.
//
//   core::command({"resume", run.string()})                        // ./reslab resume 'my runs/x'
//   core::command(core::joined({{"train", recipe}, words_of(flags)}))
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace reslab::core {

/// `word` so that a POSIX shell reads this one word: as it is where that is safe, else in single quotes; with letters
/// that core/printable.h doesn't show in the form $'\033', which bash, zsh, ksh and POSIX's shells of 2024 know.
/// Throws nothing; "" becomes ''.
std::string shell_word(std::string_view word);

using Words = std::vector<std::string>;

/// Whether the word begins as an option does: with a -, and no number behind it. "-" and "-0.5" don't; "--" does.
bool looks_like_option(std::string_view word);

/// An option and its value as the program reads them back: two words, or "--name=value" where the value looks like an
/// option itself.
Words option(const std::string& name, const std::string& value);

/// The program as the user called it, and the words, each as shell_word writes it: a line that can be pasted. The front
/// door tells the program's name in RESLAB_PROGRAM; without that it is "reslab".
std::string command(const Words& words);

/// All words of all parts, for a command that is put together of several.
Words joined(const std::vector<Words>& parts);

}  // namespace reslab::core
