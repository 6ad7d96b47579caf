// The activations that fused operations know.
#pragma once

namespace reslab::nn::kernels {

enum class Activation { none, relu, gelu, silu };  ///< gelu: the exact one, u · Φ(u)

}  // namespace reslab::nn::kernels
