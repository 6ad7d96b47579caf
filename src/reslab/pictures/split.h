// The three splits, and how a picture without one gets its own: by the hash of its content and a seed alone.
//
//   const Shares shares = parse_shares("70/15/15");
//   Split split = place(content_key(hash), seed, shares);
//
// A picture therefore keeps its split when others are added, removed or relabelled, whatever the order in which files
// are read, on every machine. Shares hold on average, each picture by itself; exact_split.h has the stratified
// alternative. The test split has the lowest places and training the highest: where the share of the hold-out alone
// grows at the cost of training, no test picture moves.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "reslab/pictures/content_hash.h"

namespace reslab::pictures {

enum class Split : std::uint8_t {
  train,
  validation,  ///< the hold-out: what is chosen by
  test,        ///< never chosen by
};
constexpr std::size_t split_count = 3;
constexpr std::array<Split, split_count> all_splits{Split::train, Split::validation, Split::test};

/// "train", "validation", "test".
std::string_view name_of(Split split);

/// The split that a folder or a list calls so: train, training; val, valid, validation; test, testing; in any case of
/// the letters.
std::optional<Split> split_named(std::string_view name);

/// Relative sizes, each ≥ 0 and finite, training's > 0. They need not add up to anything.
struct Shares {
  double train = 80, validation = 10, test = 10;

  /// Of all, in [0, 1].
  double part(Split split) const;
};

/// "80/10/10", "0.8/0.1/0.1" or "90/10" (no hold-out: train and test). Throws UserError for anything else.
Shares parse_shares(const std::string& text);

/// "80/10/10".
std::string text_of(const Shares& shares);

/// What decides a split: for pictures without a group their content, for groups their name. A group that is named like
/// the digits of a content isn't taken for it.
std::string content_key(const ContentHash& hash);
std::string group_key(std::string_view group);

/// What the place of a key is used for. Values are part of the format of splits: never rename.
constexpr std::string_view for_splits = "split", for_folds = "fold";

/// Uniform over [0, 1), 53 bits: the first eight bytes of SHA-256("reslab " purpose " 1\n" seed "\n" key), big-endian.
double place_of(std::string_view key, std::uint64_t seed, std::string_view purpose = for_splits);

/// The split in whose part of [0, 1) the key's place lies: test first, then validation, then train.
Split place(std::string_view key, std::uint64_t seed, const Shares& shares);

}  // namespace reslab::pictures
