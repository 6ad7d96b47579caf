#include "reslab/core/printable.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <ostream>
#include <streambuf>

namespace reslab::core {
namespace {

unsigned char byte_at(std::string_view text, std::size_t place) { return static_cast<unsigned char>(text[place]); }

// Bytes of the letter that begins so; 0 for what begins none.
std::size_t length_by_first(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if (first >= 0xE0 && first <= 0xEF) return 3;
  return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

// Whether `second` may follow `first`: longer forms than need be, surrogates and numbers above U+10FFFF aren't UTF-8.
bool may_follow(unsigned char first, unsigned char second) {
  const unsigned char least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned char most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  return second >= least && second <= most;
}

struct Letter {
  std::size_t bytes = 0;  // 0: the first byte isn't UTF-8
  bool cut_off = false;   // all that is there may begin a letter
  std::uint32_t code = 0;
};

Letter first_letter(std::string_view text) {
  const unsigned char first = byte_at(text, 0);
  const std::size_t length = length_by_first(first);
  if (length <= 1) return {.bytes = length, .code = first};
  std::uint32_t code = first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if (i == text.size()) return {.cut_off = true};
    const unsigned char next = byte_at(text, i);
    if (i == 1 ? !may_follow(first, next) : (next & 0xC0) != 0x80) return {};
    code = code << 6 | (next & 0x3FU);
  }
  return {.bytes = length, .code = code};
}

bool is_shown_as_it_is(std::uint32_t code) {
  if (code < 0x20 || (code >= 0x7F && code <= 0x9F)) return false;
  if (code == 0x061C || code == 0x200E || code == 0x200F) return false;
  return !(code >= 0x2028 && code <= 0x202E) && !(code >= 0x2066 && code <= 0x2069);
}

std::string escape(std::uint32_t code) {
  switch (code) {
    case '\n': return "\\n";
    case '\t': return "\\t";
    case '\r': return "\\r";
    default: break;
  }
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "\\u%04x", static_cast<unsigned>(code));
  return text.data();
}

std::string escape_byte(unsigned char byte) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "\\x%02x", byte);
  return text.data();
}

enum class Layout { one_line, lines };
enum class Rest { is_all, may_follow };

// Takes from `text` what it has shown: all, or all but the first bytes of a letter whose others may follow.
std::string show(std::string_view& text, Layout layout, Rest rest) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const Letter letter = first_letter(text);
    if (letter.cut_off && rest == Rest::may_follow) break;
    const std::size_t bytes = std::max<std::size_t>(letter.bytes, 1);
    const bool ours = layout == Layout::lines && (text.front() == '\n' || text.front() == '\t');
    if (letter.bytes == 0)
      shown += escape_byte(byte_at(text, 0));
    else if (ours || is_shown_as_it_is(letter.code))
      shown += text.substr(0, bytes);
    else
      shown += escape(letter.code);
    text.remove_prefix(bytes);
  }
  return shown;
}

}  // namespace

std::string printable(std::string_view text) { return show(text, Layout::one_line, Rest::is_all); }

std::string printable_lines(std::string_view text) { return show(text, Layout::lines, Rest::is_all); }

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t bytes = first_letter(text).bytes;
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

std::string in_one_line(std::string_view text) {
  std::string line;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    if (part.find_first_not_of(" \t\r") != std::string_view::npos) line.append(line.empty() ? "" : " / ").append(part);
  }
  return line;
}

class PrintableStream::Buffer final : public std::streambuf {
 public:
  explicit Buffer(std::streambuf* destination) : destination_(destination) {}

  std::streambuf* destination() const { return destination_; }

  // A letter that never became whole.
  void end() {
    const std::lock_guard guard(mutex_);
    put(printable_lines(waiting_));
    waiting_.clear();
  }

 private:
  int_type overflow(int_type character) override {
    if (traits_type::eq_int_type(character, traits_type::eof())) return traits_type::not_eof(character);
    const char letter = traits_type::to_char_type(character);
    return xsputn(&letter, 1) == 1 ? character : traits_type::eof();
  }

  std::streamsize xsputn(const char* text, std::streamsize size) override {
    const std::lock_guard guard(mutex_);
    const std::string all = waiting_ + std::string(text, static_cast<std::size_t>(size));
    std::string_view rest = all;
    const bool written = put(show(rest, Layout::lines, Rest::may_follow));
    waiting_ = rest;
    return written ? size : 0;
  }

  int sync() override { return destination_->pubsync(); }

  bool put(const std::string& text) { return destination_->sputn(text.data(), std::ssize(text)) == std::ssize(text); }

  std::streambuf* destination_;
  std::mutex mutex_;     // warnings of libraries come from any thread
  std::string waiting_;  // first bytes of a letter
};

PrintableStream::PrintableStream(std::ostream& stream)
    : stream_(stream), buffer_(std::make_unique<Buffer>(stream.rdbuf())) {
  stream_.rdbuf(buffer_.get());
}

PrintableStream::~PrintableStream() {
  buffer_->end();
  stream_.rdbuf(buffer_->destination());
}

}  // namespace reslab::core
