#include "reslab/train/build.h"

#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "reslab/augment/one_of.h"
#include "reslab/augment/registry.h"
#include "reslab/core/error.h"
#include "reslab/core/nearest.h"
#include "reslab/data/statistics.h"
#include "reslab/nn/roles.h"
#include "reslab/nn/state.h"
#include "reslab/optim/adamw.h"
#include "reslab/optim/muon.h"
#include "reslab/optim/sgd.h"

namespace reslab::train {
namespace {

// Policies that give an image its size take that of the pictures where the recipe says no other.
void set_size(core::OptionValues& values, const std::vector<double>& size, const std::string& name) {
  const auto is_open = [&](const char* key) {
    const auto found = values.find(key);
    return found == values.end() || found->second == core::OptionValue(std::int64_t{0});
  };
  if (!is_open("height") && !is_open("width")) return;
  if (size.empty())
    throw core::UserError({.attempted = "augment images by the policy '" + name + "'",
                           .found = "no size for its results",
                           .allowed = "augment." + name + ".height and width, or pictures.size (--image-size N)"});
  if (is_open("height")) values["height"] = static_cast<std::int64_t>(size.front());
  if (is_open("width")) values["width"] = static_cast<std::int64_t>(size.back());
}

std::unique_ptr<augment::Policy> build_policy(const std::string& name, const recipe::Recipe& recipe,
                                              const augment::Normalizer& normalizer) {
  const augment::PolicyKind* const kind = augment::find_kind(name);
  RESLAB_ASSERT(kind != nullptr, "check_recipe let the policy '", name, "' pass");
  core::OptionValues values = recipe.augment.of(name);
  if (kind->sized) set_size(values, recipe.pictures.size, name);
  core::check_options("augment images by the policy '" + name + "'", "this policy", kind->options, values);
  return kind->make(core::Settings(kind->options, values), normalizer);
}

std::unique_ptr<augment::Policy> build_one_of(const recipe::Recipe& recipe, const augment::Normalizer& normalizer) {
  const auto& names = recipe.augment.one_of.policies;
  const auto& probabilities = recipe.augment.one_of.probabilities;
  std::vector<augment::OneOf::Choice> choices;
  for (std::size_t i = 0; i < names.size(); ++i)
    choices.push_back(
        {.policy = build_policy(names[i], recipe, normalizer),
         .probability = probabilities.empty() ? 1.0 / static_cast<double>(names.size()) : probabilities[i]});
  return std::make_unique<augment::OneOf>(std::move(choices));
}

struct DecayGroups {
  optim::Group decayed, free;

