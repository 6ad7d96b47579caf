// Chooses among instances of a function template for each type of elements and activation, by values known at run time.
// For the sources that norm_rows_functions-inl.h is for, whose Fp32 and Bf16 differ by the set of instructions.
#pragma once

#include "reslab/nn/kernels/activation_kind.h"

#define RESLAB_BY_ACTIVATION(elements, activation, function, ...)                    \
  switch (activation) {                                                              \
    case Activation::none: return function<elements, Activation::none>(__VA_ARGS__); \
    case Activation::relu: return function<elements, Activation::relu>(__VA_ARGS__); \
    case Activation::gelu: return function<elements, Activation::gelu>(__VA_ARGS__); \
    case Activation::silu: return function<elements, Activation::silu>(__VA_ARGS__); \
  }
#define RESLAB_BY_TYPE_AND_ACTIVATION(type, activation, function, ...) \
  if ((type) == Element::fp32) {                                       \
    RESLAB_BY_ACTIVATION(Fp32, activation, function, __VA_ARGS__)      \
  } else {                                                             \
    RESLAB_BY_ACTIVATION(Bf16, activation, function, __VA_ARGS__)      \
  }
