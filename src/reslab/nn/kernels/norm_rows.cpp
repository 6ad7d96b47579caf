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

// eˣ for x ≤ 0, to 1e-6 of it down to -10 and 5e-6 further down; below -87.3 the least normal number. x = (n + f) · ln
// 2 with a whole n and |f| ≤ ½: 2ᶠ by its Taylor series, n into the exponent. Highway's own takes half as many
// instructions more, for cases that there are none of here.
HWY_INLINE V exp_below_zero(V x) {
  const V whole = set(0x1.8p23F);  // floats from here on have no fraction, and n in their lowest bits
  const V power = hn::Max(hn::Mul(x, set(1.44269504F)), set(-126));
  const V shifted = hn::Add(power, whole), f = hn::Sub(power, hn::Sub(shifted, whole));
  V sum = set(1.5403530e-4F);
  for (const float coefficient : {1.3333558e-3F, 9.6181291e-3F, 5.5504109e-2F, 2.4022651e-1F, 6.9314718e-1F, 1.0F})
    sum = hn::MulAdd(sum, f, set(coefficient));
  const Bits bits;
  return hn::BitCast(D(), hn::Add(hn::BitCast(bits, sum), hn::ShiftLeft<23>(hn::BitCast(bits, shifted))));
}

// 1 / x for finite x ≥ 1, to 3e-7 of it: one step of Newton's from the processor's estimate.
HWY_INLINE V reciprocal(V x) {
  V guess = hn::ApproximateReciprocal(x);
#if !HWY_ARCH_X86
  guess = hn::Mul(guess, hn::NegMulAdd(x, guess, set(2)));  // Arm's estimate has 8 bits, x86's 11 or 14
#endif
  return hn::Mul(guess, hn::NegMulAdd(x, guess, set(2)));
}

// f(u) and f'(u).
template <Activation A>
struct Function;

template <>
struct Function<Activation::none> {
  static HWY_INLINE V value(V u) { return u; }
  static HWY_INLINE V gradient(V dy, V) { return dy; }
};

template <>
struct Function<Activation::relu> {
  // Not Max, which would hide what is not a number.
  static HWY_INLINE V value(V u) { return hn::IfThenElse(hn::Lt(u, hn::Zero(D())), hn::Zero(D()), u); }
  static HWY_INLINE V gradient(V dy, V u) { return hn::IfThenElseZero(hn::Gt(u, hn::Zero(D())), dy); }
};

// Φ(u) = (1 + erf(u / √2)) / 2, erf by Abramowitz and Stegun 7.1.26, whose error is below 1.5e-7.
template <>
struct Function<Activation::gelu> {
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
    V sum = set(1.061405429F);
    for (const float coefficient : {-1.453152027F, 1.421413741F, -0.284496736F, 0.254829592F})
      sum = hn::MulAdd(sum, t, set(coefficient));
    const V tail = hn::Mul(hn::Mul(set(0.5F), bell), hn::Mul(sum, t));  // the share beyond |u|
    return hn::IfThenElse(hn::Lt(u, hn::Zero(D())), tail, hn::Sub(set(1), tail));
  }
};

template <>
struct Function<Activation::silu> {
  static HWY_INLINE V value(V u) { return hn::Mul(u, sigmoid(u)); }
  static HWY_INLINE V gradient(V dy, V u) {
    const V s = sigmoid(u);
    return hn::Mul(dy, hn::Mul(s, hn::MulAdd(u, hn::Sub(set(1), s), set(1))));
  }

 private:
  static HWY_INLINE V sigmoid(V u) {
    const V small = exp_below_zero(hn::Neg(hn::Abs(u))), share = reciprocal(hn::Add(set(1), small));
    return hn::IfThenElse(hn::Lt(u, hn::Zero(D())), hn::Mul(small, share), share);
  }
};

// Elements of a channel vector: whole ones straight from memory, the last channels by way of a buffer.
template <typename E>
HWY_INLINE V load(const typename E::Type* from, std::int64_t count) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(D()));
  if (HWY_LIKELY(count >= lanes)) return E::load(from);
  typename E::Type buffer[HWY_MAX_BYTES / sizeof(float)] = {};
  for (std::int64_t i = 0; i < count; ++i) buffer[i] = from[i];
  return E::load(buffer);
}

template <typename E>
HWY_INLINE void store(V value, typename E::Type* to, std::int64_t count) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(D()));
  if (HWY_LIKELY(count >= lanes)) return E::store(value, to);
  typename E::Type buffer[HWY_MAX_BYTES / sizeof(float)];
  E::store(value, buffer);
  for (std::int64_t i = 0; i < count; ++i) to[i] = buffer[i];
}

// Rows whose mean is the pivot around which sums are taken.
constexpr std::int64_t pivot_rows = 4;

// Channels whose sums are taken at once: all of most maps, so that rows are read as they lie.
constexpr std::int64_t channels_at_once = 512;

