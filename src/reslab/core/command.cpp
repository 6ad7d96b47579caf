#include "reslab/core/command.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "reslab/core/printable.h"

namespace reslab::core {
namespace {

// Letters that mean nothing to a shell, wherever in a word they stand.
bool is_plain(char letter) {
  constexpr std::string_view others = "_-+=./:,@%";
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
         others.find(letter) != std::string_view::npos;
}

// Three octal digits, so that a digit that follows isn't taken for one of them.
std::string by_escapes(std::string_view word) {
  std::string text = "$'";
  for (const char letter : word) {
    if (letter == '\'' || letter == '\\') {
      text.append(1, '\\').append(1, letter);
    } else if (letter >= ' ' && letter <= '~') {
      text += letter;
    } else {
      std::array<char, 16> digits{};
      std::snprintf(digits.data(), digits.size(), "\\%03o", static_cast<unsigned char>(letter));
      text += digits.data();
    }
  }
  return text + "'";
}

}  // namespace

std::string shell_word(std::string_view word) {
  // "=x" and "~" mean something at the front of a word, and the first is plain elsewhere.
  if (!word.empty() && word.front() != '=' && std::ranges::all_of(word, is_plain)) return std::string(word);
  if (printable(word) != word) return by_escapes(word);
  std::string quoted = "'";
  for (const char letter : word) quoted += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return quoted + "'";
}

bool looks_like_option(std::string_view word) {
  constexpr std::string_view begins_a_number = "0123456789.";
  return word.size() > 1 && word[0] == '-' && begins_a_number.find(word[1]) == std::string_view::npos;
}

Words option(const std::string& name, const std::string& value) {
  return looks_like_option(value) ? Words{name + "=" + value} : Words{name, value};
}

std::string command(const Words& words) {
  const char* const name = std::getenv("RESLAB_PROGRAM");
  std::string text = shell_word(name == nullptr || *name == '\0' ? "reslab" : name);
  for (const std::string& word : words) text += " " + shell_word(word);
  return text;
}

Words joined(const std::vector<Words>& parts) {
  Words words;
  for (const Words& part : parts) words.insert(words.end(), part.begin(), part.end());
  return words;
}

}  // namespace reslab::core
