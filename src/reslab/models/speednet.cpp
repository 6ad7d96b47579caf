#include "reslab/models/speednet.h"

#include <algorithm>

#include "reslab/models/graph_network.h"
#include "reslab/nn/activation.h"
#include "reslab/nn/batch_norm2d.h"
#include "reslab/nn/conv2d.h"
#include "reslab/nn/linear.h"
#include "reslab/nn/max_pool2d.h"
#include "reslab/nn/whitening.h"

namespace reslab::models {
namespace {

std::shared_ptr<nn::Conv2d> conv3x3(std::int64_t in, std::int64_t out) {
  return std::make_shared<nn::Conv2d>(nn::Conv2dOptions{.in_channels = in, .out_channels = out, .dirac = true});
}

std::shared_ptr<nn::BatchNorm2d> unscaled_norm(std::int64_t channels) {
  return std::make_shared<nn::BatchNorm2d>(
      nn::BatchNorm2dOptions{.channels = channels, .eps = 1e-12, .momentum = 0.4, .scaled = false});
}

std::int64_t last_width(const Settings& settings) {
  const std::int64_t own = settings.whole("last_width");
  return own == 0 ? settings.whole("group_width") : own;
}

nn::WhiteningOptions stem(const Settings& settings) {
  nn::WhiteningOptions options{.kernel = settings.whole("patch"), .stride = settings.whole("stride")};
  // Patches of more values need more memory: as much as the small ones of all images do.
  if (options.kernel > 2) options.images_at_once = std::max<std::int64_t>(1, 2000 / (options.kernel * options.kernel));
  return options;
}

// A group of convolutions, a pooling after the first; returns what it gives.
nn::Value add_group(nn::Graph& graph, const std::string& name, nn::Value x, std::int64_t in, std::int64_t out,
                    const Settings& settings) {
  const auto path = [&](const char* layer, std::int64_t number) { return name + '.' + layer + std::to_string(number); };
  const auto activation = nn::make_activation(settings.text("activation"));
  nn::Value first = x;
  for (std::int64_t i = 1; i <= settings.whole("depth"); ++i) {
    x = graph.add(path("conv", i), conv3x3(i == 1 ? in : out, out), x);
    if (i == 1) x = graph.add(name + ".pool", std::make_shared<nn::MaxPool2d>(2), x);
    x = graph.add(path("norm", i), unscaled_norm(out), x);
    if (i == 3) x = graph.add(nn::Add{}, {x, first});
    x = graph.add(name + ".activation", activation, x);
    if (i == 1) first = x;
  }
  return x;
}

double least_parameters_of_speednet(const Settings& settings) {
  const auto channels = static_cast<double>(settings.in_channels()), w = static_cast<double>(settings.whole("width"));
  const auto g = static_cast<double>(settings.whole("group_width")), l = static_cast<double>(last_width(settings)),
             more = static_cast<double>(settings.whole("depth")) - 1;
  const auto whitened = static_cast<double>(nn::whitening_channels(settings.in_channels(), stem(settings)));
  const double pairs = whitened * w + more * w * w + w * g + more * g * g + g * l + more * l * l;
  return static_cast<double>(stem(settings).kernel * stem(settings).kernel) * channels * whitened + 9 * pairs +
         l * static_cast<double>(settings.classes());
}

std::shared_ptr<Network> make_speednet(const Settings& settings) {
  nn::Graph graph("Speednet");
  const nn::WhiteningOptions options = stem(settings);
  const std::int64_t whitened = nn::whitening_channels(settings.in_channels(), options);
  const auto whiten = std::make_shared<nn::Conv2d>(nn::Conv2dOptions{.in_channels = settings.in_channels(),
                                                                     .out_channels = whitened,
                                                                     .kernel = options.kernel,
                                                                     .stride = options.stride,
                                                                     .padding = 0,
                                                                     .bias = true,
                                                                     .trained = false});
  nn::Value x = graph.add("whiten", whiten, nn::Graph::images);
  x = graph.add("activation", nn::make_activation(settings.text("activation")), x);
  const std::int64_t widths[] = {settings.whole("width"), settings.whole("group_width"), last_width(settings)};
  std::int64_t in = whitened;
  for (int i = 0; i < 3; ++i) {
    graph.enter(nn::Place::body, i);
    x = add_group(graph, "layers." + std::to_string(i), x, in, widths[i], settings);
    graph.name_feature("layer" + std::to_string(i + 1), x);
    in = widths[i];
  }
  graph.enter(nn::Place::head);
  x = graph.add(nn::MaxPool{.window = 0}, {x});
  x = graph.add("head",
                std::make_shared<nn::Linear>(
                    nn::LinearOptions{.in_features = in, .out_features = settings.classes(), .unit_std = true}),
                x);
  graph.add(nn::Scale{.divisor = static_cast<double>(in)}, {x});
  return std::make_shared<GraphNetwork>(
      graph, Fit{.images = nn::images_to_whiten, .compute = [whiten, options](const at::Tensor& images) {
                   whiten->weight.copy_(nn::whitening_filters(images, options));
                 }});
}

}  // namespace

NetworkKind speednet() {
  return {
      .name = "speednet",
      .options =
          {{.name = "width",
            .initial = 64,
            .meaning = "channels of the first layer; the other layers' follow from it",
            .least = 1,
            .most = 4096},
           {.name = "group_width",
            .initial = 256,
            .meaning = "channels of the second and third group",
            .least = 1,
            .most = 4096},
           {.name = "last_width",
            .initial = 0,
            .meaning = "channels of the third group alone; 0: group_width",
            .least = 0,
            .most = 4096},
           {.name = "depth", .initial = 2, .meaning = "convolutions in a group", .least = 2, .most = 3},
           {.name = "activation",
            .initial = "gelu",
            .meaning = "after each normalisation",
            .choices = nn::activation_names()},
           {.name = "patch", .initial = 2, .meaning = "side of the whitened patches, pixels", .least = 1, .most = 16},
           {.name = "stride",
            .initial = 1,
            .meaning = "from one patch to the next, pixels: the maps' sides shrink by it",
            .least = 1,
            .most = 16}},
      .make = &make_speednet,
      .least_parameters = &least_parameters_of_speednet,
      .trains_stem_bias = true,
      .scales_norms = false};
}

}  // namespace reslab::models
