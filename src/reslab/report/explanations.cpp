#include "reslab/report/explanations.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "reslab/core/error.h"
#include "reslab/data/split.h"
#include "reslab/explain/overlay.h"
#include "reslab/explain/sample_images.h"
#include "reslab/report/mistakes.h"
#include "reslab/report/shown_image.h"

namespace reslab::report {
namespace {

using core::concatenate;

constexpr std::size_t gallery_columns = 5, pairs_in_a_row = 2;

const std::vector<std::string>& class_names(const Explanation& explanation) {
  return explanation.source.samples.classes();
}

std::int64_t value_at(const at::Tensor& classes, std::size_t place) {
  return classes.const_data_ptr<std::int64_t>()[place];
}

// What stands above a map where the image stands beside it.
std::string map_title(const Explanation& explanation, const ClassChoice& choice, std::size_t place) {
  const std::string& name = class_names(explanation)[static_cast<std::size_t>(value_at(choice.classes, place))];
  const explain::Mistake& sample = explanation.samples[place];
  double probability = 0;
  if (choice.name == "predicted")
    probability = sample.probability;
  else if (choice.name == "actual")
    probability = sample.actual_probability;
  else
    return "for " + name + "\n ";
  std::array<char, 16> percent{};
  std::snprintf(percent.data(), percent.size(), "%.1f %%", 100 * probability);
  return "for " + name + "\n" + percent.data();
}

augment::Image image_of(const Explanation& explanation, std::size_t place) {
  return shown_image(explanation.source.samples, explanation.samples[place].sample, explanation.source.transform.fit);
}

GalleryCell image_cell(const Explanation& explanation, std::size_t place) {
  return {.image = image_of(explanation, place),
          .title = original_title(explanation.samples[place], class_names(explanation))};
}

// One map a sample: the original's form. Several: the image, then its maps.
Gallery cam_gallery(const Explanation& explanation, const std::vector<ClassChoice>& choices,
                    const std::vector<at::Tensor>& maps, std::string title) {
  const bool side_by_side = choices.size() > 1;
  Gallery gallery{.title = std::move(title),
                  .columns = side_by_side ? pairs_in_a_row * (1 + choices.size()) : gallery_columns,
                  .scale = shown_scale(explanation.source.samples, explanation.source.transform.fit)};
  for (std::size_t i = 0; i < explanation.samples.size(); ++i) {
    GalleryCell cell = image_cell(explanation, i);
    if (side_by_side) gallery.cells.push_back(cell);
    for (std::size_t choice = 0; choice < choices.size(); ++choice)
      gallery.cells.push_back(
          {.image = explain::overlay(image_of(explanation, i), maps[choice][static_cast<std::int64_t>(i)]),
           .title = side_by_side ? map_title(explanation, choices[choice], i) : cell.title});
  }
  return gallery;
}

std::string explained_name(const Explanation& explanation) {
  switch (explanation.explained.kind) {
    case ExplainedClass::Kind::predicted: return "predicted";
    case ExplainedClass::Kind::actual: return "actual";
    case ExplainedClass::Kind::both: return "both";
    case ExplainedClass::Kind::named: break;
  }
  return class_names(explanation)[static_cast<std::size_t>(explanation.explained.label)];
}

std::string for_what(const Explanation& explanation) {
  switch (explanation.explained.kind) {
    case ExplainedClass::Kind::predicted: return "for the predicted class";
    case ExplainedClass::Kind::actual: return "for the actual class";
    case ExplainedClass::Kind::both: return "for the predicted and the actual class";
    case ExplainedClass::Kind::named: break;
  }
  return "for the class " + explained_name(explanation);
}

// Names of classes and layers come from outside: none may lead out of the folder.
std::string file_name(const std::string& what, const std::string& method, const Explanation& explanation) {
  std::string name = "explain-" + what;
  if (!method.empty()) name += "-" + method;
  if (explanation.explained.kind != ExplainedClass::Kind::predicted) name += "-" + explained_name(explanation);
  std::ranges::replace_if(
      name, [](char c) { return c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }, '_');
  return name + ".png";
}

std::int64_t count_empty(const at::Tensor& maps) { return maps.flatten(1).amax(1).eq(0).sum().item<std::int64_t>(); }

Gallery gradient_gallery(const Explanation& explanation, const std::vector<ClassChoice>& choices,
                         const std::vector<at::Tensor>& gradients, bool guided) {
  Gallery gallery{.title = (guided ? "Guided backpropagation " : "Saliency ") + for_what(explanation),
                  .columns = pairs_in_a_row * (1 + choices.size()),
                  .scale = shown_scale(explanation.source.samples, explanation.source.transform.fit)};
  for (std::size_t i = 0; i < explanation.samples.size(); ++i) {
    gallery.cells.push_back(image_cell(explanation, i));
    for (std::size_t choice = 0; choice < choices.size(); ++choice) {
      const at::Tensor gradient = gradients[choice][static_cast<std::int64_t>(i)];
      gallery.cells.push_back({.image = guided
                                            ? explain::gradient_picture(gradient)
                                            : explain::grey(explain::saliency_maps(gradient.unsqueeze(0)).squeeze(0)),
                               .title = map_title(explanation, choices[choice], i)});
    }
  }
  return gallery;
}

}  // namespace

at::Tensor images_of(const Explanation& explanation) {
  std::vector<std::int64_t> places;
  places.reserve(explanation.samples.size());
  for (const explain::Mistake& sample : explanation.samples) places.push_back(sample.sample);
  return explain::sample_images(explanation.source, places);
}

std::vector<ClassChoice> chosen_classes(const Explanation& explanation) {
  using Kind = ExplainedClass::Kind;
  std::vector<std::int64_t> predicted, actual;
  predicted.reserve(explanation.samples.size());
  actual.reserve(explanation.samples.size());
  for (const explain::Mistake& sample : explanation.samples) {
    predicted.push_back(sample.predicted);
    actual.push_back(sample.actual);
  }
  const auto choice = [](const char* name, const std::vector<std::int64_t>& classes) {
    return ClassChoice{.name = name, .classes = at::tensor(classes, at::kLong)};
  };
  switch (explanation.explained.kind) {
    case Kind::predicted: return {choice("predicted", predicted)};
    case Kind::actual: return {choice("actual", actual)};
    case Kind::both: return {choice("predicted", predicted), choice("actual", actual)};
    case Kind::named: break;
  }
  const std::vector<std::int64_t> same(explanation.samples.size(), explanation.explained.label);
  return {choice(explained_name(explanation).c_str(), same)};
}

std::vector<std::string> usable_layers(models::Network& network, const at::Tensor& images,
                                       const std::vector<std::string>& layers) {
  const c10::Device device = network.parameters().front().device();
  const auto shapes = explain::feature_shapes(network, images.slice(0, 0, 1).to(device, at::kFloat));
  std::vector<std::string> usable;
  usable.reserve(shapes.size());
  for (const std::string& layer : layers) usable.push_back(shapes[explain::find_layer(shapes, layer)].name);
  if (!layers.empty()) return usable;
  explain::find_layer(shapes, "");  // refuses a network without any
  for (const explain::FeatureShape& shape : shapes)
    if (shape.has_map()) usable.push_back(shape.name);
  return usable;
}

WrittenMaps write_cam_galleries(const std::filesystem::path& folder, const Explanation& explanation,
                                const CamGalleryOptions& options) {
  RESLAB_ASSERT(!explanation.samples.empty());
  const at::Tensor images = images_of(explanation);
  const std::vector<std::string> layers = usable_layers(explanation.network, images, options.layers);
  const std::vector<ClassChoice> choices = chosen_classes(explanation);
  std::vector<std::vector<at::Tensor>> by_choice;
  by_choice.reserve(choices.size());
  for (const ClassChoice& choice : choices)
    by_choice.push_back(
        explain::class_activation_maps(explanation.network, images, choice.classes, layers, options.cam));
  const std::string method = explain::cam_method_names()[static_cast<std::size_t>(options.cam.method)];
  const bool plain = options.cam.method == explain::CamMethod::grad_cam;
  WrittenMaps result;
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    std::vector<at::Tensor> maps;
    maps.reserve(by_choice.size());
    for (const auto& of_choice : by_choice) {
      maps.push_back(of_choice[layer]);
      result.maps += maps.back().size(0);
      result.empty_maps += count_empty(maps.back());
    }
    const std::string title =
        explain::cam_method_title(options.cam.method) + " of " + layers[layer] + " " + for_what(explanation);
    result.written.add_gallery(folder / file_name(layers[layer], plain ? "" : method, explanation),
                               cam_gallery(explanation, choices, maps, title));
  }
  return result;
}

WrittenMaps write_gradient_gallery(const std::filesystem::path& folder, const Explanation& explanation,
                                   const explain::GradientOptions& options) {
  RESLAB_ASSERT(!explanation.samples.empty());
  const at::Tensor images = images_of(explanation);
  const std::vector<ClassChoice> choices = chosen_classes(explanation);
  std::vector<at::Tensor> gradients;
  gradients.reserve(choices.size());
  WrittenMaps result;
  for (const ClassChoice& choice : choices) {
    gradients.push_back(explain::image_gradients(explanation.network, images, choice.classes, options));
    result.maps += gradients.back().size(0);
    result.empty_maps += count_empty(gradients.back().abs().amax(1));
  }
  result.written.add_gallery(folder / file_name(options.guided ? "guided-backprop" : "saliency", "", explanation),
                             gradient_gallery(explanation, choices, gradients, options.guided));
  return result;
}

}  // namespace reslab::report
