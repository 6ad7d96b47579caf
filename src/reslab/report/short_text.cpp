#include "reslab/report/short_text.h"

#include <algorithm>
#include <vector>

namespace reslab::report {
namespace {

constexpr std::size_t fewest_letters = 3;

// Where each letter begins: a byte 10xxxxxx continues one.
std::vector<std::size_t> beginnings(std::string_view text) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80) places.push_back(i);
  return places;
}

std::string shortened_line(std::string_view line, std::size_t letters) {
  constexpr std::string_view between = " : ";
  const std::size_t place = line.find(between);
  if (place == std::string_view::npos) return shortened(line, letters);
  const std::string_view before = line.substr(0, place + between.size());
  const std::size_t taken = beginnings(before).size();
  if (taken + fewest_letters > letters) return shortened(line, letters);
  return std::string(before) + shortened(line.substr(before.size()), letters - taken);
}

}  // namespace

std::string shortened(std::string_view text, std::size_t letters) {
  letters = std::max(letters, fewest_letters);
  const std::vector<std::size_t> places = beginnings(text);
  if (places.size() <= letters) return std::string(text);
  const std::size_t last = (letters - 1) / 2, first = letters - 1 - last;
  return std::string(text.substr(0, places[first])) + "…" + std::string(text.substr(places[places.size() - last]));
}

std::string shortened_lines(std::string_view text, std::size_t letters) {
  std::string lines;
  for (std::size_t begin = 0;;) {
    const std::size_t end = text.find('\n', begin);
    lines += shortened_line(text.substr(begin, end == std::string_view::npos ? end : end - begin), letters);
    if (end == std::string_view::npos) return lines;
    lines += '\n';
    begin = end + 1;
  }
}

}  // namespace reslab::report
