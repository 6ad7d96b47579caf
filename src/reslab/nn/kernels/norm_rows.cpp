// Compiled once for each set of vector instructions (Highway's foreach_target); the best that the processor has is
// chosen at run time.
#include "reslab/nn/kernels/norm_rows.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reslab/nn/kernels/norm_rows.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h
#include <hwy/highway.h>

#include "reslab/nn/kernels/by_activation.h"
#include "reslab/nn/kernels/norm_rows_functions-inl.h"
#include "reslab/nn/kernels/norm_rows_strips-inl.h"

HWY_BEFORE_NAMESPACE();
namespace reslab::nn::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

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
    ask_ahead<N>(x + place, ahead);
    for (int i = 0; i < N; ++i) {
      const V value = hn::Sub(load<E, Whole>(x + place, i, left), pivots[i]);
      sums[i] = hn::Add(sums[i], value);
      squares[i] = hn::MulAdd(value, value, squares[i]);
    }
  }

  const typename E::Type* x;
  std::int64_t left, ahead;
  V pivots[N], sums[N], squares[N];
};

template <typename E>
void statistics_of(const Rows& rows, const void* x, float* mean, float* squares) {
  for_each_strip(rows, [&]<int N>(const Strip<N>& strip) HWY_ATTR {
    SumPass<E, N> first;
    StatisticsPass<E, N> all;
    first.x = all.x = static_cast<const typename E::Type*>(x);
    first.left = all.left = strip.left;
    all.ahead = strip.ahead;
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
    ask_ahead<N>(x + place, ahead);
    if (before != nullptr) ask_ahead<N>(before + place, ahead);
    if (after != nullptr) ask_ahead<N>(after + place, ahead);
    for (int i = 0; i < N; ++i) {
      V value = hn::MulAdd(load<E, Whole>(x + place, i, left), scale[i], shift[i]);
      if (before != nullptr) value = hn::Add(value, load<E, Whole>(before + place, i, left));
      value = Function<A, E>::value(value);
      if (after != nullptr) value = hn::Add(value, load<E, Whole>(after + place, i, left));
      store<E, Whole>(value, y + place, i, left);
    }
  }

  const typename E::Type *x, *before, *after;  // of the activation; null for nothing
  typename E::Type* y;
  std::int64_t left, ahead;
  V scale[N], shift[N];
};

template <typename E, Activation A>
void activation_of(const Rows& rows, const void* x, const Affine& affine, const Residual& residual, void* y) {
  for_each_strip(rows, [&]<int N>(const Strip<N>& strip) HWY_ATTR {
    ActivationPass<E, A, N> pass;
    pass.x = static_cast<const typename E::Type*>(x);
    const auto* const added = static_cast<const typename E::Type*>(residual.rows);
    pass.before = residual.first ? added : nullptr;
    pass.after = residual.first ? nullptr : added;
    pass.y = static_cast<typename E::Type*>(y);
    pass.left = strip.left;
    pass.ahead = strip.ahead;
    load_channels(strip, affine.scale, pass.scale);
    load_channels(strip, affine.shift, pass.shift);
    pass_over(strip, rows.rows, pass);
  });
}

// What both passes of the gradient read.
template <typename E, Activation A, int N>
struct GradientInputs {
  HWY_INLINE GradientInputs(const Strip<N>& strip, const void* x_data, const void* dy_data, const Affine& affine,
                            const float* means)
      : x(static_cast<const typename E::Type*>(x_data)),
        dy(static_cast<const typename E::Type*>(dy_data)),
        left(strip.left),
        ahead(strip.ahead) {
    load_channels(strip, affine.scale, scale);
    load_channels(strip, affine.shift, shift);
    load_channels(strip, means, mean);
  }
  HWY_INLINE void ask(std::int64_t place) const {
    ask_ahead<N>(x + place, ahead);
    ask_ahead<N>(dy + place, ahead);
  }
  // g = dy · f'(u + added), and x − mean.
  template <bool Whole>
  HWY_INLINE V read(std::int64_t place, int i, V& apart, const typename E::Type* added = nullptr) const {
    const V value = load<E, Whole>(x + place, i, left);
    apart = hn::Sub(value, mean[i]);
    V u = hn::MulAdd(value, scale[i], shift[i]);
    if (added != nullptr) u = hn::Add(u, load<E, Whole>(added + place, i, left));
    return Function<A, E>::gradient(load<E, Whole>(dy + place, i, left), u);
  }

  const typename E::Type *x, *dy;
  std::int64_t left, ahead;
  V scale[N], shift[N], mean[N];
};

template <typename E, Activation A, int N>
struct GradientSumsPass {
  template <bool Whole>
  HWY_INLINE void row(std::int64_t place) {
    in.ask(place);
    for (int i = 0; i < N; ++i) {
      V apart;
      const V g = in.template read<Whole>(place, i, apart);
      add(i, g, apart);
    }
  }
  HWY_INLINE void clear() {
    for (int i = 0; i < N; ++i) sums[i] = products[i] = hn::Zero(D());
  }
  HWY_INLINE void add(int i, V g, V apart) {
    sums[i] = hn::Add(sums[i], g);
    products[i] = hn::MulAdd(g, apart, products[i]);
  }
  HWY_INLINE void keep(const Strip<N>& strip, float* sum, float* product) const {
    store_channels(strip, sums, sum);
    store_channels(strip, products, product);
  }

  GradientInputs<E, A, N> in;
  V sums[N], products[N];
};

// The same with a residual before the activation, whose gradient g is.
template <typename E, Activation A, int N>
struct ResidualGradientPass {
  template <bool Whole>
  HWY_INLINE void row(std::int64_t place) {
    sums.in.ask(place);
    ask_ahead<N>(residual + place, sums.in.ahead);
    for (int i = 0; i < N; ++i) {
      V apart;
      const V value = sums.in.template read<Whole>(place, i, apart, residual);
      store<E, Whole>(value, g + place, i, sums.in.left);
      sums.add(i, value, apart);
    }
  }

  GradientSumsPass<E, A, N> sums;
  const typename E::Type* residual;
  typename E::Type* g;
};

template <typename E, Activation A>
void residual_gradient_of(const Rows& rows, const void* x, const void* residual, const void* dy, const Affine& affine,
                          const float* mean, float* sum, float* product, void* g) {
  for_each_strip(rows, [&]<int N>(const Strip<N>& strip) HWY_ATTR {
    ResidualGradientPass<E, A, N> pass{.sums = {.in = {strip, x, dy, affine, mean}},
                                       .residual = static_cast<const typename E::Type*>(residual),
                                       .g = static_cast<typename E::Type*>(g)};
    pass.sums.clear();
    pass_over(strip, rows.rows, pass);
    pass.sums.keep(strip, sum, product);
  });
}

template <typename E, Activation A>
void gradient_sums_of(const Rows& rows, const void* x, const void* dy, const Affine& affine, const float* mean,
                      float* sum, float* product) {
  for_each_strip(rows, [&]<int N>(const Strip<N>& strip) HWY_ATTR {
    GradientSumsPass<E, A, N> pass{.in = {strip, x, dy, affine, mean}};
    pass.clear();
    pass_over(strip, rows.rows, pass);
    pass.keep(strip, sum, product);
  });
}

template <typename E, Activation A, int N>
struct GradientPass {
  template <bool Whole>
  HWY_INLINE void row(std::int64_t place) {
    in.ask(place);
    for (int i = 0; i < N; ++i) {
      V apart;
      const V g = in.template read<Whole>(place, i, apart);
      const V rest = hn::MulAdd(apart, slope[i], offset[i]);
      store<E, Whole>(hn::MulAdd(g, in.scale[i], rest), dx + place, i, in.left);
    }
  }

  GradientInputs<E, A, N> in;
  typename E::Type* dx;
  V slope[N], offset[N];
};

template <typename E, Activation A>
void gradient_of(const Rows& rows, const void* x, const void* dy, const Affine& affine, const Correction& correction,
                 void* dx) {
  for_each_strip(rows, [&]<int N>(const Strip<N>& strip) HWY_ATTR {
    GradientPass<E, A, N> pass{.in = {strip, x, dy, affine, correction.mean}, .dx = static_cast<typename E::Type*>(dx)};
    load_channels(strip, correction.slope, pass.slope);
    load_channels(strip, correction.offset, pass.offset);
    pass_over(strip, rows.rows, pass);
  });
}

void statistics(const Rows& rows, const void* x, float* mean, float* squares) {
  rows.type == Element::fp32 ? statistics_of<Fp32>(rows, x, mean, squares)
                             : statistics_of<Bf16>(rows, x, mean, squares);
}

void activate(const Rows& rows, const void* x, const Affine& affine, Activation activation, const Residual& residual,
              void* y) {
  RESLAB_BY_TYPE_AND_ACTIVATION(rows.type, activation, activation_of, rows, x, affine, residual, y)
}

void gradient_sums(const Rows& rows, const void* x, const void* dy, const Affine& affine, Activation activation,
                   const float* mean, float* sum, float* product) {
  RESLAB_BY_TYPE_AND_ACTIVATION(rows.type, activation, gradient_sums_of, rows, x, dy, affine, mean, sum, product)
}

void residual_gradient(const Rows& rows, const void* x, const void* residual, const void* dy, const Affine& affine,
                       Activation activation, const float* mean, float* sum, float* product, void* g) {
  RESLAB_BY_TYPE_AND_ACTIVATION(rows.type, activation, residual_gradient_of, rows, x, residual, dy, affine, mean, sum,
                                product, g)
}

void gradient(const Rows& rows, const void* x, const void* dy, const Affine& affine, Activation activation,
              const Correction& correction, void* dx) {
  RESLAB_BY_TYPE_AND_ACTIVATION(rows.type, activation, gradient_of, rows, x, dy, affine, correction, dx)
}

const char* instructions() { return hwy::TargetName(HWY_TARGET); }

}  // namespace reslab::nn::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace reslab::nn::kernels {

