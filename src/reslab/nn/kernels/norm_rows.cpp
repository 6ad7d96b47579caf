// Compiled once for each set of vector instructions (Highway's foreach_target); the best that the processor has is
// chosen at run time.
#include "reslab/nn/kernels/norm_rows.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reslab/nn/kernels/norm_rows.cpp"
// Vectors of unknown size (SVE) can't be held in arrays.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#include <hwy/foreach_target.h>
// After foreach_target.h
#include <hwy/cache_control.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace reslab::nn::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
using Bits = hn::RebindToUnsigned<D>;
using Half = hn::Rebind<std::uint16_t, D>;

struct Fp32 {
  using Type = float;
  static HWY_INLINE V load(const float* from) { return hn::LoadU(D(), from); }
  static HWY_INLINE void store(V value, float* to) { hn::StoreU(value, D(), to); }
};

// A bf16 is the upper half of an fp32.
struct Bf16 {
  using Type = std::uint16_t;
  static HWY_INLINE V load(const std::uint16_t* from) {
    return hn::BitCast(D(), hn::ShiftLeft<16>(hn::PromoteTo(Bits(), hn::LoadU(Half(), from))));
  }
  static HWY_INLINE void store(V value, std::uint16_t* to) {
    const Bits bits;
    const auto whole = hn::BitCast(bits, value);
    // To the nearest, and of two as near to the even one.
    const auto odd = hn::And(hn::ShiftRight<16>(whole), hn::Set(bits, 1));
    const auto rounded = hn::ShiftRight<16>(hn::Add(whole, hn::Add(odd, hn::Set(bits, 0x7FFF))));
    const auto not_a_number = hn::RebindMask(bits, hn::IsNaN(value));
    hn::StoreU(hn::TruncateTo(Half(), hn::IfThenElse(not_a_number, hn::Set(bits, 0x7FC0), rounded)), Half(), to);
  }
};

HWY_INLINE V set(float value) { return hn::Set(D(), value); }

// The coefficients from the highest power down.
template <typename... Floats>
HWY_INLINE V polynomial(V x, float highest, Floats... lower) {
  V sum = set(highest);
  ((sum = hn::MulAdd(sum, x, set(lower))), ...);
  return sum;
}

// 2ᵗ for t in [-126, 126] is 2ᶠ · 2ⁿ with a whole n and |f| ≤ ½. Highway's own exponential takes half as many
// instructions more, for cases that there are none of here.
struct Power {
  V f;
  hn::Vec<Bits> n;  // in the exponent's place

  HWY_INLINE explicit Power(V t) {
    const V whole = set(0x1.8p23F);  // floats from here on have no fraction, and n in their lowest bits
    const V shifted = hn::Add(t, whole);
    f = hn::Sub(t, hn::Sub(shifted, whole));
    n = hn::ShiftLeft<23>(hn::BitCast(Bits(), shifted));
  }
  HWY_INLINE V times(V of_f) const { return hn::BitCast(D(), hn::Add(hn::BitCast(Bits(), of_f), n)); }
};

constexpr float log2_e = 1.44269504F;

// eˣ for x ≤ 0, to 1e-6 of it down to -10 and 5e-6 further down; below -87.3 the least normal number. 2ᶠ by its Taylor
// series.
HWY_INLINE V exp_below_zero(V x) {
  const Power power(hn::Max(hn::Mul(x, set(log2_e)), set(-126)));
  return power.times(polynomial(power.f, 1.5403530e-4F, 1.3333558e-3F, 9.6181291e-3F, 5.5504109e-2F, 2.4022651e-1F,
                                6.9314718e-1F, 1.0F));
}

// 1 / x for finite x ≥ 1, to 5e-4 of it.
HWY_INLINE V rough_reciprocal(V x) {
  const V guess = hn::ApproximateReciprocal(x);
#if HWY_ARCH_X86
  return guess;  // 11 or 14 bits
#else
  return hn::Mul(guess, hn::NegMulAdd(x, guess, set(2)));  // Arm's estimate has 8 bits
#endif
}

