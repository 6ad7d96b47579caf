// Initial values of parameters.
//
// Source: He, Zhang, Ren, Sun, "Delving deep into rectifiers", 2015; with a = √5, as PyTorch's layers use it, the bound
// is 1 / √fan_in.
#pragma once

#include <ATen/core/Tensor.h>

#include "reslab/core/random.h"

namespace reslab::nn {

/// Number of inputs that one output of `weight` sums over: the product of all dimensions but the first.
/// weight: [outputs, inputs, …].
std::int64_t fan_in(const at::Tensor& weight);

/// Fills `tensor` (fp32, CPU, any memory format) with uniform values in [low, high), in the order of its logical
/// indices: the memory format doesn't change the values.
void uniform_(at::Tensor& tensor, float low, float high, core::Random& random);

/// Kaiming-uniform with a = √5: uniform in ± 1 / √fan_in. weight: [outputs, inputs, …], fp32.
void kaiming_uniform_(at::Tensor& weight, core::Random& random);

/// Sets the first min(outputs, count) filters to the identity: filter i passes channel i on. weight: [outputs, inputs,
/// k, k] with odd k and inputs ≥ count, fp32.
void dirac_(at::Tensor& weight, std::int64_t count);

}  // namespace reslab::nn
