// Elements of rows, and the activations on vectors of them. Compiled once for each set of instructions, by those who
// include it after hwy/foreach_target.h.
#if defined(RESLAB_NORM_ROWS_FUNCTIONS) == defined(HWY_TARGET_TOGGLE)
#ifdef RESLAB_NORM_ROWS_FUNCTIONS
#undef RESLAB_NORM_ROWS_FUNCTIONS
#else
#define RESLAB_NORM_ROWS_FUNCTIONS
#endif

#include <hwy/highway.h>

#include <cstdint>

#include "reslab/nn/kernels/activation_kind.h"

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

// f(u) and f'(u), for bf16 less exact than for fp32.
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

// Φ(u) − ½ and f'(u) − ½ are odd: u times a polynomial in u², moved to [-1, 1], where rounding costs least. Up to ±4.5
// to 8e-6 in the value and 1.2e-5 in f'; beyond that the value is u or 0, to 2e-5, and f' is 1 or 0, to 8e-5. So
// results near 0 keep few digits of their own. The polynomials are nearly the best of their degree, by least squares
// with weights raised where the error is largest.
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
    odd = hn::IfThenElse(hn::Gt(u, set(end)), set(end), u);  // not Min, which would hide what is not a number
    return hn::MulAdd(hn::Mul(odd, odd), set(2 / (end * end)), set(-1));
  }
  static HWY_INLINE V share(V u, V odd, V p) {
    return hn::IfThenZeroElse(hn::Lt(u, set(-end)), hn::MulAdd(odd, p, set(0.5F)));
  }
};

// By the logistic function σ(u) = 1 / (1 + e⁻ᵘ): f'(u) = σ(u) · (1 + u · (1 − σ(u))). 1 − σ isn't taken by subtraction:
// what that leaves of a rounded 1 would grow with u.
template <typename E>
struct Function<Activation::silu, E> {
  static HWY_INLINE V value(V u) {
    V rest;
    return hn::Mul(u, sigmoid(u, rest, E()));
  }
  static HWY_INLINE V gradient(V dy, V u) {
    V rest;
    const V s = sigmoid(u, rest, E());
    return hn::Mul(dy, hn::Mul(s, hn::MulAdd(u, rest, set(1))));
  }

 private:
  static HWY_INLINE V sigmoid(V u, V& rest, Fp32) {
    const V small = exp_below_zero(hn::Neg(hn::Abs(u))), share = reciprocal(hn::Add(set(1), small));
    const V other = hn::Mul(small, share);
    const auto negative = hn::Lt(u, hn::Zero(D()));
    rest = hn::IfThenElse(negative, share, other);
    return hn::IfThenElse(negative, other, share);
  }
  // To 5e-4 of it.
  static HWY_INLINE V sigmoid(V u, V& rest, Bf16) {
    const Power power(hn::Max(set(-126), hn::Min(set(126), hn::Mul(u, set(-log2_e)))));
    const V inverse = power.times(polynomial(power.f, 0.0551710911F, 0.2426099777F, 0.6932609677F, 0.9999281168F));
    const V share = rough_reciprocal(hn::Add(set(1), inverse));
    rest = hn::Mul(inverse, share);
    return share;
  }
};

}  // namespace reslab::nn::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