// The same to 3e-7 of it: one step of Newton's more.
HWY_INLINE V reciprocal(V x) {
  const V guess = rough_reciprocal(x);
  return hn::Mul(guess, hn::NegMulAdd(x, guess, set(2)));
}

// f(u) and f'(u), as exactly as elements of type E tell apart.
template <Activation A, typename E>
struct Function;

template <typename E>
struct Function<Activation::none, E> {
  static HWY_INLINE V value(V u) { return u; }
  static HWY_INLINE V gradient(V dy, V) { return dy; }
};

template <typename E>
struct Function<Activation::relu, E> {
  // Not Max, which would hide what is not a number.
  static HWY_INLINE V value(V u) { return hn::IfThenElse(hn::Lt(u, hn::Zero(D())), hn::Zero(D()), u); }
  static HWY_INLINE V gradient(V dy, V u) { return hn::IfThenElseZero(hn::Gt(u, hn::Zero(D())), dy); }
};

// Φ(u) = (1 + erf(u / √2)) / 2, erf by Abramowitz and Stegun 7.1.26, whose error is below 1.5e-7.
template <>
struct Function<Activation::gelu, Fp32> {
  static HWY_INLINE V value(V u) {
    V density;
    return hn::Mul(u, below(u, density));
  }
  static HWY_INLINE V gradient(V dy, V u) {
    V density;
    const V share = below(u, density);
    return hn::Mul(dy, hn::MulAdd(u, density, share));
  }

 private:
  static HWY_INLINE V below(V u, V& density) {
    // Beyond 9.3 nothing is left, and an infinite one has no reciprocal by Newton's step.
    const V z = hn::Min(hn::Mul(hn::Abs(u), set(0.70710678F)), set(9.3F));
    const V bell = exp_below_zero(hn::Neg(hn::Mul(z, z)));
    density = hn::Mul(bell, set(0.39894228F));
    const V t = reciprocal(hn::MulAdd(z, set(0.3275911F), set(1)));
    const V sum = polynomial(t, 1.061405429F, -1.453152027F, 1.421413741F, -0.284496736F, 0.254829592F);
    const V tail = hn::Mul(hn::Mul(set(0.5F), bell), hn::Mul(sum, t));  // the share beyond |u|
    return hn::IfThenElse(hn::Lt(u, hn::Zero(D())), tail, hn::Sub(set(1), tail));
  }
};

// Φ(u) − ½ and f'(u) − ½ are odd: u times a polynomial in u², moved to [-1, 1], where rounding costs least. To 8e-6 in
// the value and 1.2e-5 in f' up to 4.5, beyond which 7e-5 of a slope is left; bf16 rounds 1 by up to 4e-3. The
// polynomials are nearly the best of their degree, by least squares with weights raised where the error is largest.
template <>
struct Function<Activation::gelu, Bf16> {
  static HWY_INLINE V value(V u) {
    V odd;
    const V t = place(u, odd);
    const V p = polynomial(t, -0.0015656755F, 0.0046553174F, -0.0066828313F, 0.0101404656F, -0.0181592293F,
                           0.0286239646F, -0.0402957872F, 0.0546718501F, -0.0771833733F, 0.1569052935F);
    return hn::Mul(u, share(u, odd, p));
  }
  static HWY_INLINE V gradient(V dy, V u) {
    V odd;
    const V t = place(u, odd);
    const V p = polynomial(t, 0.0119352080F, -0.0293628220F, 0.0284603816F, -0.0362114459F, 0.0697616190F,
                           -0.0938372985F, 0.0978995636F, -0.0939220265F, 0.0869873986F, -0.0900131986F, 0.1594315469F);
    return hn::Mul(dy, share(u, odd, p));
  }

 private:
  static constexpr float end = 4.5F;

  static HWY_INLINE V place(V u, V& odd) {
    odd = hn::Min(set(end), u);  // u where that is not a number
    return hn::MulAdd(hn::Mul(odd, odd), set(2 / (end * end)), set(-1));
  }
  static HWY_INLINE V share(V u, V odd, V p) {
    return hn::IfThenZeroElse(hn::Lt(u, set(-end)), hn::MulAdd(odd, p, set(0.5F)));
  }
};

