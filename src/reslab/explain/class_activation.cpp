#include "reslab/explain/class_activation.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <torch/autograd.h>

#include <algorithm>
#include <span>

#include "reslab/core/error.h"
#include "reslab/core/nearest.h"
#include "reslab/explain/cam_formulas.h"
#include "reslab/explain/score_cam.h"
#include "reslab/models/evaluation_mode.h"

namespace reslab::explain {
namespace {

using core::concatenate;

std::vector<FeatureShape> shapes_of(const std::vector<models::Feature>& features) {
  std::vector<FeatureShape> shapes;
  shapes.reserve(features.size());
  for (const auto& [name, activation] : features)
    shapes.push_back(
        {.name = name, .channels = activation.size(1), .height = activation.size(2), .width = activation.size(3)});
  return shapes;
}

std::vector<std::string> names_with_map(std::span<const FeatureShape> shapes) {
  std::vector<std::string> names;
  for (const FeatureShape& shape : shapes)
    if (shape.has_map()) names.push_back(shape.name);
  return names;
}

std::vector<std::size_t> find_layers(std::span<const FeatureShape> shapes, std::span<const std::string> layers) {
  std::vector<std::size_t> places;
  places.reserve(layers.size());
  for (const std::string& layer : layers) places.push_back(find_layer(shapes, layer));
  return places;
}

// What one pass through the network gives for the layers asked for; all fp32.
struct Pass {
  std::vector<at::Tensor> activations, gradients;  // gradients: empty where the method needs none
};

Pass run_pass(models::Network& network, const at::Tensor& images, const at::Tensor& classes,
              std::span<const std::string> layers, CamMethod method) {
  const bool with_gradients = uses_gradients(method);
  const at::AutoGradMode grad_mode(with_gradients);
  std::vector<models::Feature> features;
  // The images need a gradient so that the features have one, whatever the parameters are set to.
  const at::Tensor scores = network.forward(images.detach().requires_grad_(with_gradients), &features);
  RESLAB_ASSERT(classes.min().item<std::int64_t>() >= 0 && classes.max().item<std::int64_t>() < scores.size(1));
  Pass pass;
  for (const std::size_t place : find_layers(shapes_of(features), layers))
    pass.activations.push_back(features[place].activation);
  if (with_gradients) {
    const at::Tensor score = scores.gather(1, classes.unsqueeze(1)).sum();
    for (const at::Tensor& gradient : torch::autograd::grad({score}, pass.activations))
      pass.gradients.push_back(gradient.to(at::kFloat));
  }
  for (at::Tensor& activation : pass.activations) activation = activation.detach().to(at::kFloat);
  return pass;
}

std::vector<at::Tensor> maps_of_batch(models::Network& network, const at::Tensor& images, const at::Tensor& classes,
                                      std::span<const std::string> layers, const CamOptions& options) {
  const Pass pass = run_pass(network, images, classes, layers, options.method);
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> maps;
  maps.reserve(layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const at::Tensor& activations = pass.activations[i];
    const at::Tensor values =
        options.method == CamMethod::score_cam
            ? activations *
                  score_cam_weights(network, images, classes, activations, options.batch_size).unsqueeze(2).unsqueeze(3)
            : weighted_activations(options.method, activations,
                                   pass.gradients.empty() ? at::Tensor() : pass.gradients[i]);
    const bool project = options.eigen_smoothing || options.method == CamMethod::eigen_cam;
    const at::Tensor raw = (project ? principal_projection(values) : values.sum(1)).relu();
    maps.push_back(scale_to_unit(resize_maps(scale_to_unit(raw), images.size(2), images.size(3))).to(at::kCPU));
  }
  return maps;
}

// The mean over the image and its mirror image at three contrasts.
std::vector<at::Tensor> smoothed_maps(models::Network& network, const at::Tensor& images, const at::Tensor& classes,
                                      std::span<const std::string> layers, const CamOptions& options) {
  if (!options.augmentation_smoothing) return maps_of_batch(network, images, classes, layers, options);
  std::vector<at::Tensor> sums(layers.size());
  constexpr int versions = 6;
  for (int version = 0; version < versions; ++version) {
    const bool mirrored = version % 2 == 1;
    const int step = version / 2;
    const double contrast = 0.9 + 0.1 * step;
    const at::Tensor changed = (mirrored ? images.flip(3) : images) * contrast;
    const auto maps =
        maps_of_batch(network, changed.contiguous(at::MemoryFormat::ChannelsLast), classes, layers, options);
    for (std::size_t i = 0; i < maps.size(); ++i) {
      const at::Tensor map = (mirrored ? maps[i].flip(2) : maps[i]) / versions;
      sums[i] = sums[i].defined() ? sums[i] + map : map;
    }
  }
  return sums;
}

const std::vector<std::string>& method_names() {
  static const std::vector<std::string> names{"grad-cam",  "grad-cam++", "xgrad-cam", "hires-cam",
                                              "layer-cam", "eigen-cam",  "score-cam"};
  return names;
}

}  // namespace

std::span<const std::string> cam_method_names() { return method_names(); }

std::string cam_method_title(CamMethod method) {
  switch (method) {
    case CamMethod::grad_cam: return "Grad-CAM";
    case CamMethod::grad_cam_plus_plus: return "Grad-CAM++";
    case CamMethod::x_grad_cam: return "XGrad-CAM";
    case CamMethod::hi_res_cam: return "HiResCAM";
    case CamMethod::layer_cam: return "LayerCAM";
    case CamMethod::eigen_cam: return "Eigen-CAM";
    case CamMethod::score_cam: return "Score-CAM";
  }
  RESLAB_ASSERT(false, static_cast<int>(method));
}

CamMethod cam_method(const std::string& name) {
  const auto& names = method_names();
  const auto found = std::ranges::find(names, name);
  if (found == names.end())
    throw core::UserError({.attempted = "explain by the method '" + name + "'",
                           .found = "no method of that name",
                           .allowed = core::join(names),
                           .remedy = core::did_you_mean(name, names)});
  return static_cast<CamMethod>(found - names.begin());
}

std::vector<FeatureShape> feature_shapes(models::Network& network, const at::Tensor& images) {
  const at::NoGradGuard no_grad;
  const models::EvaluationMode mode(network);
  std::vector<models::Feature> features;
  network.forward(images.slice(0, 0, 1), &features);
  return shapes_of(features);
}

std::size_t find_layer(std::span<const FeatureShape> shapes, const std::string& name) {
  const std::vector<std::string> usable = names_with_map(shapes);
  const std::string attempted = name.empty() ? "choose a layer to explain" : "explain the layer '" + name + "'";
  if (usable.empty())
    throw core::UserError({.attempted = attempted,
                           .found = "each of the network's layers ends in maps of one pixel, which show no place",
                           .remedy = "use larger images"});
  const std::string& wanted = name.empty() ? usable.back() : name;
  const auto found = std::ranges::find(shapes, wanted, &FeatureShape::name);
  if (found == shapes.end())
    throw core::UserError({.attempted = attempted,
                           .found = "the network names no such layer",
                           .allowed = core::join(usable),
                           .remedy = core::did_you_mean(name, usable)});
  if (!found->has_map())
    throw core::UserError({.attempted = attempted,
                           .found = "its maps are a single pixel, which shows no place in the image",
                           .allowed = core::join(usable),
                           .remedy = "use the layer " + usable.back()});
  return static_cast<std::size_t>(found - shapes.begin());
}

std::vector<at::Tensor> class_activation_maps(models::Network& network, const at::Tensor& images,
                                              const at::Tensor& classes, std::span<const std::string> layers,
                                              const CamOptions& options) {
  RESLAB_ASSERT(images.dim() == 4 && images.size(0) >= 1 && classes.sizes() == at::IntArrayRef{images.size(0)},
                images.sizes(), ", ", classes.sizes());
  RESLAB_ASSERT(options.batch_size >= 1 && !layers.empty(), options.batch_size, ", ", layers.size());
  const models::EvaluationMode mode(network);
  const c10::Device device = network.parameters().front().device();
  const std::int64_t step = options.method == CamMethod::score_cam ? 1 : options.batch_size, count = images.size(0);
  std::vector<std::vector<at::Tensor>> parts(layers.size());
  for (std::int64_t begin = 0; begin < count; begin += step) {
    const at::Tensor some = images.slice(0, begin, std::min(begin + step, count))
                                .to(device, options.type)
                                .contiguous(at::MemoryFormat::ChannelsLast);
    const auto maps =
        smoothed_maps(network, some, classes.slice(0, begin, begin + some.size(0)).to(device), layers, options);
    for (std::size_t i = 0; i < layers.size(); ++i) parts[i].push_back(maps[i]);
    if (options.progress) options.progress(begin + some.size(0), count);
  }
  std::vector<at::Tensor> all;
  all.reserve(parts.size());
  for (const auto& part : parts) all.push_back(at::cat(part));
  return all;
}

at::Tensor class_activation_maps(models::Network& network, const at::Tensor& images, const at::Tensor& classes,
                                 const CamOptions& options) {
  return class_activation_maps(network, images, classes, {&options.layer, 1}, options).front();
}

}  // namespace reslab::explain
