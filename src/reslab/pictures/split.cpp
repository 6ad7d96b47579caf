#include "reslab/pictures/split.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "reslab/core/error.h"
#include "reslab/core/hash.h"
#include "reslab/core/number.h"

namespace reslab::pictures {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

[[noreturn]] void refuse_shares(const std::string& text, const std::string& found) {
  throw core::UserError({.attempted = "split the pictures " + text,
                         .found = found,
                         .allowed =
                             "the shares of train, validation and test, as 80/10/10, or of train and test alone, as "
                             "90/10: numbers from 0 on, that of train above it"});
}

}  // namespace

std::string_view name_of(Split split) {
  constexpr std::array<std::string_view, split_count> names{"train", "validation", "test"};
  return names.at(static_cast<std::size_t>(split));
}

std::optional<Split> split_named(std::string_view name) {
  std::string text(name);
  std::ranges::transform(text, text.begin(), lower);
  if (text == "train" || text == "training") return Split::train;
  if (text == "val" || text == "valid" || text == "validation") return Split::validation;
  if (text == "test" || text == "testing") return Split::test;
  return std::nullopt;
}

double Shares::part(Split split) const {
  const double all = train + validation + test;
  return (split == Split::train ? train : split == Split::validation ? validation : test) / all;
}

Shares parse_shares(const std::string& text) {
  std::vector<double> values;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('/', begin), text.size());
    const std::string piece = text.substr(begin, end - begin);
    const auto value = core::parse<double>(piece);
    // The bounds keep sums and quotients far from overflow.
    if (!value || !(*value >= 0) || *value > 1e9) refuse_shares(text, "'" + piece + "'");
    values.push_back(*value);
    begin = end + 1;
  }
  if (values.size() == 2) values.insert(values.begin() + 1, 0.0);
  if (values.size() != 3) refuse_shares(text, core::concatenate(values.size(), " numbers"));
  if (values[0] < 1e-9) refuse_shares(text, "nothing to train on");
  return {.train = values[0], .validation = values[1], .test = values[2]};
}

std::string text_of(const Shares& shares) {
  return core::concatenate(shares.train, '/', shares.validation, '/', shares.test);
}

std::string content_key(const ContentHash& hash) { return "content " + hash.hex(); }
std::string group_key(std::string_view group) { return "group " + std::string(group); }

double place_of(std::string_view key, std::uint64_t seed, std::string_view purpose) {
  const std::string text = core::concatenate("reslab ", purpose, " 1\n", seed, '\n', key);
  const std::string digits = core::sha256(std::as_bytes(std::span(text)));
  const auto bits = core::parse<std::uint64_t>(std::string_view(digits).substr(0, 16), 16);
  RESLAB_ASSERT(bits.has_value());
  return static_cast<double>(*bits >> 11) * 0x1p-53;
}

Split place(std::string_view key, std::uint64_t seed, const Shares& shares) {
  // One sum and one division each: the same bounds on every machine.
  const double all = shares.train + shares.validation + shares.test;
  const double test_end = shares.test / all, validation_end = (shares.test + shares.validation) / all;
  const double at = place_of(key, seed);
  return at < test_end ? Split::test : at < validation_end ? Split::validation : Split::train;
}

}  // namespace reslab::pictures