template <typename E>
void statistics_of(const Rows& rows, const void* x_data, float* mean, float* squares) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(D()));
  const std::int64_t few = HWY_MIN(rows.rows, pivot_rows);
  HWY_ALIGN float pivots[channels_at_once], sums[2][channels_at_once], squares_of[2][channels_at_once];
  for (std::int64_t first = 0; first < rows.channels; first += channels_at_once) {
    const auto* const x = static_cast<const typename E::Type*>(x_data) + first;
    const std::int64_t channels = HWY_MIN(rows.channels - first, channels_at_once);
    for (std::int64_t c = 0; c < channels; c += lanes) {
      V pivot = hn::Zero(D());
      for (std::int64_t r = 0; r < few; ++r) pivot = hn::Add(pivot, load<E>(x + r * rows.channels + c, channels - c));
      hn::Store(hn::Mul(pivot, set(1 / static_cast<float>(few))), D(), pivots + c);
      for (const int half : {0, 1}) {
        hn::Store(hn::Zero(D()), D(), sums[half] + c);
        hn::Store(hn::Zero(D()), D(), squares_of[half] + c);
      }
    }
    for (std::int64_t r = 0; r < rows.rows; ++r) {
      float *const sum = sums[r % 2], *const square = squares_of[r % 2];
      for (std::int64_t c = 0; c < channels; c += lanes) {
        const V value = hn::Sub(load<E>(x + r * rows.channels + c, channels - c), hn::Load(D(), pivots + c));
        hn::Store(hn::Add(hn::Load(D(), sum + c), value), D(), sum + c);
        hn::Store(hn::MulAdd(value, value, hn::Load(D(), square + c)), D(), square + c);
      }
    }
    for (std::int64_t c = 0; c < channels; c += lanes) {
      const V all = hn::Add(hn::Load(D(), sums[0] + c), hn::Load(D(), sums[1] + c));
      const V square = hn::Add(hn::Load(D(), squares_of[0] + c), hn::Load(D(), squares_of[1] + c));
      const V shift = hn::Mul(all, set(1 / static_cast<float>(rows.rows)));
      store<Fp32>(hn::Add(hn::Load(D(), pivots + c), shift), mean + first + c, channels - c);
      store<Fp32>(hn::Max(hn::NegMulAdd(shift, all, square), hn::Zero(D())), squares + first + c, channels - c);
    }
  }
}

template <typename E, Activation A>
void activation_of(const Rows& rows, const void* x_data, const Affine& affine, const void* residual_data,
                   void* y_data) {
  const auto* x = static_cast<const typename E::Type*>(x_data);
  const auto* residual = static_cast<const typename E::Type*>(residual_data);
  auto* y = static_cast<typename E::Type*>(y_data);
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(D()));
  for (std::int64_t r = 0; r < rows.rows; ++r) {
    for (std::int64_t c = 0; c < rows.channels; c += lanes) {
      const std::int64_t count = rows.channels - c;
      const V u =
          hn::MulAdd(load<E>(x + c, count), load<Fp32>(affine.scale + c, count), load<Fp32>(affine.shift + c, count));
      V value = Function<A>::value(u);
      if (residual != nullptr) value = hn::Add(value, load<E>(residual + c, count));
      store<E>(value, y + c, count);
    }
    x += rows.channels;
    y += rows.channels;
    if (residual != nullptr) residual += rows.channels;
  }
}

template <typename E, Activation A>
void gradient_sums_of(const Rows& rows, const void* x_data, const void* dy_data, const Affine& affine,
                      const float* mean, float* sum, float* product) {
  const auto* const x = static_cast<const typename E::Type*>(x_data);
  const auto* const dy = static_cast<const typename E::Type*>(dy_data);
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(D()));
  std::fill_n(sum, rows.channels, 0.0F);
  std::fill_n(product, rows.channels, 0.0F);
  for (std::int64_t r = 0; r < rows.rows; ++r)
    for (std::int64_t c = 0; c < rows.channels; c += lanes) {
      const std::int64_t count = rows.channels - c;
      const V value = load<E>(x + r * rows.channels + c, count);
      const V u = hn::MulAdd(value, load<Fp32>(affine.scale + c, count), load<Fp32>(affine.shift + c, count));
      const V g = Function<A>::gradient(load<E>(dy + r * rows.channels + c, count), u);
      const V apart = hn::Sub(value, load<Fp32>(mean + c, count));
      store<Fp32>(hn::Add(load<Fp32>(sum + c, count), g), sum + c, count);
      store<Fp32>(hn::MulAdd(g, apart, load<Fp32>(product + c, count)), product + c, count);
    }
}

template <typename E, Activation A>
void gradient_of(const Rows& rows, const void* x_data, const void* dy_data, const Affine& affine,
                 const Correction& correction, void* dx_data) {
  const auto* x = static_cast<const typename E::Type*>(x_data);
  const auto* dy = static_cast<const typename E::Type*>(dy_data);
  auto* dx = static_cast<typename E::Type*>(dx_data);
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(D()));
  for (std::int64_t r = 0; r < rows.rows; ++r) {
    for (std::int64_t c = 0; c < rows.channels; c += lanes) {
      const std::int64_t count = rows.channels - c;
      const V value = load<E>(x + c, count), scale = load<Fp32>(affine.scale + c, count);
      const V u = hn::MulAdd(value, scale, load<Fp32>(affine.shift + c, count));
      const V g = Function<A>::gradient(load<E>(dy + c, count), u);
      const V rest = hn::MulAdd(hn::Sub(value, load<Fp32>(correction.mean + c, count)),
                                load<Fp32>(correction.slope + c, count), load<Fp32>(correction.offset + c, count));
      store<E>(hn::MulAdd(g, scale, rest), dx + c, count);
    }
    x += rows.channels;
    dy += rows.channels;
    dx += rows.channels;
  }
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
