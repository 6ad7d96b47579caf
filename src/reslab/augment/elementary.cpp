#include "reslab/augment/elementary.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace reslab::augment {
namespace {

constexpr double log_of_2 = 0x1.62e42fefa39efp-1, half_root_of_2 = 0x1.6a09e667f3bcdp-1;
constexpr double degree = 0x1.1df46a2529d39p-6;  // π / 180

}  // namespace

double logarithm(double x) {
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);
  if (mantissa < half_root_of_2) {
    mantissa *= 2;
    --exponent;
  }
  // ln m = 2 (z + z³/3 + z⁵/5 + …) with z = (m − 1) / (m + 1), here at most 0.172.
  const double z = (mantissa - 1) / (mantissa + 1), square = z * z;
  double sum = 0;
  for (int power = 23; power >= 1; power -= 2) sum = sum * square + 1.0 / power;
  return exponent * log_of_2 + 2 * z * sum;
}

double exponential(double x) {
  x = std::clamp(x, -1'000.0, 1'000.0);
  const double twos = std::rint(x / log_of_2);
  const double rest = x - twos * log_of_2;  // at most 0.35 either way
  double sum = 1;
  for (int term = 17; term >= 1; --term) sum = sum * rest / term + 1;
  return std::ldexp(sum, static_cast<int>(twos));
}

Turn turn_of(double degrees) {
  const double rest = std::fmod(degrees, 360);
  const double quarters = std::rint(rest / 90);
  const double angle = (rest - 90 * quarters) * degree, square = angle * angle;
  double cosine = 1, sine = 1;
  for (int term = 18; term >= 2; term -= 2) {
    cosine = 1 - cosine * square / (term * (term - 1));
    sine = 1 - sine * square / (term * (term + 1));
  }
  sine *= angle;
  switch ((static_cast<int>(quarters) + 4) % 4) {
    case 1: return {-sine, cosine};
    case 2: return {-cosine, -sine};
    case 3: return {sine, -cosine};
    default: return {cosine, sine};
  }
}

}  // namespace reslab::augment
