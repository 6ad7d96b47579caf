// Class-activation maps: where in an image a network finds what speaks for a class.
//
//   const at::Tensor maps = explain::class_activation_maps(network, images, predicted, {.layer = "layer3"});
//
// A map is made from the activations A[k, i, j] of a named feature and the gradients g = ∂y/∂A of the class's score y
// (the network's output for that class, a probability where it ends in a softmax), by the formula of the method
// (explain/cam_formulas.h). Then, as the original and the Python package grad-cam do it: negative values become 0, the
// map is scaled to [0, 1] by its own least and greatest value, resized bilinearly (pixels' centres at halves), and
// scaled again. Where a 0 is present, as nearly always, that is the same as dividing by the greatest value. A map in
// which nothing speaks for the class is 0 everywhere, and so is one that isn't finite (a gradient that overflowed).
//
// The network computes in evaluation mode, is left in the mode in which it was found, and gets no gradients of its own.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "reslab/models/network.h"

namespace reslab::explain {

enum class CamMethod { grad_cam, grad_cam_plus_plus, x_grad_cam, hi_res_cam, layer_cam, eigen_cam, score_cam };

/// The methods' names on the command line, in the enum's order: "grad-cam", "grad-cam++", …
std::span<const std::string> cam_method_names();

/// As it is written in texts: "Grad-CAM", "Grad-CAM++", …
std::string cam_method_title(CamMethod method);

/// The method of that name on the command line. Throws UserError for an unknown name, offering the nearest.
CamMethod cam_method(const std::string& name);

struct CamOptions {
  std::string layer = {};  ///< a named feature; "": the deepest whose map is larger than one pixel
  CamMethod method = CamMethod::grad_cam;
  /// Mean over the image and its mirror image, each at 0.9, 1 and 1.1 times its contrast (grad-cam's aug_smooth).
  bool augmentation_smoothing = false;
  /// The first principal component over channels in place of their sum (grad-cam's eigen_smooth).
  bool eigen_smoothing = false;
  at::ScalarType type = at::kFloat;  ///< what the network computes in: kFloat, or kBFloat16
  std::int64_t batch_size = 50;      ///< samples at a time, ≥ 1
  /// ScoreCAM alone takes long: it is told how many of how many samples are done. May be empty.
  std::function<void(std::int64_t, std::int64_t)> progress = {};
};

/// images: [n, channels, height, width], normalised, any floating type. classes: [n], int64, each in [0, outputs).
/// Returns [n, height, width], fp32, CPU, in [0, 1]. Throws UserError when there is no such layer (the nearest name is
/// offered) or its map is a single pixel (a usable layer is).
at::Tensor class_activation_maps(models::Network& network, const at::Tensor& images, const at::Tensor& classes,
                                 const CamOptions& options = {});

/// The same for several layers in one pass through the network; options.layer is not used. One tensor a layer.
std::vector<at::Tensor> class_activation_maps(models::Network& network, const at::Tensor& images,
                                              const at::Tensor& classes, std::span<const std::string> layers,
                                              const CamOptions& options = {});

/// A named feature's output for one image.
struct FeatureShape {
  std::string name;
  std::int64_t channels = 0, height = 0, width = 0;

  bool has_map() const { return height * width > 1; }
};

/// What the network names, in its order, for images of the size of `images` ([n ≥ 1, channels, height, width]).
std::vector<FeatureShape> feature_shapes(models::Network& network, const at::Tensor& images);

/// The place in `shapes` of the layer `name`, or for "" of the deepest with a map. Throws UserError as above.
std::size_t find_layer(std::span<const FeatureShape> shapes, const std::string& name);

}  // namespace reslab::explain
