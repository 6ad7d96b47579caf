// A member that has no default: a struct with one can't be made without saying it.
//
//   struct Options { core::Required<std::int64_t> classes; std::int64_t width = 64; };
//   const Options options{.classes = 10};   // without .classes it doesn't compile
#pragma once

#include <utility>

namespace reslab::core {

template <typename T>
class Required {
 public:
  constexpr Required(T value) : value_(std::move(value)) {}  // implicit: it stands for the value
  constexpr operator const T&() const { return value_; }

 private:
  T value_;
};

}  // namespace reslab::core