// By the logistic function σ(u) = 1 / (1 + e⁻ᵘ).
template <typename E>
struct Function<Activation::silu, E> {
  static HWY_INLINE V value(V u) { return hn::Mul(u, sigmoid(u, E())); }
  static HWY_INLINE V gradient(V dy, V u) {
    const V s = sigmoid(u, E());
    return hn::Mul(dy, hn::Mul(s, hn::MulAdd(u, hn::Sub(set(1), s), set(1))));
  }

 private:
  static HWY_INLINE V sigmoid(V u, Fp32) {
    const V small = exp_below_zero(hn::Neg(hn::Abs(u))), share = reciprocal(hn::Add(set(1), small));
    return hn::IfThenElse(hn::Lt(u, hn::Zero(D())), hn::Mul(small, share), share);
  }
  // To 5e-4 of it.
  static HWY_INLINE V sigmoid(V u, Bf16) {
    const Power power(hn::Max(set(-126), hn::Min(set(126), hn::Mul(u, set(-log2_e)))));
    const V inverse = power.times(polynomial(power.f, 0.0551710911F, 0.2426099777F, 0.6932609677F, 0.9999281168F));
    return rough_reciprocal(hn::Add(set(1), inverse));
  }
};

// Vectors of channels whose sums and factors stay in registers.
constexpr int strip_vectors = HWY_TARGET <= HWY_AVX3 ? 4 : 2;

// N vectors of channels of all rows, from `channel` on; `left` channels exist from there. A vector that reaches beyond
// them is still read and written whole where enough rows follow: a row's end is written before the next row's
// beginning.
template <int N>
struct Strip {
  HWY_INLINE Strip(const Rows& all, std::int64_t first)
      : rows(all.rows), stride(all.channels), channel(first), left(all.channels - first) {
    const std::int64_t beyond = static_cast<std::int64_t>(N * hn::Lanes(D())) - left;
    whole_rows = beyond <= 0 ? rows : HWY_MAX(rows - (beyond + stride - 1) / stride, 0);
  }

  std::int64_t rows, stride, channel, left, whole_rows;
};

// Vector i of a strip, in one row or of numbers by channel.
template <typename E, bool Whole>
HWY_INLINE V load(const typename E::Type* from, int i, std::int64_t left) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(D()));
  if constexpr (Whole) return E::load(from + i * lanes);
  typename E::Type buffer[HWY_MAX_BYTES / sizeof(float)] = {};
  std::copy_n(from + i * lanes, std::clamp<std::int64_t>(left - i * lanes, 0, lanes), buffer);
  return E::load(buffer);
}

template <typename E, bool Whole>
HWY_INLINE void store(V value, typename E::Type* to, int i, std::int64_t left) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(D()));
  if constexpr (Whole) return E::store(value, to + i * lanes);
  typename E::Type buffer[HWY_MAX_BYTES / sizeof(float)];
  E::store(value, buffer);
  std::copy_n(buffer, std::clamp<std::int64_t>(left - i * lanes, 0, lanes), to + i * lanes);
}

// Asks for what a strip reads some rows further on. Rows of many channels are too far apart for the processor to see by
// itself what comes.
template <int N, typename T>
HWY_INLINE void ask_ahead(const T* row) {
  constexpr std::int64_t distance = 4096, line = 64;  // bytes
  const auto* const place = reinterpret_cast<const char*>(row) + distance;
  constexpr std::int64_t width = N * HWY_LANES(float) * sizeof(T);
  for (std::int64_t i = 0; i < width; i += line) hwy::Prefetch(place + i);
}

template <int N>
HWY_INLINE void load_channels(const Strip<N>& strip, const float* from, V* to) {
  const bool whole = strip.left >= static_cast<std::int64_t>(N * hn::Lanes(D()));
  for (int i = 0; i < N; ++i)
    to[i] =
        whole ? load<Fp32, true>(from + strip.channel, i, 0) : load<Fp32, false>(from + strip.channel, i, strip.left);
}

