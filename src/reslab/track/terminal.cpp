#include "reslab/track/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace reslab::track {
namespace {

constexpr std::string_view clear_to_end = "\x1b[K";

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

}  // namespace

Terminal::Terminal(int descriptor)
    : descriptor_(descriptor), live_(::isatty(descriptor) == 1 && variable("TERM") != "dumb") {}

Terminal::~Terminal() {
  if (redrawing_) write("\n");
}

int Terminal::columns() const {
  struct winsize size {};
  if (::ioctl(descriptor_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

void Terminal::redraw(std::string_view line) {
  write("\r" + std::string(line) + std::string(clear_to_end));
  redrawing_ = true;
}

void Terminal::line(std::string_view text) {
  if (redrawing_)
    write("\r" + std::string(text) + std::string(clear_to_end) + "\n");
  else
    write(std::string(text) + "\n");
  redrawing_ = false;
}

void Terminal::write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

bool utf8_locale() {
  for (const char* const name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string value(variable(name));
    if (value.empty()) continue;
    std::transform(value.begin(), value.end(), value.begin(), [](unsigned char c) { return std::toupper(c); });
    return value.find("UTF-8") != std::string::npos || value.find("UTF8") != std::string::npos;
  }
  return false;
}

int columns_of(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) { return !continues_character(c); }));
}

std::string cut(std::string_view text, int columns) {
  std::size_t end = 0;
  for (int taken = 0; end < text.size(); ++end) {
    if (!continues_character(text[end]) && taken++ == columns) break;
  }
  return std::string(text.substr(0, end));
}

}  // namespace reslab::track
