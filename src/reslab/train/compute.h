// Where and how precisely a run computes.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <string>
#include <vector>

#include "reslab/data/batch_maker.h"

namespace reslab::train {

/// What the user asks for; the defaults choose what is best on this machine.
struct ComputeRequest {
  std::string device = "auto";     ///< "auto", "cpu" or "cuda"
  std::string precision = "auto";  ///< "auto", "fp32" or "bf16"
  int threads = 0;                 ///< ≥ 1, or 0 for what affinity and the control group allow
};

/// What a run uses. Activations have type `activations`; parameters, optimiser and batch-norm are fp32 always.
struct Compute {
  c10::Device device{c10::kCPU};
  c10::ScalarType activations = c10::kFloat;  ///< kFloat or kBFloat16
  int threads = 1;

  data::BatchType batch_type() const {
    return activations == c10::kBFloat16 ? data::BatchType::bf16 : data::BatchType::fp32;
  }
  std::string precision() const { return activations == c10::kBFloat16 ? "bf16" : "fp32"; }
};

/// Throws UserError where `name` is none of `allowed`, which are among "auto", "fp32" and "bf16", with the one that it
/// means: 'bf16' for "bfloat16", and for "fp16", too, which isn't here.
void check_precision(const std::string& name, const std::vector<std::string>& allowed);

/// Resolves a request: CUDA where libtorch sees a device, bf16 where the processor has instructions for it (or on
/// CUDA). Throws UserError for what can't be had here. Sets libtorch's threads.
Compute resolve_compute(const ComputeRequest& request);

/// By which instructions our own 3×3 convolutions run there: "AVX2", "AVX-512 bf16", "AMX bf16", …; "" where libtorch's
/// are used. Throws UserError for a wrong RESLAB_INSTRUCTIONS in the environment.
std::string convolution_instructions(const Compute& compute);

}  // namespace reslab::train