template <int N>
HWY_INLINE void store_channels(const Strip<N>& strip, const V* from, float* to) {
  const bool whole = strip.left >= static_cast<std::int64_t>(N * hn::Lanes(D()));
  for (int i = 0; i < N; ++i)
    whole ? store<Fp32, true>(from[i], to + strip.channel, i, 0)
          : store<Fp32, false>(from[i], to + strip.channel, i, strip.left);
}

// Makes a pass over a strip: pass.row<Whole>(place of a row's first element) for each of the first `rows`.
template <typename Pass, int N>
HWY_INLINE void pass_over(const Strip<N>& strip, std::int64_t rows, Pass& pass) {
  std::int64_t row = 0, place = strip.channel;
  for (; row < HWY_MIN(rows, strip.whole_rows); ++row, place += strip.stride) pass.template row<true>(place);
  for (; row < rows; ++row, place += strip.stride) pass.template row<false>(place);
}

// Calls over(strip) for all strips, the last channels first (see Strip).
template <typename Over>
HWY_INLINE void for_each_strip(const Rows& rows, const Over& over) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(D()));
  const std::int64_t wide = strip_vectors * lanes, in_wide_ones = rows.channels / wide * wide;
  for (std::int64_t c = (rows.channels - 1) / lanes * lanes; c >= in_wide_ones; c -= lanes) over(Strip<1>(rows, c));
  for (std::int64_t c = 0; c < in_wide_ones; c += wide) over(Strip<strip_vectors>(rows, c));
}

// Rows whose mean is the pivot around which sums are taken.
constexpr std::int64_t pivot_rows = 4;

template <typename E, int N>
struct SumPass {
  template <bool Whole>
  HWY_INLINE void row(std::int64_t place) {
    for (int i = 0; i < N; ++i) sums[i] = hn::Add(sums[i], load<E, Whole>(x + place, i, left));
  }

  const typename E::Type* x;
  std::int64_t left;
  V sums[N];
};

template <typename E, int N>
struct StatisticsPass {
  template <bool Whole>
  HWY_INLINE void row(std::int64_t place) {
    ask_ahead<N>(x + place);
    for (int i = 0; i < N; ++i) {
      const V value = hn::Sub(load<E, Whole>(x + place, i, left), pivots[i]);
      sums[i] = hn::Add(sums[i], value);
      squares[i] = hn::MulAdd(value, value, squares[i]);
    }
  }

  const typename E::Type* x;
  std::int64_t left;
  V pivots[N], sums[N], squares[N];
};

template <typename E>
void statistics_of(const Rows& rows, const void* x, float* mean, float* squares) {
  for_each_strip(rows, [&]<int N>(const Strip<N>& strip) HWY_ATTR {
    SumPass<E, N> first;
    StatisticsPass<E, N> all;
    first.x = all.x = static_cast<const typename E::Type*>(x);
    first.left = all.left = strip.left;
    for (int i = 0; i < N; ++i) first.sums[i] = all.sums[i] = all.squares[i] = hn::Zero(D());
    const std::int64_t few = HWY_MIN(rows.rows, pivot_rows);
    pass_over(strip, few, first);
    for (int i = 0; i < N; ++i) all.pivots[i] = hn::Mul(first.sums[i], set(1 / static_cast<float>(few)));
    pass_over(strip, rows.rows, all);
    for (int i = 0; i < N; ++i) {
      const V shift = hn::Mul(all.sums[i], set(1 / static_cast<float>(rows.rows)));
      all.squares[i] = hn::Max(hn::NegMulAdd(shift, all.sums[i], all.squares[i]), hn::Zero(D()));
      all.sums[i] = hn::Add(all.pivots[i], shift);
    }
    store_channels(strip, all.sums, mean);
    store_channels(strip, all.squares, squares);
  });
}

