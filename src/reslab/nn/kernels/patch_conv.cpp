#include "reslab/nn/kernels/patch_conv.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <vector>

#include "reslab/core/error.h"
#include "reslab/nn/kernels/parallel.h"
#include "reslab/nn/kernels/patch_rows.h"

namespace reslab::nn::kernels {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr auto last = at::MemoryFormat::ChannelsLast;
constexpr std::int64_t most_values = 64;

Patches patches_of(const at::Tensor& x, const at::Tensor& weight, Activation activation) {
  return {.type = x.scalar_type() == at::kFloat ? Element::fp32 : Element::bf16,
          .height = x.size(2),
          .width = x.size(3),
          .in = x.size(1),
          .side = weight.size(2),
          .out = weight.size(0),
          .activation = activation};
}

at::Tensor floats(std::int64_t count) { return at::empty({count}, at::kFloat); }

at::Tensor arranged(const Patches& patches, const at::Tensor& weight, const at::Tensor& bias) {
  at::Tensor result = floats(arranged_floats(patches));
  arrange_filters(patches, weight.permute({0, 2, 3, 1}).contiguous().const_data_ptr<float>(),
                  bias.contiguous().const_data_ptr<float>(), result.mutable_data_ptr<float>());
  return result;
}

// Calls work(image, scratch) for all images.
template <typename Work>
void for_each_image(const Patches& patches, std::int64_t images, const Work& work) {
  const std::int64_t room = patch_scratch_floats(patches);
  const at::Tensor scratch = floats(at::get_num_threads() * room);
  for_each_block(images, [&](std::int64_t image, std::int64_t thread) {
    work(image, scratch.mutable_data_ptr<float>() + thread * room);
  });
}

// Bytes from a map's beginning to an image's.
std::int64_t offset_of(const at::Tensor& map, std::int64_t image) {
  return image * map.stride(0) * static_cast<std::int64_t>(map.element_size());
}

const char* image_of(const at::Tensor& map, std::int64_t image) {
  return static_cast<const char*>(map.const_data_ptr()) + offset_of(map, image);
}

char* mutable_image_of(const at::Tensor& map, std::int64_t image) {
  return static_cast<char*>(map.mutable_data_ptr()) + offset_of(map, image);
}

class PatchConv : public torch::autograd::Function<PatchConv> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& bias, Activation activation) {
    RECORD_FUNCTION("reslab::patch_conv", std::vector<c10::IValue>({x, weight}));
    const Patches patches = patches_of(x, weight, activation);
    const at::Tensor filters = arranged(patches, weight, bias);
    at::Tensor y =
        at::empty({x.size(0), patches.out, patches.height - patches.side + 1, patches.width - patches.side + 1},
                  x.options().memory_format(last));
    for_each_image(patches, x.size(0), [&](std::int64_t image, float* scratch) {
      patch_activation(patches, image_of(x, image), filters.const_data_ptr<float>(), scratch,
                       mutable_image_of(y, image));
    });
    context->save_for_backward({x, filters, weight});
    context->saved_data["activation"] = static_cast<std::int64_t>(activation);
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    RESLAB_ASSERT(!at::GradMode::is_enabled(), "a patch's convolution is differentiable once");
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &filters = saved[1];
    const at::Tensor dy = gradients[0].contiguous(last);
    RECORD_FUNCTION("reslab::patch_bias_gradient", std::vector<c10::IValue>({x, dy, saved[2]}));
    const Patches patches = patches_of(x, saved[2], static_cast<Activation>(context->saved_data["activation"].toInt()));
    const at::Tensor sums = at::empty({x.size(0), patches.out}, at::kFloat);
    for_each_image(patches, x.size(0), [&](std::int64_t image, float* scratch) {
      patch_bias_gradient(patches, image_of(x, image), image_of(dy, image), filters.const_data_ptr<float>(), scratch,
                          sums.mutable_data_ptr<float>() + image * patches.out);
    });
    // In the images' order, whatever the number of threads.
    std::vector<double> totals(static_cast<std::size_t>(patches.out));
    const float* of_image = sums.const_data_ptr<float>();
    for (std::int64_t image = 0; image < x.size(0); ++image)
      for (double& total : totals) total += *of_image++;
    at::Tensor of_bias = floats(patches.out);
    std::copy(totals.begin(), totals.end(), of_bias.mutable_data_ptr<float>());
    return {{}, {}, of_bias, {}};
  }
};

}  // namespace

bool patch_conv_fits(const at::Tensor& x, const at::Tensor& weight) {
  return x.is_cpu() && weight.is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16) &&
         x.dim() == 4 && x.numel() > 0 && x.is_contiguous(last) && weight.dim() == 4 &&
         weight.scalar_type() == at::kFloat && weight.size(1) == x.size(1) && weight.size(2) == weight.size(3) &&
         weight.size(2) > 0 && weight.size(1) * weight.size(2) * weight.size(3) <= most_values && weight.size(0) > 0 &&
         weight.size(0) % 8 == 0 && weight.size(0) <= most_patch_filters && x.size(2) >= weight.size(2) &&
         x.size(3) >= weight.size(3);
}

bool patch_conv_applies(const at::Tensor& x, const at::Tensor& weight) {
  const bool differentiable = at::GradMode::is_enabled() && (x.requires_grad() || weight.requires_grad());
  return !differentiable && patch_conv_fits(x, weight);
}

at::Tensor patch_conv(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, Activation activation) {
  RESLAB_ASSERT(patch_conv_applies(x, weight), "no patches of ", x.sizes(), " for filters of ", weight.sizes());
  RESLAB_ASSERT(bias.dim() == 1 && bias.size(0) == weight.size(0) && bias.scalar_type() == at::kFloat && bias.is_cpu(),
                "a bias of ", bias.sizes(), " for filters of ", weight.sizes());
  return PatchConv::apply(x, weight, bias, activation);
}

}  // namespace reslab::nn::kernels