  void add(const recipe::Recipe& recipe, const nn::Parameter& parameter) {
    const bool exempt = !recipe.optimizer.decay_norm_and_bias && parameter.role.is_norm_or_bias();
    optim::Group& group = exempt ? free : decayed;
    group.names.push_back(parameter.name);
    group.parameters.push_back(parameter.tensor);
  }
};

// Told apart only where the recipe has rates of their own for them, so that a plain recipe has one optimiser.
recipe::ParameterGroup group_of(const recipe::Recipe& recipe, const nn::Role& role) {
  using enum nn::ParameterKind;
  const recipe::OptimizerOptions& options = recipe.optimizer;
  if (role.kind == bias && role.place == nn::Place::stem && (options.whitening_lr > 0 || options.whitening_epochs > 0))
    return recipe::ParameterGroup::whitening;
  if (role.kind == filter && options.name == "muon") return recipe::ParameterGroup::filters;
  if (role.kind == matrix && role.place == nn::Place::head && options.head_lr > 0) return recipe::ParameterGroup::head;
  if ((role.kind == shift || role.kind == bias) && options.bias_lr > 0) return recipe::ParameterGroup::biases;
  if (role.is_norm_or_bias() && options.norm_lr > 0) return recipe::ParameterGroup::norms;
  return recipe::ParameterGroup::rest;
}

std::unique_ptr<optim::Optimizer> make_optimizer(const recipe::Recipe& recipe, recipe::ParameterGroup group,
                                                 DecayGroups members, double decay) {
  members.decayed.weight_decay = decay;
  std::vector<optim::Group> both{std::move(members.decayed), std::move(members.free)};
  // Muon keeps its filters' size by itself.
  if (group == recipe::ParameterGroup::filters) {
    both[0].weight_decay = 0;
    return std::make_unique<optim::Muon>(std::move(both), optim::MuonOptions{.steps = recipe.optimizer.muon.steps});
  }
  if (recipe.optimizer.name == "adamw")
    return std::make_unique<optim::AdamW>(
        std::move(both), optim::AdamWOptions{.beta2 = recipe.optimizer.beta2, .eps = recipe.optimizer.eps});
  return std::make_unique<optim::Sgd>(std::move(both), optim::SgdOptions{.dampening = recipe.optimizer.dampening,
                                                                         .nesterov = recipe.optimizer.nesterov});
}

}  // namespace

std::shared_ptr<models::Network> build_network(const recipe::Recipe& recipe, const data::DatasetInfo& info) {
  return models::create(
      recipe.model.name,
      {.classes = info.class_count(), .in_channels = info.channels, .values = recipe.model.own_values()});
}

std::vector<TrainedGroup> build_groups(const recipe::Recipe& recipe, const models::Network& network,
                                       std::int64_t total_steps, std::int64_t steps_per_epoch) {
  std::map<recipe::ParameterGroup, DecayGroups> groups;
  std::ptrdiff_t trained = 0;
  for (const nn::Parameter& parameter : nn::parameters_of(network.graph())) {
    if (!parameter.tensor.requires_grad()) continue;
    groups[group_of(recipe, parameter.role)].add(recipe, parameter);
    ++trained;
  }
  RESLAB_ASSERT(trained == std::ranges::count_if(network.parameters(), &at::Tensor::requires_grad),
                "the network has parameters that its graph doesn't have");
  std::vector<TrainedGroup> built;
  for (auto& [group, members] : groups) {
    const double decay = recipe.optimizer.decay_per_step > 0 ? recipe.optimizer.decay_per_step / peak_lr(recipe, group)
                                                             : recipe.optimizer.weight_decay;
    TrainedGroup& made = built.emplace_back();
    made.group = group;
    made.optimizer = make_optimizer(recipe, group, std::move(members), decay);
    made.schedule = make_schedule(recipe, group, total_steps, steps_per_epoch);
  }
  return built;
}

std::vector<at::Tensor> late_frozen_parameters(const recipe::Recipe& recipe, const models::Network& network) {
  const std::string& layer = recipe.optimizer.freeze;
  if (layer.empty()) return {};
  for (const auto& module : network.named_modules(/*include_self=*/false))
    if (module.name == layer) {
      std::vector<at::Tensor> trained;
      for (const at::Tensor& parameter : module.value->parameters())
        if (parameter.requires_grad()) trained.push_back(parameter);
      if (!trained.empty()) return trained;
    }
  std::vector<std::string> names;
  for (const auto& module : network.named_modules(/*include_self=*/false)) {
    const auto parameters = module.value->parameters();
    if (std::ranges::any_of(parameters, [](const at::Tensor& one) { return one.requires_grad(); }))
      names.push_back(module.name);
  }
  throw core::UserError({.attempted = "freeze a layer of " + recipe.model.name,
                         .found = "optimizer.freeze is '" + layer + "'",
                         .allowed = core::join(names),
                         .remedy = core::did_you_mean(layer, names)});
}

std::unique_ptr<optim::WeightAverage> build_average(const recipe::Recipe& recipe, const models::Network& network,
                                                    std::int64_t steps_per_epoch) {
  const recipe::AveragingOptions& options = recipe.averaging;
  if (options.name == "none") return nullptr;
  const auto kind = options.name == "lookahead" ? optim::AverageKind::lookahead
                    : options.name == "ema"     ? optim::AverageKind::ema
                                                : optim::AverageKind::swa;
  const auto steps_of = [&](double epochs) { return std::llround(epochs * static_cast<double>(steps_per_epoch)); };
  const auto last = std::max<std::int64_t>(1, steps_of(options.last_epochs));
  const std::int64_t start = options.last_epochs > 0 ? std::max<std::int64_t>(0, recipe.epochs * steps_per_epoch - last)
                             : kind == optim::AverageKind::lookahead ? 0
                                                                     : steps_of(options.start_epoch);
  return std::make_unique<optim::WeightAverage>(
      nn::state_of(network),
      optim::AverageOptions{
          .kind = kind, .every = options.every, .start = start, .share = options.share, .decay = options.decay});
}

data::ImageFit build_fit(const recipe::Recipe& recipe) {
  const recipe::PictureSettings& pictures = recipe.pictures;
  if (pictures.size.empty()) return {};
  const augment::Size output{static_cast<int>(pictures.size.front()), static_cast<int>(pictures.size.back())};
  data::ImageFit fit{.kind = pictures.fit == "crop"  ? data::FitKind::crop
                             : pictures.fit == "pad" ? data::FitKind::pad
                                                     : data::FitKind::stretch,
                     .output = output};
  constexpr double kept = 0.875;  // of the shorter side, as is usual: 224 of 256
  const int longer = std::max(output.height, output.width);
  if (fit.kind == data::FitKind::crop)
    fit.resize = pictures.resize > 0 ? static_cast<int>(pictures.resize) : static_cast<int>(std::lround(longer / kept));
  for (std::size_t c = 0; c < fit.background.size(); ++c)
    fit.background[c] = static_cast<std::uint8_t>(pictures.background[std::min(c, pictures.background.size() - 1)]);
  return fit;
}

augment::Size network_size(const recipe::Recipe& recipe, const data::DatasetInfo& info) {
  if (const auto size = data::output_size(build_fit(recipe), info.size)) return *size;
  throw core::UserError({.attempted = "use the recipe" + (recipe.name.empty() ? "" : " " + recipe.name) +
                                      " on the images of " + info.name,
                         .found = "images of different sizes, and no size to which they are brought",
                         .allowed = "pictures.size in the recipe, or --image-size N",
                         .remedy = "name a size, such as --image-size 64, or take the recipe photos"});
}

std::optional<int> least_side(const recipe::Recipe& recipe) {
  const augment::Normalizer any(std::vector<double>(3, 0.5), std::vector<double>(3, 0.5));
  const data::ImageFit fit = build_fit(recipe);
  if (recipe.data.overfit_batches > 0) return std::nullopt;
  const auto pipeline = build_pipeline(recipe, any);
  if (!pipeline->takes_any_size()) return std::nullopt;
  // A small part of a picture has its pixels too, but for parts of less than a quarter: the cache would be too large.
  constexpr double most_magnification = 2;
  const double part =
      std::max(fit.output.height, fit.output.width) * std::clamp(pipeline->magnification(), 1.0, most_magnification);
  return std::max(fit.resize, static_cast<int>(std::ceil(part)));
}

data::EvalTransform build_transform(const recipe::Recipe& recipe, const data::Split& train) {
  const data::ImageFit fit = build_fit(recipe);
  if (!recipe.data.mean.empty()) return {.fit = fit, .normalizer = {recipe.data.mean, recipe.data.std}};
  // Of pictures in the form in which training reads them.
  data::PixelForm form;
  if (const auto side = fit.kind == data::FitKind::none ? std::optional(0) : least_side(recipe))
    form.least_side = *side;
  else
    form.fit = fit;
  const data::Statistics statistics = data::statistics(train, form);
  return {.fit = fit, .normalizer = {statistics.mean, statistics.std}};
}

std::shared_ptr<const augment::Pipeline> build_pipeline(const recipe::Recipe& recipe,
                                                        const augment::Normalizer& normalizer) {
  auto pipeline = std::make_shared<augment::Pipeline>();
  for (const std::string& name : recipe.augment.policies)
    pipeline->add(name == "one_of" ? build_one_of(recipe, normalizer) : build_policy(name, recipe, normalizer));
  return pipeline;
}

std::optional<augment::MixOptions> build_mix(const recipe::Recipe& recipe) {
  const recipe::MixSettings& mix = recipe.mix;
  if (mix.name == "none" || recipe.data.overfit_batches > 0) return std::nullopt;
  return augment::MixOptions{.mixup_alpha = mix.name == "cutmix" ? 0 : mix.mixup_alpha,
                             .cutmix_alpha = mix.name == "mixup" ? 0 : mix.cutmix_alpha,
                             .probability = mix.probability};
}

}  // namespace reslab::train