template <typename E, Activation A, int N>
struct ActivationPass {
  template <bool Whole>
  HWY_INLINE void row(std::int64_t place) {
    ask_ahead<N>(x + place);
    for (int i = 0; i < N; ++i) {
      V value = Function<A, E>::value(hn::MulAdd(load<E, Whole>(x + place, i, left), scale[i], shift[i]));
      if (residual != nullptr) value = hn::Add(value, load<E, Whole>(residual + place, i, left));
      store<E, Whole>(value, y + place, i, left);
    }
  }

  const typename E::Type *x, *residual;
  typename E::Type* y;
  std::int64_t left;
  V scale[N], shift[N];
};

template <typename E, Activation A>
void activation_of(const Rows& rows, const void* x, const Affine& affine, const void* residual, void* y) {
  for_each_strip(rows, [&]<int N>(const Strip<N>& strip) HWY_ATTR {
    ActivationPass<E, A, N> pass;
    pass.x = static_cast<const typename E::Type*>(x);
    pass.residual = static_cast<const typename E::Type*>(residual);
    pass.y = static_cast<typename E::Type*>(y);
    pass.left = strip.left;
    load_channels(strip, affine.scale, pass.scale);
    load_channels(strip, affine.shift, pass.shift);
    pass_over(strip, rows.rows, pass);
  });
}

template <typename E, Activation A, int N>
struct GradientSumsPass {
  template <bool Whole>
  HWY_INLINE void row(std::int64_t place) {
    ask_ahead<N>(x + place);
    ask_ahead<N>(dy + place);
    for (int i = 0; i < N; ++i) {
      const V value = load<E, Whole>(x + place, i, left);
      const V u = hn::MulAdd(value, scale[i], shift[i]);
      const V g = Function<A, E>::gradient(load<E, Whole>(dy + place, i, left), u);
      sums[i] = hn::Add(sums[i], g);
      products[i] = hn::MulAdd(g, hn::Sub(value, mean[i]), products[i]);
    }
  }

  const typename E::Type *x, *dy;
  std::int64_t left;
  V scale[N], shift[N], mean[N], sums[N], products[N];
};

template <typename E, Activation A>
void gradient_sums_of(const Rows& rows, const void* x, const void* dy, const Affine& affine, const float* mean,
                      float* sum, float* product) {
  for_each_strip(rows, [&]<int N>(const Strip<N>& strip) HWY_ATTR {
    GradientSumsPass<E, A, N> pass;
    pass.x = static_cast<const typename E::Type*>(x);
    pass.dy = static_cast<const typename E::Type*>(dy);
    pass.left = strip.left;
    load_channels(strip, affine.scale, pass.scale);
    load_channels(strip, affine.shift, pass.shift);
    load_channels(strip, mean, pass.mean);
    for (int i = 0; i < N; ++i) pass.sums[i] = pass.products[i] = hn::Zero(D());
    pass_over(strip, rows.rows, pass);
    store_channels(strip, pass.sums, sum);
    store_channels(strip, pass.products, product);
  });
}

template <typename E, Activation A, int N>
struct GradientPass {
  template <bool Whole>
  HWY_INLINE void row(std::int64_t place) {
    ask_ahead<N>(x + place);
    ask_ahead<N>(dy + place);
    for (int i = 0; i < N; ++i) {
      const V value = load<E, Whole>(x + place, i, left);
      const V u = hn::MulAdd(value, scale[i], shift[i]);
      const V g = Function<A, E>::gradient(load<E, Whole>(dy + place, i, left), u);
      const V rest = hn::MulAdd(hn::Sub(value, mean[i]), slope[i], offset[i]);
      store<E, Whole>(hn::MulAdd(g, scale[i], rest), dx + place, i, left);
    }
  }

  const typename E::Type *x, *dy;
  typename E::Type* dx;
  std::int64_t left;
  V scale[N], shift[N], mean[N], slope[N], offset[N];
};