HWY_EXPORT(statistics);
HWY_EXPORT(activate);
HWY_EXPORT(gradient_sums);
HWY_EXPORT(residual_gradient);
HWY_EXPORT(gradient);
HWY_EXPORT(instructions);

const char* row_instructions() { return HWY_DYNAMIC_DISPATCH(instructions)(); }

void row_statistics(const Rows& rows, const void* x, float* mean, float* squares) {
  HWY_DYNAMIC_DISPATCH(statistics)(rows, x, mean, squares);
}

void row_activation(const Rows& rows, const void* x, const Affine& affine, Activation activation,
                    const Residual& residual, void* y) {
  HWY_DYNAMIC_DISPATCH(activate)(rows, x, affine, activation, residual, y);
}

void row_gradient_sums(const Rows& rows, const void* x, const void* dy, const Affine& affine, Activation activation,
                       const float* mean, float* sum, float* product) {
  HWY_DYNAMIC_DISPATCH(gradient_sums)(rows, x, dy, affine, activation, mean, sum, product);
}

void row_residual_gradient(const Rows& rows, const void* x, const void* residual, const void* dy, const Affine& affine,
                           Activation activation, const float* mean, float* sum, float* product, void* g) {
  HWY_DYNAMIC_DISPATCH(residual_gradient)(rows, x, residual, dy, affine, activation, mean, sum, product, g);
}

void row_gradient(const Rows& rows, const void* x, const void* dy, const Affine& affine, Activation activation,
                  const Correction& correction, void* dx) {
  HWY_DYNAMIC_DISPATCH(gradient)(rows, x, dy, affine, activation, correction, dx);
}

}  // namespace reslab::nn::kernels
#endif
