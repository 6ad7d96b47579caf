// Winograd's transforms of tiles on vectors of channels: compiled as winograd_bf16_vectors.h says.
#pragma once

#include "reslab/nn/kernels/winograd_bf16_vectors.h"

#ifdef RESLAB_AVX512_BF16
namespace reslab::nn::kernels::bf16 {
namespace {

// The transforms by name: what they do to a line of a tile with `side` outputs, and how many values it has before and
// after.
struct Input {
  static constexpr int from(int side) { return side + 2; }
  static constexpr int to(int side) { return side + 2; }
  template <int Side>
  static void line(const V* values, V* result) {
    Lines<Side>::input(values, result);
  }
};

struct InputGradient {
  static constexpr int from(int side) { return side + 2; }
  static constexpr int to(int side) { return side + 2; }
  template <int Side>
  static void line(const V* values, V* result) {
    Lines<Side>::input_gradient(values, result);
  }
};

struct Output {
  static constexpr int from(int side) { return side + 2; }
  static constexpr int to(int side) { return side; }
  template <int Side>
  static void line(const V* values, V* result) {
    Lines<Side>::output(values, result);
  }
};

struct Gradient {
  static constexpr int from(int side) { return side; }
  static constexpr int to(int side) { return side + 2; }
  template <int Side>
  static void line(const V* values, V* result) {
    Lines<Side>::gradient(values, result);
  }
};

struct Filter {
  static constexpr int from(int) { return 3; }
  static constexpr int to(int side) { return side + 2; }
  template <int Side>
  static void line(const V* values, V* result) {
    Lines<Side>::filter(values, result);
  }
};

struct FilterGradient {
  static constexpr int from(int side) { return side + 2; }
  static constexpr int to(int) { return 3; }
  template <int Side>
  static void line(const V* values, V* result) {
    Lines<Side>::filter_gradient(values, result);
  }
};

// The transform of a tile of R × C outputs: its columns first, then the rows of what came out.
// value(i, j) gives an element; emit(i, j, v) takes one.
template <typename Transform, int R, int C, typename Value, typename Emit>
[[gnu::always_inline]] inline void transform_tile(const Value& value, const Emit& emit) {
  constexpr int from_rows = Transform::from(R), from_columns = Transform::from(C);
  constexpr int to_rows = Transform::to(R), to_columns = Transform::to(C);
  V half[to_rows * from_columns];
  for (int j = 0; j < from_columns; ++j) {
    V column[from_rows], result[to_rows];
    for (int i = 0; i < from_rows; ++i) column[i] = value(i, j);
    Transform::template line<R>(column, result);
    for (int i = 0; i < to_rows; ++i) half[i * from_columns + j] = result[i];
  }
  for (int i = 0; i < to_rows; ++i) {
    V result[to_columns];
    Transform::template line<C>(half + i * from_columns, result);
    for (int j = 0; j < to_columns; ++j) emit(i, j, result[j]);
  }
}

// What the sums of a tile hold from channel c on.
template <int C>
auto sums_of(const float* sums, std::int64_t stride) {
  return [=](int i, int j) { return _mm512_loadu_ps(sums + (i * (C + 2) + j) * stride); };
}

// Calls f with the sides as constants.
template <int Value>
struct Constant {
  static constexpr int value = Value;
};

template <typename F>
void with_side(std::int64_t side, const F& f) {
  if (side == 4) return f(Constant<4>());
  if (side == 3) return f(Constant<3>());
  f(Constant<2>());
}

template <typename F>
void with_sides(std::int64_t rows, std::int64_t columns, const F& f) {
  with_side(rows, [&](auto r) { with_side(columns, [&](auto c) { f(r, c); }); });
}

// The same where there are none of three.
template <typename F>
void with_even_sides(std::int64_t rows, std::int64_t columns, const F& f) {
  with_sides(rows, columns, [&](auto r, auto c) {
    if constexpr (r.value % 2 == 0 && c.value % 2 == 0)
      f(r, c);
    else
      __builtin_trap();
  });
}

}  // namespace
}  // namespace reslab::nn::kernels::bf16
#endif
