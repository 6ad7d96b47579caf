// The two passes of resize(): a row is resized, or rows are mixed into one of a resized column. Both sum products of
// bytes and weights exactly, whatever instructions they use.
#pragma once

#include "reslab/augment/resize_taps.h"

namespace reslab::augment {

/// Bytes behind a row that resize_row() may read, without their having an effect.
inline constexpr std::size_t read_behind = 16;

/// Writes taps.results() pixels of `channels` bytes, in [1, 4], to `to`.
void resize_row(const Taps& taps, int channels, const std::uint8_t* from, std::uint8_t* to);

/// The same of two rows.
void resize_two_rows(const Taps& taps, int channels, const std::uint8_t* const from[2], std::uint8_t* const to[2]);

/// Writes row `result` of resized columns: `bytes` of them. rows: of the source, the first is taps.from(); `stride`
/// bytes lie between two.
void mix_rows(const Taps& taps, int result, const std::uint8_t* rows, std::size_t stride, std::size_t bytes,
              std::uint8_t* to);

}  // namespace reslab::augment