template <typename E, Activation A>
void gradient_of(const Rows& rows, const void* x, const void* dy, const Affine& affine, const Correction& correction,
                 void* dx) {
  for_each_strip(rows, [&]<int N>(const Strip<N>& strip) HWY_ATTR {
    GradientPass<E, A, N> pass;
    pass.x = static_cast<const typename E::Type*>(x);
    pass.dy = static_cast<const typename E::Type*>(dy);
    pass.dx = static_cast<typename E::Type*>(dx);
    pass.left = strip.left;
    load_channels(strip, affine.scale, pass.scale);
    load_channels(strip, affine.shift, pass.shift);
    load_channels(strip, correction.mean, pass.mean);
    load_channels(strip, correction.slope, pass.slope);
    load_channels(strip, correction.offset, pass.offset);
    pass_over(strip, rows.rows, pass);
  });
}

void statistics(const Rows& rows, const void* x, float* mean, float* squares) {
  rows.type == Element::fp32 ? statistics_of<Fp32>(rows, x, mean, squares)
                             : statistics_of<Bf16>(rows, x, mean, squares);
}

// One instance of `function` for each type and activation.
#define RESLAB_BY_ACTIVATION(type, function, ...)                                \
  switch (activation) {                                                          \
    case Activation::none: return function<type, Activation::none>(__VA_ARGS__); \
    case Activation::relu: return function<type, Activation::relu>(__VA_ARGS__); \
    case Activation::gelu: return function<type, Activation::gelu>(__VA_ARGS__); \
    case Activation::silu: return function<type, Activation::silu>(__VA_ARGS__); \
  }
#define RESLAB_BY_TYPE_AND_ACTIVATION(function, ...)  \
  if (rows.type == Element::fp32) {                   \
    RESLAB_BY_ACTIVATION(Fp32, function, __VA_ARGS__) \
  } else {                                            \
    RESLAB_BY_ACTIVATION(Bf16, function, __VA_ARGS__) \
  }

void activate(const Rows& rows, const void* x, const Affine& affine, Activation activation, const void* residual,
              void* y) {
  RESLAB_BY_TYPE_AND_ACTIVATION(activation_of, rows, x, affine, residual, y)
}

void gradient_sums(const Rows& rows, const void* x, const void* dy, const Affine& affine, Activation activation,
                   const float* mean, float* sum, float* product) {
  RESLAB_BY_TYPE_AND_ACTIVATION(gradient_sums_of, rows, x, dy, affine, mean, sum, product)
}

void gradient(const Rows& rows, const void* x, const void* dy, const Affine& affine, Activation activation,
              const Correction& correction, void* dx) {
  RESLAB_BY_TYPE_AND_ACTIVATION(gradient_of, rows, x, dy, affine, correction, dx)
}

const char* instructions() { return hwy::TargetName(HWY_TARGET); }

#undef RESLAB_BY_TYPE_AND_ACTIVATION
#undef RESLAB_BY_ACTIVATION

}  // namespace reslab::nn::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace reslab::nn::kernels {

HWY_EXPORT(statistics);
HWY_EXPORT(activate);
HWY_EXPORT(gradient_sums);
HWY_EXPORT(gradient);
HWY_EXPORT(instructions);

const char* row_instructions() { return HWY_DYNAMIC_DISPATCH(instructions)(); }

void row_statistics(const Rows& rows, const void* x, float* mean, float* squares) {
  HWY_DYNAMIC_DISPATCH(statistics)(rows, x, mean, squares);
}

void row_activation(const Rows& rows, const void* x, const Affine& affine, Activation activation, const void* residual,
                    void* y) {
  HWY_DYNAMIC_DISPATCH(activate)(rows, x, affine, activation, residual, y);
}

void row_gradient_sums(const Rows& rows, const void* x, const void* dy, const Affine& affine, Activation activation,
                       const float* mean, float* sum, float* product) {
  HWY_DYNAMIC_DISPATCH(gradient_sums)(rows, x, dy, affine, activation, mean, sum, product);
}

void row_gradient(const Rows& rows, const void* x, const void* dy, const Affine& affine, Activation activation,
                  const Correction& correction, void* dx) {
  HWY_DYNAMIC_DISPATCH(gradient)(rows, x, dy, affine, activation, correction, dx);
}

}  // namespace reslab::nn::kernels
#endif
