#include "reslab/train/flop_ledger.h"

#include <algorithm>
#include <compare>
#include <map>
#include <set>

#include "reslab/core/error.h"
#include "reslab/data/sampler.h"
#include "reslab/recipe/schedule.h"
#include "reslab/train/build.h"
#include "reslab/train/evaluate.h"

namespace reslab::train {
namespace {

using Parameters = std::set<const c10::TensorImpl*>;

// A layer with parameters, as it was run.
struct Run {
  const nn::Layer* layer;
  double flop;         // of one image; 0 where its parameters aren't multiplied as matrices
  double dropped = 0;  // of it, for outputs that a pooling after it leaves out
};

// Places of the map, or 1: of [1, channels, height, width], or [1, features].
std::int64_t places(const nn::Shape& shape) { return shape.size() == 4 ? shape[2] * shape[3] : 1; }

// The share of a map that doesn't fill windows of 2 × 2.
double left_out(const nn::Shape& map) {
  const std::int64_t kept = (map[2] - map[2] % 2) * (map[3] - map[3] % 2);
  return 1 - static_cast<double>(kept) / static_cast<double>(places(map));
}

std::vector<Run> runs_of(const nn::Graph& graph, const LedgerData& data) {
  const std::vector<nn::Shape> shapes = nn::shapes_of(graph, {1, data.channels, data.height, data.width});
  std::vector<int> uses(shapes.size(), 0);
  for (const nn::Node& node : graph.nodes())
    for (const nn::Value input : node.inputs) ++uses[static_cast<std::size_t>(input)];
  std::vector<Run> runs;
  std::map<std::size_t, std::size_t> run_of;  // by node
  for (std::size_t i = 1; i < shapes.size(); ++i) {
    const nn::Node& node = graph.nodes()[i];
    const auto input = static_cast<std::size_t>(node.inputs.front());
    const auto* const pool = std::get_if<nn::MaxPool>(&node.op);
    const bool is_only_use = std::holds_alternative<nn::Conv2dOptions>(graph.nodes()[input].op) && uses[input] == 1;
    if (pool != nullptr && pool->window == 2 && is_only_use) {
      Run& convolution = runs[run_of.at(input)];
      convolution.dropped = convolution.flop * left_out(shapes[input]);
    }
    if (node.layer == nullptr || node.layer->parameters(/*recurse=*/false).empty()) continue;
    Run run{.layer = node.layer.get(), .flop = 0};
    for (const at::Tensor& parameter : node.layer->parameters(/*recurse=*/false))
      if (parameter.dim() > 1) run.flop += 2.0 * static_cast<double>(parameter.numel() * places(shapes[i]));
    run_of[i] = runs.size();
    runs.push_back(run);
  }
  return runs;
}

Parameters trained_parameters(const models::Network& network) {
  Parameters trained;
  for (const at::Tensor& parameter : network.parameters())
    if (parameter.requires_grad()) trained.insert(parameter.unsafeGetTensorImpl());
  return trained;
}

// A kind of image: its side (0: as it is), and what is trained no more in its step.
struct Phase {
  std::int64_t side = 0;
  bool whitening_stays = false;
  bool layer_stays = false;  // optimizer.freeze

  friend auto operator<=>(const Phase&, const Phase&) = default;
};

// What is trained in which phase.
class Trained {
 public:
  Trained(const recipe::Recipe& recipe, const models::Network& network, std::int64_t steps,
          std::int64_t steps_per_epoch)
      : all_(trained_parameters(network)), late_(late_frozen_parameters(recipe, network)) {
    for (const TrainedGroup& group : build_groups(recipe, network, steps, steps_per_epoch))
      if (group.group == recipe::ParameterGroup::whitening) whitening_ = group.optimizer->parameters();
  }

  Parameters in(const Phase& phase) const {
    Parameters left = all_;
    const auto leave_out = [&](const std::vector<at::Tensor>& some) {
      for (const at::Tensor& parameter : some) left.erase(parameter.unsafeGetTensorImpl());
    };
    if (phase.whitening_stays) leave_out(whitening_);
    if (phase.layer_stays) leave_out(late_);
    return left;
  }

