#include "reslab/nn/kernels/bf16_product.h"

#include <cstdlib>
#include <string>

#include "reslab/core/error.h"
#include "reslab/nn/kernels/amx_product.h"
#include "reslab/nn/kernels/avx512_product.h"

#if defined(RESLAB_HAS_AMX_BF16) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#define RESLAB_ASKS_FOR_AMX 1
#endif

namespace reslab::nn::kernels::bf16 {
namespace {

#ifdef RESLAB_ASKS_FOR_AMX
// Linux hands out the tiles' registers to a process that asks for them.
bool has_amx() {
  constexpr unsigned amx_bf16 = 1U << 22, amx_tile = 1U << 24;  // of leaf 7, in edx
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (d & amx_bf16) == 0 || (d & amx_tile) == 0) return false;
  constexpr long request = 0x1023, tile_data = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, request, tile_data) == 0;
}
#else
bool has_amx() { return false; }
#endif

bool has_avx512() {
#ifdef RESLAB_HAS_AVX512_BF16
  return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
#else
  return false;
#endif
}

// Whether the environment leaves AMX alone.
bool held_to_avx512() {
  const char* const value = std::getenv("RESLAB_INSTRUCTIONS");
  const std::string text = value == nullptr ? "" : value;
  if (text == "avx512") return true;
  if (text.empty()) return false;
  throw core::UserError({.attempted = "choose the instructions of bf16 convolutions",
                         .found = "RESLAB_INSTRUCTIONS=" + text,
                         .allowed = "avx512, or not set for the best that the processor has",
                         .remedy = "unset it"});
}

Instructions best() {
  const bool at_most_avx512 = held_to_avx512();
  if (!has_avx512()) return Instructions::none;
  return !at_most_avx512 && has_amx() ? Instructions::amx : Instructions::avx512;
}

}  // namespace

Instructions instructions() {
  static const Instructions here = best();
  return here;
}

std::int64_t product_rows() { return instructions() == Instructions::amx ? amx_rows : avx512_rows; }

void multiply(const Product& product) {
  if (instructions() == Instructions::amx)
    multiply_by_amx(product);
  else
    multiply_by_avx512(product);
}

}  // namespace reslab::nn::kernels::bf16
