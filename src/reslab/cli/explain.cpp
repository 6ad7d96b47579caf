// `reslab explain [RUN]`: where the network of a run looks.

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <iostream>

#include "reslab/cli/command.h"
#include "reslab/cli/mistake_options.h"
#include "reslab/cli/opened_run.h"
#include "reslab/cli/written_files.h"
#include "reslab/core/file.h"
#include "reslab/core/nearest.h"
#include "reslab/explain/class_names.h"
#include "reslab/report/explanations.h"
#include "reslab/report/faithfulness_table.h"

namespace reslab::cli {
namespace {

using core::ExitCode;
using Kind = report::ExplainedClass::Kind;

const std::string saliency = "saliency", guided = "guided-backprop";

struct ExplainFlags {
  RunFlags run;
  MistakeFlags mistakes;
  std::vector<std::int64_t> samples;
  std::vector<std::string> layers;
  std::string method = "grad-cam", explained = "predicted";
  bool augmentation_smoothing = false, eigen_smoothing = false, metrics = false;
  std::int64_t noisy_copies = 0;
  std::filesystem::path output;
};

std::vector<std::string> all_methods() {
  const auto names = explain::cam_method_names();
  std::vector<std::string> all(names.begin(), names.end());
  all.insert(all.end(), {saliency, guided});
  return all;
}

bool is_map_method(const ExplainFlags& flags) { return flags.method != saliency && flags.method != guided; }

[[noreturn]] void refuse(const std::string& attempted, const std::string& found, const std::string& remedy) {
  throw core::UserError({.attempted = attempted, .found = found, .remedy = remedy});
}

void check(const ExplainFlags& flags) {
  const std::vector<std::string> methods = all_methods();
  if (std::ranges::find(methods, flags.method) == methods.end())
    throw core::UserError({.attempted = "use --method " + flags.method,
                           .found = "no method of that name",
                           .allowed = core::join(methods),
                           .remedy = core::did_you_mean(flags.method, methods)});
  if (is_map_method(flags)) {
    if (flags.noisy_copies > 0)
      refuse("use --noise-smooth", "it smooths gradients of pixels, and the method is " + flags.method,
             "use --aug-smooth or --eigen-smooth, or --method saliency");
    return;
  }
  if (!flags.layers.empty()) refuse("use --layer", flags.method + " is of the image itself", "leave --layer out");
  if (flags.augmentation_smoothing || flags.eigen_smoothing)
    refuse("use --aug-smooth or --eigen-smooth", "they smooth maps of layers, and the method is " + flags.method,
           "use --noise-smooth N");
  if (flags.metrics && flags.method == guided)
    refuse("use --metrics", "guided backpropagation gives pictures, which rank no pixels",
           "use --method saliency or one of the maps: " + core::join(explain::cam_method_names()));
}

report::ExplainedClass explained_class(const ExplainFlags& flags, const std::vector<std::string>& classes) {
  if (flags.explained == "predicted") return {.kind = Kind::predicted};
  if (flags.explained == "actual") return {.kind = Kind::actual};
  if (flags.explained == "both") return {.kind = Kind::both};
  std::vector<std::string> allowed{"predicted", "actual", "both"};
  allowed.insert(allowed.end(), classes.begin(), classes.end());
  return {.kind = Kind::named,
          .label = explain::find_class(allowed, flags.explained, "use --class " + flags.explained) - 3};
}

std::vector<explain::Mistake> chosen_samples(const ExplainFlags& flags, const OpenedRun& opened) {
  data::BatchSource source = opened.source();
  for (const std::int64_t sample : flags.samples)
    if (sample < 0 || sample >= source.samples.size())
      throw core::UserError(
          {.attempted = core::concatenate("explain the sample ", sample),
           .found = core::concatenate(source.samples.name, " has ", source.samples.size(), " samples"),
           .allowed = core::concatenate("0 to ", source.samples.size() - 1)});
  source.samples = data::select(source.samples, flags.samples);
  const explain::Predictions predictions = explain::predict(*opened.network, source, opened.compute);
  std::vector<explain::Mistake> verdicts;
  verdicts.reserve(flags.samples.size());
  for (std::size_t i = 0; i < flags.samples.size(); ++i) {
    verdicts.push_back(explain::verdict(predictions, static_cast<std::int64_t>(i)));
    verdicts.back().sample = flags.samples[i];
  }
  return verdicts;
}

std::vector<explain::Mistake> choose(const ExplainFlags& flags, const OpenedRun& opened) {
  if (!flags.samples.empty()) return chosen_samples(flags, opened);
  explain::MistakeFilter filter = mistake_filter(flags.mistakes, opened.classes());
  filter.limit = flags.mistakes.count;
  auto mistakes = explain::find_mistakes(*opened.network, opened.source(), opened.compute, filter);
  if (mistakes.empty())
    throw nothing_to_show(flags.mistakes,
                          {.verb = "explain the mistakes of " + opened.weights.string(),
                           .samples = opened.split().size(),
                           .dataset = opened.split().name,
                           .run = opened.folder ? opened.folder->path.string() : opened.weights.string()});
  return mistakes;
}

// fp32 shows what bf16 rounds away: a run trained in bf16 is explained in fp32 unless bf16 is asked for.
at::ScalarType computed_in(const ExplainFlags& flags, const OpenedRun& opened) {
  if (flags.run.compute.precision == "bf16") return at::kBFloat16;
  if (opened.compute.activations == at::kBFloat16)
    std::cout << "The run computes in bf16; what is shown here is computed from its weights in fp32 (--precision bf16 "
                 "for bf16).\n";
  return at::kFloat;
}

explain::CamOptions cam_options(const ExplainFlags& flags, at::ScalarType type) {
  explain::CamOptions options{.method = explain::cam_method(flags.method),
                              .augmentation_smoothing = flags.augmentation_smoothing,
                              .eigen_smoothing = flags.eigen_smoothing,
                              .type = type};
  if (options.method == explain::CamMethod::score_cam)
    options.progress = [](std::int64_t done, std::int64_t count) {
      std::cerr << "Score-CAM: " << done << " of " << count << " images\n";
    };
  return options;
}

explain::GradientOptions gradient_options(const ExplainFlags& flags, at::ScalarType type) {
  return {.guided = flags.method == guided, .noisy_copies = flags.noisy_copies, .seed = 0, .type = type};
}

// One layer ("" for saliency, which has none) and one class.
report::MeasuredMaps measure(const ExplainFlags& flags, const report::Explanation& explanation,
                             const std::string& layer, const report::ClassChoice& choice, at::ScalarType type) {
  const at::Tensor images = report::images_of(explanation);
  const std::function<at::Tensor()> maps_of = [&] {
    if (!is_map_method(flags))
      return explain::saliency_maps(
          explain::image_gradients(explanation.network, images, choice.classes, gradient_options(flags, type)));
    explain::CamOptions options = cam_options(flags, type);
    options.layer = layer;
    return explain::class_activation_maps(explanation.network, images, choice.classes, options);
  };
  std::cerr << "measuring " << (layer.empty() ? flags.method : layer) << " for the " << choice.name << " class …\n";
  return {.layer = layer.empty() ? "image" : layer,
          .method = flags.method,
          .explained = choice.name,
          .faithfulness =
              explain::measure_faithfulness(explanation.network, images, choice.classes, maps_of(), {.type = type}),
          .randomisation = explain::weight_randomisation(explanation.network, maps_of)};
}

std::filesystem::path write_metrics(const ExplainFlags& flags, const report::Explanation& explanation,
                                    const std::filesystem::path& folder, at::ScalarType type) {
  std::vector<std::string> layers{""};
  if (is_map_method(flags))
    layers = report::usable_layers(explanation.network, report::images_of(explanation), flags.layers);
  std::vector<report::MeasuredMaps> rows;
  for (const std::string& layer : layers)
    for (const report::ClassChoice& choice : report::chosen_classes(explanation))
      rows.push_back(measure(flags, explanation, layer, choice, type));
  std::cout << report::faithfulness_text(rows);
  const std::filesystem::path path = folder / "explain-metrics.csv";
  core::write_file(path, report::faithfulness_csv(rows));
  return path;
}

ExitCode run(const ExplainFlags& flags) {
  check(flags);
  const OpenedRun opened = open_run(flags.run, "explain");
  const data::BatchSource source = opened.source();
  const report::ExplainedClass explained = explained_class(flags, opened.classes());
  const report::Explanation explanation{
      .network = *opened.network, .source = source, .samples = choose(flags, opened), .explained = explained};
  const at::ScalarType type = computed_in(flags, opened);
  const std::filesystem::path folder = output_folder(opened, flags.output);
  report::WrittenMaps result =
      is_map_method(flags)
          ? report::write_cam_galleries(folder, explanation, {.layers = flags.layers, .cam = cam_options(flags, type)})
          : report::write_gradient_gallery(folder, explanation, gradient_options(flags, type));
  if (result.empty_maps > 0)
    std::cout << "empty maps: " << result.empty_maps << " of " << result.maps
              << " (nothing in the layer raises the score of the class there, or its gradients overflow)\n";
  if (flags.metrics) result.written.paths.push_back(write_metrics(flags, explanation, folder, type));
  print_written(result.written);
  return code_of(opened);
}

}  // namespace

Action prepare_explain(CLI::App& app) {
  const auto flags = std::make_shared<ExplainFlags>();
  add_run_options(app, flags->run);
  add_mistake_options(app, flags->mistakes);
  app.add_option("--samples", flags->samples, "these samples in place of mistakes")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("ID,…");
  app.add_option("--layer", flags->layers, "layers to explain (default: each that has a map)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME,…");
  app.add_option("--method", flags->method, core::join(all_methods()))->type_name("NAME")->capture_default_str();
  app.add_option("--class", flags->explained, "predicted, actual, both side by side, or a class's name")
      ->type_name("WHICH")
      ->capture_default_str();
  app.add_flag("--aug-smooth", flags->augmentation_smoothing, "mean of the maps of six versions of the image");
  app.add_flag("--eigen-smooth", flags->eigen_smoothing, "principal component in place of the sum over channels");
  app.add_option("--noise-smooth", flags->noisy_copies, "saliency, guided-backprop: mean over N noisy copies")
      ->check(CLI::Range(0, 1000))
      ->type_name("N");
  app.add_flag("--metrics", flags->metrics, "measure how faithful the maps are, too");
  app.add_option("--output", flags->output, "folder to write to (default: the run's)")->type_name("DIR");
  return [flags] { return run(*flags); };
}

}  // namespace reslab::cli
