#include "reslab/train/compute.h"

#include <gtest/gtest.h>

#include "reslab/core/error.h"
#include "support/message.h"

namespace reslab::train {
namespace {

struct Meant {
  const char *word, *name;
};

std::string refusal(const ComputeRequest& request) {
  return support::message_of<core::UserError>([&] { resolve_compute(request); });
}

// By meaning where there is one: of letters 'gpu' is nearest to 'cpu'.
TEST(Compute, ADeviceByAnotherProgramsWordIsToldItsName) {
  for (const Meant& each : {Meant{"gpu", "cuda"}, Meant{"GPU", "cuda"}, Meant{"CUDA", "cuda"}, Meant{"cuda:0", "cuda"},
                            Meant{"cdua", "cuda"}, Meant{"CPU", "cpu"}, Meant{"cpi", "cpu"}, Meant{"aut", "auto"}}) {
    const std::string message = refusal({.device = each.word});
    EXPECT_TRUE(support::contains(message, std::string("did you mean '") + each.name + "'?")) << message;
    EXPECT_TRUE(support::contains(message, "allowed: auto, cpu, cuda")) << message;
  }
  EXPECT_FALSE(support::contains(refusal({.device = "tpu-v5"}), "did you mean")) << refusal({.device = "tpu-v5"});
}

TEST(Compute, APrecisionByAnotherProgramsWordIsToldItsName) {
  for (const Meant& each : {Meant{"bfloat16", "bf16"}, Meant{"BF16", "bf16"}, Meant{"fp16", "bf16"},
                            Meant{"float16", "bf16"}, Meant{"half", "bf16"}, Meant{"float32", "fp32"},
                            Meant{"float", "fp32"}, Meant{"32", "fp32"}, Meant{"fp33", "fp32"}, Meant{"b16", "bf16"}}) {
    const std::string message = refusal({.device = "cpu", .precision = each.word});
    EXPECT_TRUE(support::contains(message, std::string("did you mean '") + each.name + "'?")) << message;
    EXPECT_TRUE(support::contains(message, "allowed: auto, fp32, bf16")) << message;
  }
}

}  // namespace
}  // namespace reslab::train
