// Compiled once for each set of vector instructions (Highway's foreach_target); the best that the processor has is
// chosen at run time.
#include "reslab/nn/kernels/patch_rows.h"

#include <algorithm>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reslab/nn/kernels/patch_rows.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h
#include <hwy/highway.h>

#include "reslab/nn/kernels/by_activation.h"
#include "reslab/nn/kernels/norm_rows_functions-inl.h"

HWY_BEFORE_NAMESPACE();
namespace reslab::nn::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr int lanes = HWY_LANES(float);
static_assert(lanes <= 16, "a vector would hold channels of three pixels");

// Numbers of one or two pixels together fill whole vectors: 24 filters, two pixels, three vectors of 16. A vector holds
// numbers of one pixel, or the last of the first and the first of the second.
struct Group {
  HWY_INLINE explicit Group(std::int64_t out)
      : filters(out), pixels(out % lanes == 0 ? 1 : 2), vectors(pixels * out / lanes) {}

  // Lanes of vector v that are the first pixel's.
  HWY_INLINE std::int64_t of_first(std::int64_t v) const {
    return std::clamp<std::int64_t>(filters - v * lanes, 0, lanes);
  }

  std::int64_t filters, pixels, vectors;
};

std::int64_t floats_of(const Patches& patches) { return Group(patches.out).vectors * lanes * (1 + patches.values()); }

// For each vector the bias, then the values of a patch one after the other.
void arrange(const Patches& patches, const float* filters, const float* bias, float* arranged) {
  const Group group(patches.out);
  const std::int64_t values = patches.values();
  for (std::int64_t v = 0; v < group.vectors; ++v)
    for (int lane = 0; lane < lanes; ++lane) {
      const std::int64_t filter = (v * lanes + lane) % patches.out;
      float* const to = arranged + v * lanes * (1 + values) + lane;
      to[0] = bias[filter];
      for (std::int64_t k = 0; k < values; ++k) to[(1 + k) * lanes] = filters[filter * values + k];
    }
}

template <typename E>
void widen(const typename E::Type* from, std::int64_t count, float* to) {
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) hn::StoreU(E::load(from + i), D(), to + i);
  if (i == count) return;
  typename E::Type rest[lanes] = {};
  std::copy_n(from + i, count - i, rest);
  hn::StoreU(E::load(rest), D(), to + i);
}

// An image's patches, and what the filters make of them.
struct Filtered {
  HWY_INLINE Filtered(const Patches& all, const float* arranged_filters, const float* image)
      : group(all.out),
        values(all.values()),
        side(all.side),
        line(all.side * all.in),
        stride(all.width * all.in),
        in(all.in),
        across(all.width - all.side + 1),
        arranged(arranged_filters),
        pixels(image) {}

  // Patches one after the other, from line to line of an image.
  class Walk {
   public:
    HWY_INLINE explicit Walk(const Filtered& all) : filtered_(all), patch_(all.pixels) {}
    HWY_INLINE const float* next() {
      const float* const here = patch_;
      patch_ += filtered_.in;
      if (++column_ == filtered_.across) {
        column_ = 0;
        patch_ += filtered_.line - filtered_.in;
      }
      return here;
    }

   private:
    const Filtered& filtered_;
    const float* patch_;
    std::int64_t column_ = 0;
  };

  // u of vector v of so many groups, whose pixels' patches begin at `first` and `second`.
  template <int Groups>
  HWY_INLINE void filter(std::int64_t v, const float* const* first, const float* const* second, V* u) const {
    const float* const weights = arranged + v * lanes * (1 + values);
    const std::int64_t of_first = group.of_first(v);
    if (of_first == lanes)
      sum<Groups>(weights, u, [=](int g, std::int64_t k) HWY_ATTR { return set(first[g][k]); });
    else if (of_first == 0)
      sum<Groups>(weights, u, [=](int g, std::int64_t k) HWY_ATTR { return set(second[g][k]); });
    else {
      const auto mask = hn::FirstN(D(), static_cast<std::size_t>(of_first));
      sum<Groups>(weights, u, [=](int g, std::int64_t k) HWY_ATTR {
        return hn::IfThenElse(mask, set(first[g][k]), set(second[g][k]));
      });
    }
  }

  Group group;
  std::int64_t values, side, line, stride, in, across;
  const float *arranged, *pixels;

 private:
  template <int Groups, typename Value>
  HWY_INLINE void sum(const float* weights, V* u, const Value& value) const {
    V sums[Groups];
    for (int g = 0; g < Groups; ++g) sums[g] = hn::LoadU(D(), weights);
    for (std::int64_t i = 0; i < side; ++i)
      for (std::int64_t k = 0; k < line; ++k) {
        weights += lanes;
        const V weight = hn::LoadU(D(), weights);
        for (int g = 0; g < Groups; ++g) sums[g] = hn::MulAdd(weight, value(g, i * stride + k), sums[g]);
      }
    for (int g = 0; g < Groups; ++g) u[g] = sums[g];
  }
};

// Groups whose sums stay in registers together, so that a filter's value is read once for all.
constexpr int groups_together = HWY_TARGET <= HWY_AVX3 ? 6 : 4;

