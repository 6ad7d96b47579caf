// Which pixels of a line make a pixel of a resized line, with their weights: the filter of resize.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace reslab::augment {

inline constexpr int weight_bits = 22;  ///< after the point: 255 times a sum of weights fits into 31 bits

inline constexpr int low_bits = 11;  ///< of a weight's lower half; the upper one has weight_bits - low_bits + 1

/// The part of a line that is resized, in pixels, and what it becomes.
struct LinePart {
  int length = 0;            ///< of the whole line, ≥ 1
  float begin = 0, end = 0;  ///< 0 ≤ begin < end ≤ length
  int results = 0;           ///< ≥ 1
};

/// Weights of all pixels of a resized line. An even number belongs to each: the last can be 0 and its pixel lie one
/// behind the line.
class Taps {
 public:
  explicit Taps(const LinePart& part);

  int results() const { return static_cast<int>(first_.size()); }
  int first(int result) const { return first_[static_cast<std::size_t>(result)]; }  ///< pixel of the source
  int count(int result) const { return count_[static_cast<std::size_t>(result)]; }  ///< weights above 0 in between
  int even_count(int result) const { return (count(result) + 1) & ~1; }

  /// even_count(result) weights; their sum is about 1 << weight_bits.
  const std::int32_t* weights(int result) const { return weights_.data() + offset_[static_cast<std::size_t>(result)]; }

  /// The same weights for instructions that multiply 16 bits: two numbers for each two weights a and b, first their
  /// upper bits, a >> low_bits | (b >> low_bits) << 16, then their low_bits lower ones likewise.
  const std::int32_t* halves(int result) const { return halves_.data() + offset_[static_cast<std::size_t>(result)]; }

  /// Pixels [from, to) of the source that have a weight for any result.
  int from() const { return first_.front(); }
  int to() const { return first_.back() + count_.back(); }

  /// Whether the results are the source's pixels first(0), first(0) + 1, …
  bool copies() const { return copies_; }

 private:
  std::vector<int> first_, count_;
  std::vector<std::size_t> offset_;
  std::vector<std::int32_t> weights_, halves_;
  bool copies_;
};

}  // namespace reslab::augment