 private:
  Parameters all_;
  std::vector<at::Tensor> whitening_, late_;
};

// Of one image, a row for each run.
std::vector<PassFlop> passes(const std::vector<Run>& runs, const Parameters& trained) {
  std::vector<PassFlop> result;
  bool trained_before = false;
  for (const Run& run : runs) {
    PassFlop pass{.forward = run.flop, .input_gradient = trained_before ? run.flop : 0};
    for (const auto& parameter : run.layer->parameters(/*recurse=*/false)) {
      if (!trained.contains(parameter.unsafeGetTensorImpl())) continue;
      if (parameter.dim() > 1) pass.weight_gradient = run.flop;
      trained_before = true;
    }
    result.push_back(pass);
  }
  return result;
}

// The share of a layer's outputs that a pooling leaves out. Neither they nor their part in the gradients of weight and
// input are computed.
double dropped(const std::vector<Run>& runs, const std::vector<PassFlop>& passes) {
  double sum = 0;
  for (std::size_t i = 0; i < runs.size(); ++i)
    if (runs[i].dropped > 0) sum += passes[i].total() * runs[i].dropped / runs[i].flop;
  return sum;
}

double total(const std::vector<PassFlop>& passes) {
  double sum = 0;
  for (const PassFlop& pass : passes) sum += pass.total();
  return sum;
}

void add(PassFlop& sum, const PassFlop& pass, double images) {
  sum.forward += images * pass.forward;
  sum.input_gradient += images * pass.input_gradient;
  sum.weight_gradient += images * pass.weight_gradient;
}

struct Images {
  std::map<Phase, std::int64_t> count;
  std::int64_t first = 0, last = 0;  // of the first step and of the last
  Phase first_phase{}, last_phase{};
};

Images count_images(const recipe::Recipe& recipe, std::int64_t samples, std::int64_t epochs) {
  const data::Sampler sampler(sampler_options(recipe, samples));
  const std::int64_t steps = steps_per_epoch(recipe, samples), total_steps = recipe.epochs * steps;
  const std::int64_t whitened = whitening_steps(recipe, total_steps, steps),
                     frozen = freeze_step(recipe, total_steps, steps);
  const std::vector<std::int64_t> sides = sides_by_epoch(recipe);
  Images images;
  for (std::int64_t epoch = 0; epoch < epochs; ++epoch)
    for (std::int64_t batch = 0; batch < sampler.batches(); ++batch) {
      const std::int64_t step = epoch * steps + batch / recipe.optimizer.accumulate, size = sampler.batch(batch).size();
      const Phase phase{.side = sides.empty() ? 0 : sides[static_cast<std::size_t>(epoch)],
                        .whitening_stays = step >= whitened,
                        .layer_stays = step >= frozen};
      images.count[phase] += size;
      if (step == 0) images.first += size, images.first_phase = phase;
      if (step + 1 == epochs * steps) images.last += size, images.last_phase = phase;
    }
  return images;
}

void count_tests(FlopLedger& ledger, const recipe::Recipe& recipe, std::int64_t test, std::int64_t epochs) {
  const std::int64_t limit = recipe.data.limit_batches * recipe.data.batch_size;
  const auto tested = [&](std::int64_t samples) {
    return static_cast<double>(limit > 0 ? std::min(samples, limit) : samples);
  };
  double image = 0;
  for (const LayerFlop& layer : ledger.layers) image += layer.image;
  const double views = passes_of(view_options(recipe.evaluation)), passes = static_cast<double>(epochs) - 1 + views;
  ledger.last_test = image * views * tested(test);
  ledger.tests = image * passes * (tested(test) + tested(recipe.data.holdout));
}

}  // namespace

FlopLedger flop_ledger(const recipe::Recipe& recipe, models::Network& network, const LedgerData& data) {
  const std::int64_t samples = training_samples(recipe, data.train), per_epoch = steps_per_epoch(recipe, samples);
  const std::int64_t epochs = data.epochs > 0 ? data.epochs : recipe.epochs;
  FlopLedger ledger{.steps = epochs * per_epoch};
  const Images images = count_images(recipe, samples, epochs);
  const Trained trained(recipe, network, recipe.epochs * per_epoch, per_epoch);

  std::map<const nn::Module*, std::string> paths;
  for (const auto& module : network.named_modules()) paths[module.value] = module.name;
  const std::vector<Run> whole = runs_of(network.graph(), data);
  for (const Run& run : whole)
    ledger.layers.push_back({.path = paths[run.layer], .type = run.layer->type(), .image = run.flop});

  for (const auto& [phase, count] : images.count) {
    LedgerData smaller = data;
    if (phase.side > 0) smaller.height = phase.side, smaller.width = phase.side;
    const std::vector<Run> runs = phase.side > 0 ? runs_of(network.graph(), smaller) : whole;
    const std::vector<PassFlop> pass = passes(runs, trained.in(phase));
    ledger.dropped += static_cast<double>(count) * dropped(runs, pass);
    for (std::size_t i = 0; i < pass.size(); ++i) add(ledger.layers[i].training, pass[i], static_cast<double>(count));
    ledger.images += count;
    if (phase == images.first_phase) ledger.first_step = static_cast<double>(images.first) * total(pass);
    if (phase == images.last_phase) ledger.last_step = static_cast<double>(images.last) * total(pass);
  }
  std::erase_if(ledger.layers, [](const LayerFlop& layer) { return layer.image == 0; });
  for (const LayerFlop& layer : ledger.layers) add(ledger.training, layer.training, 1);
  count_tests(ledger, recipe, recipe.data.overfit_batches > 0 ? samples : std::int64_t{data.test}, epochs);
  return ledger;
}

}  // namespace reslab::train