// Calls take(u, v, place, count) for vector v of all groups of an image, one after the other: `place` is the group's
// first number in the result, and `count` of the vector's numbers are there. The last pixel may have no neighbour.
template <typename Take>
HWY_INLINE void for_each_vector(const Patches& patches, const Filtered& filtered, const Take& take) {
  const Group& group = filtered.group;
  Filtered::Walk walk(filtered);
  const std::int64_t pixels = patches.pixels(), numbers = group.pixels * group.filters;
  std::int64_t place = 0, left = pixels / group.pixels;
  const auto several = [&]<int Groups>(std::integral_constant<int, Groups>) HWY_ATTR {
    const float *first[Groups], *second[Groups];
    for (int g = 0; g < Groups; ++g) {
      first[g] = walk.next();
      second[g] = group.pixels == 2 ? walk.next() : first[g];
    }
    for (std::int64_t v = 0; v < group.vectors; ++v) {
      V u[Groups];
      filtered.filter<Groups>(v, first, second, u);
      for (int g = 0; g < Groups; ++g) take(u[g], v, place + g * numbers + v * lanes, lanes);
    }
    place += Groups * numbers;
    left -= Groups;
  };
  while (left >= groups_together) several(std::integral_constant<int, groups_together>());
  while (left > 0) several(std::integral_constant<int, 1>());
  if (pixels % group.pixels == 0) return;
  const float* const last = walk.next();
  for (std::int64_t v = 0; group.of_first(v) > 0; ++v) {
    V u;
    filtered.filter<1>(v, &last, &last, &u);
    take(u, v, place + v * lanes, group.of_first(v));
  }
}

template <typename E, Activation A>
void activation_of_patches(const Patches& patches, const void* image, const float* arranged, float* scratch, void* y) {
  using Type = typename E::Type;
  widen<E>(static_cast<const Type*>(image), patches.height * patches.width * patches.in, scratch);
  auto* const to = static_cast<Type*>(y);
  for_each_vector(patches, Filtered(patches, arranged, scratch),
                  [=](V u, std::int64_t, std::int64_t place, std::int64_t count) HWY_ATTR {
                    const V value = Function<A, E>::value(u);
                    if (count == lanes) return E::store(value, to + place);
                    Type buffer[lanes];
                    E::store(value, buffer);
                    std::copy_n(buffer, count, to + place);
                  });
}

template <typename E, Activation A>
void bias_gradient_of_patches(const Patches& patches, const void* image, const void* dy, const float* arranged,
                              float* scratch, float* sums) {
  using Type = typename E::Type;
  widen<E>(static_cast<const Type*>(image), patches.height * patches.width * patches.in, scratch);
  const Group group(patches.out);
  float by_lane[2 * most_patch_filters] = {};
  const auto* const from = static_cast<const Type*>(dy);
  for_each_vector(patches, Filtered(patches, arranged, scratch),
                  [&](V u, std::int64_t v, std::int64_t place, std::int64_t count) HWY_ATTR {
                    V gradient;
                    if (count == lanes) {
                      gradient = E::load(from + place);
                    } else {
                      Type buffer[lanes] = {};  // zero for the lanes beyond the last pixel
                      std::copy_n(from + place, count, buffer);
                      gradient = E::load(buffer);
                    }
                    float* const sum = by_lane + v * lanes;
                    hn::StoreU(hn::Add(hn::LoadU(D(), sum), Function<A, E>::gradient(gradient, u)), D(), sum);
                  });
  for (std::int64_t filter = 0; filter < group.filters; ++filter)
    sums[filter] = by_lane[filter] + (group.pixels == 2 ? by_lane[group.filters + filter] : 0);
}

void activate_patches(const Patches& patches, const void* image, const float* arranged, float* scratch, void* y) {
  RESLAB_BY_TYPE_AND_ACTIVATION(patches.type, patches.activation, activation_of_patches, patches, image, arranged,
                                scratch, y)
}

void bias_gradient(const Patches& patches, const void* image, const void* dy, const float* arranged, float* scratch,
                   float* sums) {
  RESLAB_BY_TYPE_AND_ACTIVATION(patches.type, patches.activation, bias_gradient_of_patches, patches, image, dy,
                                arranged, scratch, sums)
}

}  // namespace reslab::nn::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace reslab::nn::kernels {

HWY_EXPORT(floats_of);
HWY_EXPORT(arrange);
HWY_EXPORT(activate_patches);
HWY_EXPORT(bias_gradient);

std::int64_t arranged_floats(const Patches& patches) { return HWY_DYNAMIC_DISPATCH(floats_of)(patches); }

void arrange_filters(const Patches& patches, const float* filters, const float* bias, float* arranged) {
  HWY_DYNAMIC_DISPATCH(arrange)(patches, filters, bias, arranged);
}

std::int64_t patch_scratch_floats(const Patches& patches) {
  constexpr std::int64_t widest = 16;  // the last vector may reach beyond the image
  return patches.height * patches.width * patches.in + widest;
}

void patch_activation(const Patches& patches, const void* image, const float* arranged, float* scratch, void* y) {
  HWY_DYNAMIC_DISPATCH(activate_patches)(patches, image, arranged, scratch, y);
}

void patch_bias_gradient(const Patches& patches, const void* image, const void* dy, const float* arranged,
                         float* scratch, float* sums) {
  HWY_DYNAMIC_DISPATCH(bias_gradient)(patches, image, dy, arranged, scratch, sums);
}

}  // namespace reslab::nn::kernels
#endif
