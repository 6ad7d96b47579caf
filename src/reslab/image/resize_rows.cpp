// Compiled once for each set of vector instructions (Highway's foreach_target) where Highway is there; the best that
// the processor has is chosen at run time. The plain loops are what they must equal.
#include "reslab/image/resize_rows.h"

#include <algorithm>

#ifdef RESLAB_HAS_HIGHWAY
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reslab/image/resize_rows.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace reslab::image::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

void down(const std::uint8_t* from, std::size_t stride, const Tap& tap, std::size_t values, std::uint8_t* to) {
  const hn::ScalableTag<std::int32_t> wide;
  const hn::Rebind<std::uint8_t, decltype(wide)> narrow;
  const std::size_t lanes = hn::Lanes(wide);
  const auto half = hn::Set(wide, 1 << (weight_bits - 1));
  std::size_t i = 0;
  // Two vectors at a time: a sum waits for its last addition.
  for (; i + 2 * lanes <= values; i += 2 * lanes) {
    auto first = half, second = half;
    const std::uint8_t* row = from + i;
    for (int k = 0; k < tap.count; ++k, row += stride) {
      const auto weight = hn::Set(wide, tap.weights[k]);
      first = hn::Add(first, hn::Mul(hn::PromoteTo(wide, hn::LoadU(narrow, row)), weight));
      second = hn::Add(second, hn::Mul(hn::PromoteTo(wide, hn::LoadU(narrow, row + lanes)), weight));
    }
    hn::StoreU(hn::DemoteTo(narrow, hn::ShiftRight<weight_bits>(first)), narrow, to + i);
    hn::StoreU(hn::DemoteTo(narrow, hn::ShiftRight<weight_bits>(second)), narrow, to + i + lanes);
  }
  resize_down_plainly(from, stride, tap, i, values, to);
}

#if HWY_TARGET == HWY_SCALAR || HWY_HAVE_SCALABLE

void across_rgb(const RowsAcross& rows, const Taps& taps, std::uint8_t* to) {
  for (int row = 0; row < rows.rows; ++row, to += 3 * taps.taps.size())
    resize_across_plainly<3>(rows.from + static_cast<std::size_t>(row) * rows.stride, taps.taps, to);
}

#else

// Two pixels of three values in 16 bytes: a product of 16-bit numbers and the addition of neighbours are one
// instruction. Weights of 22 bits and a sign are therefore two numbers of 11 bits, whose sums are put together at the
// end.
constexpr int low_bits = 11;
constexpr std::size_t step_bytes = HWY_MAX_BYTES >= 32 ? 32 : 16;
constexpr int step_taps = step_bytes / 8;

using Bytes = hn::FixedTag<std::uint8_t, step_bytes>;
using Shorts = hn::FixedTag<std::int16_t, step_bytes / 2>;
using Numbers = hn::FixedTag<std::int32_t, step_bytes / 4>;
using Pixel = hn::FixedTag<std::int32_t, 4>;

// For each new pixel and each step of it the upper halves of the weights, then the lower ones, as their products need
// them.
std::vector<std::int16_t> halves_of(const Taps& taps, int steps) {
  std::vector<std::int16_t> halves(taps.taps.size() * static_cast<std::size_t>(steps) * step_bytes);
  std::int16_t* to = halves.data();
  for (const Tap& tap : taps.taps)
    for (int step = 0; step < steps; ++step, to += step_bytes)
      for (int k = 0; k < step_taps; ++k) {
        const int place = step * step_taps + k;
        const std::int32_t weight = place < tap.count ? tap.weights[place] : 0;
        for (int channel = 0; channel < 3; ++channel) {
          const int lane = k / 2 * 8 + 2 * channel + k % 2;
          to[lane] = static_cast<std::int16_t>(weight >> low_bits);
          to[lane + static_cast<int>(step_bytes / 2)] = static_cast<std::int16_t>(weight & ((1 << low_bits) - 1));
        }
      }
  return halves;
}

// Which of 16 bytes, five pixels, go where: pairs of neighbouring pixels' values, each widened to 16 bits.
HWY_INLINE hn::Vec<Bytes> pairs() {
  alignas(32) std::array<std::uint8_t, 32> order{};
  order.fill(0x80);  // 0
  for (std::size_t k = 0; k < 4; ++k)
    for (std::size_t channel = 0; channel < 3; ++channel)
      order.at(k / 2 * 16 + 4 * channel + 2 * (k % 2)) = static_cast<std::uint8_t>(3 * k + channel);
  return hn::Load(Bytes(), order.data());
}

#if HWY_MAX_BYTES >= 32
HWY_INLINE hn::Vec<Pixel> both_halves(hn::Vec<Numbers> sum) {
  return hn::Add(hn::LowerHalf(Pixel(), sum), hn::UpperHalf(Pixel(), sum));
}
#else
HWY_INLINE hn::Vec<Pixel> both_halves(hn::Vec<Numbers> sum) { return sum; }
#endif

// Where a new row is made of an old one. `fixed` is the number of steps where that is known to the compiler, or 0.
struct Across {
  const Taps& taps;
  const std::vector<std::int16_t>& halves;
  std::size_t stride = 0;  // bytes from one old row to the next
  int steps = 0;
  hn::Vec<Bytes> order;
};

