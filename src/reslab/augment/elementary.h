// Elementary functions in double that give the same bits on every processor. Those of the C library differ between its
// versions, and between processors with and without fused multiplications, in the last bit.
//
// Errors: at most 2⁻⁵⁰ (1 + |ln x|) of a logarithm, 2⁻⁵⁰ (1 + |x|) times the value of an exponential, 2⁻⁵⁰ of a cosine
// or sine of up to a full turn.
#pragma once

namespace reslab::augment {

/// Natural logarithm of x > 0, finite.
double logarithm(double x);

/// e to the power of x; 0 or infinity where doubles end.
double exponential(double x);

struct Turn {
  double cosine, sine;
};

/// Of an angle in degrees, finite. Multiples of 90 give whole numbers.
Turn turn_of(double degrees);

}  // namespace reslab::augment
