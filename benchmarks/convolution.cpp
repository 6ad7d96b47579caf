// Our 3×3 convolution beside libtorch's, in turn (A B B A), shape by shape and pass by pass: milliseconds, direct
// GFLOP/s and the ratio of the medians.
//
//   bench_convolution [--precision bf16] [--rounds N] [--threads N] [--batch N]
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/randn.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>

#include "reslab/core/allocator.h"
#include "reslab/nn/kernels/winograd.h"
#include "reslab/train/compute.h"

namespace {

using namespace reslab;

struct Shape {
  std::int64_t in, out, side, batch;
  bool pooled = false;  // by 2×2, in its network
};

// The original's network at its batch of 512, and airbench94's at 2000.
constexpr Shape shapes[] = {{64, 128, 32, 512, true}, {128, 128, 16, 512},       {128, 256, 16, 512, true},
                            {256, 512, 8, 512, true}, {512, 512, 4, 512},        {24, 64, 31, 2000, true},
                            {64, 64, 15, 2000},       {64, 256, 15, 2000, true}, {256, 256, 7, 2000, true},
                            {256, 256, 3, 2000}};

double milliseconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

void compare(const Shape& shape, const char* pass, int rounds, const std::function<void()>& theirs,
             const std::function<void()>& ours, int passes = 1) {
  std::vector<double> a, b;
  theirs();
  ours();
  for (int round = 0; round < rounds; ++round) {
    a.push_back(milliseconds(theirs));
    b.push_back(milliseconds(ours));
    b.push_back(milliseconds(ours));
    a.push_back(milliseconds(theirs));
  }
  const double flops =
      18.0 * passes * static_cast<double>(shape.in * shape.out * shape.side * shape.side * shape.batch);
  const double their = median(a), our = median(b);
  std::printf("%4lld→%-4lld %2lld×%-2lld %5lld  %-15s %9.1f ms %9.1f ms %7.0f %7.0f GFLOP/s  %5.2f ×\n",
              static_cast<long long>(shape.in), static_cast<long long>(shape.out), static_cast<long long>(shape.side),
              static_cast<long long>(shape.side), static_cast<long long>(shape.batch), pass, their, our,
              flops / their / 1e6, flops / our / 1e6, their / our);
  std::fflush(stdout);
}

// Forward and back through a convolution and the max-pooling behind it.
void compare_pooled(const Shape& shape, int rounds, const at::Tensor& input, const at::Tensor& weight) {
  const at::AutoGradMode gradients(true);
  const at::Tensor x = input.detach().requires_grad_(), w = weight.detach().requires_grad_();
  const at::Tensor dy = at::randn({shape.batch, shape.out, shape.side / 2, shape.side / 2})
                            .to(x.scalar_type())
                            .contiguous(at::MemoryFormat::ChannelsLast);
  const auto back = [&](const at::Tensor& y) {
    y.backward(dy);
    x.mutable_grad().reset();
    w.mutable_grad().reset();
  };
  compare(
      shape, "pooled, all", rounds, [&] { back(at::max_pool2d(at::conv2d(x, w.to(x.scalar_type()), {}, 1, 1), 2)); },
      [&] { back(nn::kernels::winograd_conv3x3_pool2(x, w)); }, 3);
}

void run(const Shape& shape, int rounds, at::ScalarType type) {
  const auto map = [&](std::int64_t channels) {
    return at::randn({shape.batch, channels, shape.side, shape.side})
        .to(type)
        .contiguous(at::MemoryFormat::ChannelsLast);
  };
  const at::Tensor x = map(shape.in), dy = map(shape.out);
  const at::Tensor w = (at::randn({shape.out, shape.in, 3, 3}) * 0.05).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor their_w = w.to(type);
  const auto backward = [&](bool input, bool weight) {
    at::convolution_backward(dy, x, their_w, c10::nullopt, {1, 1}, {1, 1}, {1, 1}, false, {0, 0}, 1,
                             {input, weight, false});
  };
  compare(
      shape, "forward", rounds, [&] { at::conv2d(x, their_w, {}, 1, 1); },
      [&] { nn::kernels::winograd_conv3x3(x, w); });
  compare(
      shape, "input gradient", rounds, [&] { backward(true, false); },
      [&] { nn::kernels::winograd_input_gradient(dy, w); });
  compare(
      shape, "weight gradient", rounds, [&] { backward(false, true); },
      [&] { nn::kernels::winograd_weight_gradient(dy, x); });
  if (shape.pooled) compare_pooled(shape, rounds, x, w);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Our 3×3 convolution beside libtorch's");
  int rounds = 3, threads = 0, only = -1;
  std::string precision = "fp32";
  std::int64_t batch = 0;
  app.add_option("--rounds", rounds, "ABBA blocks of each")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--threads", threads, "0: what the machine allows")->capture_default_str();
  app.add_option("--batch", batch, "images; 0: each network's own batch")->capture_default_str();
  app.add_option("--precision", precision, "auto, fp32 or bf16")->capture_default_str();
  app.add_option("--only", only, "number of the shape, from 0");
  CLI11_PARSE(app, argc, argv);
  const at::NoGradGuard no_grad;
  core::install_allocator();
  const train::Compute compute = train::resolve_compute({.device = "cpu", .precision = precision, .threads = threads});
  const at::ScalarType type = compute.activations;
  std::printf("in→out side batch  pass               libtorch       reslab\n");
  for (int i = 0; i < static_cast<int>(std::size(shapes)); ++i) {
    Shape shape = shapes[i];
    if (batch > 0) shape.batch = batch;
    if (only < 0 || only == i) run(shape, rounds, type);
  }
  return 0;
}