template <int fixed>
HWY_INLINE hn::Vec<Pixel> pixel_of(const Across& across, const std::uint8_t* from, const std::int16_t* halves) {
  auto upper = hn::Zero(Numbers()), lower = upper, upper_rest = upper, lower_rest = upper;
  const int steps = fixed == 0 ? across.steps : fixed;
  for (int step = 0; step < steps; ++step, from += 3 * step_taps, halves += step_bytes) {
    const auto values = hn::BitCast(Shorts(), hn::TableLookupBytesOr0(hn::LoadDup128(Bytes(), from), across.order));
    upper = hn::ReorderWidenMulAccumulate(Numbers(), values, hn::LoadU(Shorts(), halves), upper, upper_rest);
    lower = hn::ReorderWidenMulAccumulate(Numbers(), values, hn::LoadU(Shorts(), halves + step_bytes / 2), lower,
                                          lower_rest);
  }
  const auto whole = hn::Add(hn::ShiftLeft<low_bits>(hn::RearrangeToOddPlusEven(upper, upper_rest)),
                             hn::RearrangeToOddPlusEven(lower, lower_rest));
  return hn::ShiftRight<weight_bits>(hn::Add(both_halves(whole), hn::Set(Pixel(), 1 << (weight_bits - 1))));
}

// `rows` rows at a time, which share the weights; all but the pixels for which vectors would read beyond `end`.
template <int fixed, int rows>
void some_rows(const Across& across, const std::uint8_t* from, const std::uint8_t* end, std::uint8_t* to) {
  const hn::FixedTag<std::uint8_t, 4> narrow;
  const std::size_t pixels = across.taps.taps.size();
  const std::ptrdiff_t read = std::ptrdiff_t{3} * step_taps * (across.steps - 1) + 16;  // bytes, for a new pixel
  const std::ptrdiff_t safe = end - (from + (rows - 1) * across.stride) - read;
  const std::int16_t* halves = across.halves.data();
  for (std::size_t i = 0; i < pixels; ++i, halves += static_cast<std::size_t>(across.steps) * step_bytes) {
    const Tap& tap = across.taps.taps[i];
    const std::ptrdiff_t place = std::ptrdiff_t{3} * tap.first;
    // Four bytes are written, of which the next pixel takes the last.
    if (place > safe || i + 1 == pixels) {
      for (std::size_t row = 0; row < rows; ++row)
        resize_across_plainly<3>(from + row * across.stride, {&tap, 1}, to + 3 * (row * pixels + i));
      continue;
    }
    hn::Vec<Pixel> sums[rows];
    for (std::size_t row = 0; row < rows; ++row)
      sums[row] = pixel_of<fixed>(across, from + row * across.stride + place, halves);
    for (std::size_t row = 0; row < rows; ++row)
      hn::StoreU(hn::DemoteTo(narrow, sums[row]), narrow, to + 3 * (row * pixels + i));
  }
}

template <int fixed>
void all_rows(const Across& across, const RowsAcross& rows, std::uint8_t* to) {
  constexpr int together = 4;
  const std::size_t size = 3 * across.taps.taps.size();
  int row = 0;
  const auto from = [&] { return rows.from + static_cast<std::size_t>(row) * rows.stride; };
  for (; row + together <= rows.rows; row += together, to += together * size)
    some_rows<fixed, together>(across, from(), rows.end, to);
  for (; row < rows.rows; ++row, to += size) some_rows<fixed, 1>(across, from(), rows.end, to);
}

void across_rgb(const RowsAcross& rows, const Taps& taps, std::uint8_t* to) {
  int most = 0;
  for (const Tap& tap : taps.taps) most = std::max(most, tap.count);
  const int steps = (most + step_taps - 1) / step_taps;
  const std::vector<std::int16_t> halves = halves_of(taps, steps);
  const Across across{.taps = taps, .halves = halves, .stride = rows.stride, .steps = steps, .order = pairs()};
  switch (steps) {
    case 1: all_rows<1>(across, rows, to); break;
    case 2: all_rows<2>(across, rows, to); break;
    case 3: all_rows<3>(across, rows, to); break;
    default: all_rows<0>(across, rows, to);
  }
}

#endif

}  // namespace reslab::image::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

#if !defined(RESLAB_HAS_HIGHWAY) || HWY_ONCE

namespace reslab::image {

#ifdef RESLAB_HAS_HIGHWAY

HWY_EXPORT(down);
HWY_EXPORT(across_rgb);

#endif

void resize_across(const RowsAcross& rows, const Taps& taps, std::uint8_t* to) {
#ifdef RESLAB_HAS_HIGHWAY
  if (rows.channels == 3) {
    HWY_DYNAMIC_DISPATCH(across_rgb)(rows, taps, to);
    return;
  }
#endif
  const std::size_t size = taps.taps.size() * static_cast<std::size_t>(rows.channels);
  for (int row = 0; row < rows.rows; ++row, to += size) {
    const std::uint8_t* from = rows.from + static_cast<std::size_t>(row) * rows.stride;
    rows.channels == 1 ? resize_across_plainly<1>(from, taps.taps, to) : resize_across_plainly<3>(from, taps.taps, to);
  }
}

void resize_down(const std::uint8_t* from, std::size_t stride, const Tap& tap, std::size_t values, std::uint8_t* to) {
#ifdef RESLAB_HAS_HIGHWAY
  HWY_DYNAMIC_DISPATCH(down)(from, stride, tap, values, to);
#else
  resize_down_plainly(from, stride, tap, 0, values, to);
#endif
}

}  // namespace reslab::image

#endif
