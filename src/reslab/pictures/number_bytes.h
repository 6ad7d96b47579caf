// Whole numbers as bytes, little-endian, for files of the cache.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace reslab::pictures {

template <typename Number>
void append_number(std::string& text, std::type_identity_t<Number> value) {
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    text += static_cast<char>(static_cast<std::make_unsigned_t<Number>>(value) >> (8 * i));
}

/// Takes what it reads from the front of a text. Once something was missing, all that follows is 0.
class NumberReader {
 public:
  explicit NumberReader(std::string_view text) : text_(text) {}

  template <typename Number>
  Number take() {
    std::make_unsigned_t<Number> value = 0;
    const std::string_view bytes = take_text(sizeof(Number));
    for (std::size_t i = 0; i < bytes.size(); ++i)
      value = static_cast<std::make_unsigned_t<Number>>(
          value | static_cast<std::make_unsigned_t<Number>>(static_cast<unsigned char>(bytes[i])) << (8 * i));
    return static_cast<Number>(value);
  }

  /// Empty where there are fewer bytes.
  std::string_view take_text(std::size_t bytes) {
    if (bytes > text_.size()) {
      failed_ = true;
      text_ = {};
      return {};
    }
    const std::string_view taken = text_.substr(0, bytes);
    text_.remove_prefix(bytes);
    return taken;
  }

  std::string_view rest() const { return text_; }
  bool failed() const { return failed_; }
  /// Everything was there, and nothing is left.
  bool is_whole() const { return !failed_ && text_.empty(); }

 private:
  std::string_view text_;
  bool failed_ = false;
};

}  // namespace reslab::pictures
