// The passes of resize() by the 256-bit instructions of x86 processors: the same sums as resize_lines.cpp's.
#pragma once

#include "reslab/augment/resize_taps.h"

namespace reslab::augment::avx2 {

/// Whether this build and this processor have them.
bool applies();

/// Resizes two rows of `channels` bytes a pixel, 3 or 4, as resize_row() does each. Requires: applies().
void resize_two_rows(const Taps& taps, int channels, const std::uint8_t* const from[2], std::uint8_t* const to[2]);

/// As mix_rows(), for whole steps of 32 bytes; returns how many bytes it wrote. Requires: applies().
std::size_t mix_rows(const Taps& taps, int result, const std::uint8_t* rows, std::size_t stride, std::size_t bytes,
                     std::uint8_t* to);

}  // namespace reslab::augment::avx2
