#include "reslab/train/compute.h"

#include <ATen/Context.h>

#include <algorithm>
#include <span>
#include <string_view>

#include "reslab/core/command.h"
#include "reslab/core/cpu.h"
#include "reslab/core/error.h"
#include "reslab/core/nearest.h"
#include "reslab/core/short_waits.h"
#include "reslab/core/threads.h"

#ifdef RESLAB_HAS_KERNELS
#include "reslab/nn/kernels/winograd.h"
#endif

namespace reslab::train {
namespace {

// What other programs call it. Their letters may be nearer to a name of another meaning: 'gpu' to 'cpu'.
struct Synonym {
  std::string_view word;
  const char* name;
};

constexpr Synonym devices[] = {{"gpu", "cuda"},   {"cuda:0", "cuda"},  {"nvidia", "cuda"},   {"nv", "cuda"},
                               {"nvgpu", "cuda"}, {"host", "cpu"},     {"processor", "cpu"}, {"x86", "cpu"},
                               {"none", "cpu"},   {"default", "auto"}, {"any", "auto"},      {"automatic", "auto"}};

constexpr Synonym precisions[] = {
    {"bfloat16", "bf16"},   {"bfloat", "bf16"},   {"brain", "bf16"},   {"half", "bf16"},     {"fp16", "bf16"},
    {"float16", "bf16"},    {"f16", "bf16"},      {"16", "bf16"},      {"mixed", "bf16"},    {"amp", "bf16"},
    {"bf16-mixed", "bf16"}, {"16-mixed", "bf16"}, {"float32", "fp32"}, {"float", "fp32"},    {"f32", "fp32"},
    {"32", "fp32"},         {"single", "fp32"},   {"full", "fp32"},    {"fp64", "fp32"},     {"float64", "fp32"},
    {"double", "fp32"},     {"tf32", "fp32"},     {"default", "auto"}, {"automatic", "auto"}};

std::string in_small_letters(std::string text) {
  for (char& letter : text)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return text;
}

void check_choice(const std::string& flag, const std::string& value, const std::vector<std::string>& allowed,
                  std::span<const Synonym> synonyms) {
  if (std::ranges::find(allowed, value) != allowed.end()) return;
  const std::string small = in_small_letters(value);
  const auto synonym = std::ranges::find(synonyms, small, &Synonym::word);
  throw core::UserError({.attempted = "use " + flag + " " + value,
                         .found = "'" + value + "'",
                         .allowed = core::join(allowed),
                         .remedy = core::did_you_mean(synonym == synonyms.end() ? small : synonym->name, allowed)});
}

c10::Device choose_device(const std::string& name) {
  check_choice("--device", name, {"auto", "cpu", "cuda"}, devices);
  const bool cuda = name != "cpu" && at::hasCUDA();
  if (name == "cuda" && !cuda)
    throw core::UserError({.attempted = "use --device cuda",
                           .found = "this libtorch sees no CUDA device",
                           .allowed = "auto, cpu",
                           .remedy = "`" + core::command({"doctor"}) +
                                     "` shows the device; RESLAB_TORCH=cuda ./reslab … builds with CUDA"});
  return c10::Device(cuda ? c10::kCUDA : c10::kCPU);
}

c10::ScalarType choose_activations(const std::string& name, const c10::Device& device) {
  check_precision(name, {"auto", "fp32", "bf16"});
  if (name == "auto") return device.is_cuda() || core::has_bf16_instructions() ? c10::kBFloat16 : c10::kFloat;
  return name == "bf16" ? c10::kBFloat16 : c10::kFloat;
}

}  // namespace

void check_precision(const std::string& name, const std::vector<std::string>& allowed) {
  check_choice("--precision", name, allowed, precisions);
}

Compute resolve_compute(const ComputeRequest& request) {
  Compute compute;
  compute.device = choose_device(request.device);
  compute.activations = choose_activations(request.precision, compute.device);
  // The fastest of cuDNN's algorithms for each shape, by trying them: bits may differ from run to run then.
  if (compute.device.is_cuda()) at::globalContext().setBenchmarkCuDNN(true);
  const core::ThreadBudget budget = core::thread_budget();
  if (request.threads < 0 || request.threads > 4 * budget.online)
    throw core::UserError({.attempted = core::concatenate("use --threads ", request.threads),
                           .found = core::concatenate(budget.online, " processors"),
                           .allowed = core::concatenate("1 to ", 4 * budget.online, ", or 0 to choose by itself")});
  compute.threads = request.threads > 0 ? request.threads : budget.recommended;
  core::set_threads(compute.threads);
  core::keep_waits_short();
  return compute;
}

std::string convolution_instructions([[maybe_unused]] const Compute& compute) {
#ifdef RESLAB_HAS_KERNELS
  if (compute.device.is_cpu())
    if (const char* const name = nn::kernels::winograd_instructions(compute.activations)) return name;
#endif
  return "";
}

}  // namespace reslab::train
