#include "reslab/recipe/idle_keys.h"

#include <algorithm>
#include <initializer_list>

#include "reslab/core/error.h"
#include "reslab/core/nearest.h"
#include "reslab/models/network.h"
#include "reslab/recipe/learning_rate.h"
#include "reslab/recipe/model_fields.h"

namespace reslab::recipe {
namespace {

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> choices) {
  return std::ranges::find(choices, text) != choices.end();
}

// "schedule.name is 'linear', and only one_cycle has it".
std::string only_with(std::string_view key, const std::string& value, std::string_view needed) {
  const bool one = needed.find(',') == needed.npos && needed.find(" and ") == needed.npos;
  return core::concatenate(key, " is '", value, "', and only ", needed, one ? " has" : " have", " it");
}

std::string unless(bool has_effect, std::string why) { return has_effect ? "" : std::move(why); }

std::string why_idle_in_schedule(const Recipe& recipe, std::string_view name) {
  const ScheduleOptions& options = recipe.schedule;
  const auto needs = [&](std::initializer_list<std::string_view> shapes, std::string_view names) {
    return unless(is_one_of(options.name, shapes), only_with("schedule.name", options.name, names));
  };
  if (is_one_of(name, {"base_momentum", "max_momentum"}) && options.name == "one_cycle")
    return unless(options.cycle_momentum, "schedule.cycle_momentum is false");
  if (is_one_of(name, {"max_lr", "pct_start", "anneal", "div_factor", "final_div_factor", "cycle_momentum",
                       "base_momentum", "max_momentum"}))
    return needs({"one_cycle"}, "one_cycle");
  if (is_one_of(name, {"warmup_epochs", "warmup_factor"})) {
    const std::string why = needs({"linear", "cosine", "polynomial", "steps"}, "linear, cosine, polynomial and steps");
    if (!why.empty() || name == "warmup_epochs") return why;
    return unless(options.warmup_epochs > 0, "schedule.warmup_epochs is 0");
  }
  if (is_one_of(name, {"final_factor", "tail_epochs"}))
    return needs({"linear", "cosine", "polynomial"}, "linear, cosine and polynomial");
  if (name == "power") return needs({"polynomial"}, "polynomial");
  if (is_one_of(name, {"milestones", "gamma"})) {
    const std::string why = needs({"steps"}, "steps");
    if (!why.empty() || name == "milestones") return why;
    return unless(!options.milestones.empty(), "schedule.milestones is empty");
  }
  return "";
}

// Which parameters take optimizer.lr itself: see group_of in train/build.cpp.
std::string why_base_lr_is_idle(const Recipe& recipe) {
  const OptimizerOptions& options = recipe.optimizer;
  const bool muon = options.name == "muon";
  if (recipe.schedule.name == "one_cycle") {
    const bool ratios =
        muon || options.head_lr > 0 || options.norm_lr > 0 || options.bias_lr > 0 || options.whitening_lr > 0;
    return unless(ratios, "under one_cycle schedule.max_lr is the learning rate");
  }
  const models::NetworkKind& network = models::kind(recipe.model.name);
  const bool whitening = network.trains_stem_bias && options.whitening_epochs > 0 && options.whitening_lr == 0;
  const bool norms = options.norm_lr == 0 && (network.scales_norms || options.bias_lr == 0);
  return unless(!muon || options.head_lr == 0 || norms || whitening,
                "every group of parameters has a rate of its own; --lr scales them all");
}

std::vector<std::string> networks_that_train_a_stem_bias() {
  std::vector<std::string> names;
  for (const models::NetworkKind& kind : models::kinds())
    if (kind.trains_stem_bias) names.push_back(kind.name);
  return names;
}

std::string why_idle_in_optimizer(const Recipe& recipe, std::string_view name) {
  const OptimizerOptions& options = recipe.optimizer;
  const bool cycled = recipe.schedule.name == "one_cycle" && recipe.schedule.cycle_momentum;
  const std::string by_schedule = "under one_cycle the schedule sets the momentum (schedule.cycle_momentum)";
  if (name == "lr") return why_base_lr_is_idle(recipe);
  if (name == "momentum") return unless(!cycled, by_schedule);
  if (name == "norm_lr")
    return unless(models::kind(recipe.model.name).scales_norms || options.bias_lr == 0,
                  recipe.model.name + "'s normalisations have biases alone, and optimizer.bias_lr is their rate");
  if (is_one_of(name, {"beta2", "eps"}))
    return unless(options.name == "adamw", only_with("optimizer.name", options.name, "adamw"));
  if (is_one_of(name, {"dampening", "nesterov"})) {
    if (options.name == "adamw") return only_with("optimizer.name", options.name, "sgd and muon");
    return unless(name != "dampening" || cycled || options.momentum > 0, "optimizer.momentum is 0");
  }
  if (name.starts_with("muon.")) {
    if (options.name != "muon") return only_with("optimizer.name", options.name, "muon");
    return unless(name != "muon.momentum" || !cycled, by_schedule);
  }
  if (is_one_of(name, {"whitening_lr", "whitening_epochs"}))
    return unless(models::kind(recipe.model.name).trains_stem_bias,
                  only_with("model.name", recipe.model.name, core::join(networks_that_train_a_stem_bias())));
  if (name == "weight_decay")
    return unless(options.decay_per_step == 0, "optimizer.decay_per_step is above 0 and stands in its place");
  if (name == "decay_norm_and_bias")
    return unless(options.weight_decay > 0 || options.decay_per_step > 0, "there is no weight decay");
  return "";
}

std::string why_idle_in_averaging(const Recipe& recipe, std::string_view name) {
  const std::string& kind = recipe.averaging.name;
  if (name == "name") return "";
  if (kind == "none") return "averaging.name is 'none'";
  const auto needs = [&](std::initializer_list<std::string_view> kinds, std::string_view names) {
    return unless(is_one_of(kind, kinds), only_with("averaging.name", kind, names));
  };
  if (name == "every") return needs({"lookahead", "swa"}, "lookahead and swa");
  if (name == "share") return needs({"lookahead"}, "lookahead");
  if (name == "decay") return needs({"ema"}, "ema");
  if (name == "start_epoch") return needs({"ema", "swa"}, "ema and swa");
  return "";
}

std::string why_idle_in_model(const Recipe& recipe, std::string_view name) {
  const std::vector<std::string> networks = networks_with(core::concatenate("model.", name));
  const bool own = std::ranges::find(networks, recipe.model.name) != networks.end();
  return unless(networks.empty() || own, only_with("model.name", recipe.model.name, core::join(networks)));
}

// Under data.overfit_batches, which takes the same samples in the same order in each epoch. drop_last counts: there may
// be fewer samples than those batches have room for.
std::string why_idle_in_data(const Recipe& recipe, std::string_view name) {
  const std::int64_t overfit = recipe.data.overfit_batches;
  if (name == "join_last") return unless(!recipe.data.drop_last, "data.drop_last leaves that batch out");
  if (overfit == 0) return "";
  if (name == "shuffle" || (name == "balance" && recipe.data.balance == "sampling"))
    return "data.overfit_batches trains on the same samples in the same order in each epoch";
  if (name == "limit_batches")
    return unless(recipe.data.limit_batches > 0 && recipe.data.limit_batches < overfit,
                  core::concatenate("data.overfit_batches is ", overfit, ", and there are no more batches"));
  return "";
}

// "cutout.height": of the policy cutout.
std::string why_idle_in_augment(const Recipe& recipe, std::string_view name) {
  if (recipe.data.overfit_batches > 0) return "data.overfit_batches trains on images that aren't augmented";
  if (name == "policies") return "";
  const std::string policy(name.substr(0, name.find('.')));
  return unless(recipe.augment.uses(policy), "augment.policies doesn't name " + policy);
}

std::string why_idle_in_mix(const Recipe& recipe, std::string_view name) {
  const std::string& kind = recipe.mix.name;
  if (recipe.data.overfit_batches > 0) return "data.overfit_batches trains on images that aren't augmented";
  if (name == "name") return "";
  if (kind == "none") return "mix.name is 'none'";
  if (name == "mixup_alpha") return unless(kind != "cutmix", only_with("mix.name", kind, "mixup and both"));
  if (name == "cutmix_alpha") return unless(kind != "mixup", only_with("mix.name", kind, "cutmix and both"));
  return "";
}

}  // namespace

std::string why_idle(const Recipe& recipe, std::string_view key) {
  struct Table {
    std::string_view prefix;
    std::string (*why)(const Recipe&, std::string_view name);
  };
  constexpr Table tables[] = {{"data.", why_idle_in_data},
                              {"schedule.", why_idle_in_schedule},
                              {"optimizer.", why_idle_in_optimizer},
                              {"averaging.", why_idle_in_averaging},
                              {"model.", why_idle_in_model},
                              {"augment.", why_idle_in_augment},
                              {"mix.", why_idle_in_mix}};
  for (const Table& table : tables)
    if (key.starts_with(table.prefix)) return table.why(recipe, key.substr(table.prefix.size()));
  if (key == "evaluation.views_share") return unless(recipe.evaluation.views != "one", "evaluation.views is 'one'");
  return "";
}

std::string why_too_short(const Recipe& recipe, std::string_view key) {
  const auto epochs = static_cast<double>(recipe.epochs);
  const auto too_short = [&](bool enough, std::string_view consequence) {
    return unless(enough, core::concatenate("the training has ", recipe.epochs,
                                            recipe.epochs == 1 ? " epoch" : " epochs", ", so that ", consequence));
  };
  if (!why_idle(recipe, key).empty()) return "";
  const ScheduleOptions& schedule = recipe.schedule;
  if (key == "schedule.warmup_epochs")
    return too_short(schedule.warmup_epochs < epochs,
                     "the learning rate rises until its end and never reaches its highest");
  if (key == "schedule.tail_epochs")
    return too_short(schedule.tail_epochs < epochs, "the rate falls in a single step before the tail");
  if (key == "schedule.milestones" && !schedule.milestones.empty())
    return too_short(std::ranges::min(schedule.milestones) < epochs, "no milestone is reached");
  if (key == "resolution.epochs" && !recipe.resolution.epochs.empty())
    return too_short(recipe.resolution.epochs.back() < epochs, "the last sizes of the images are never reached");
  // The first epoch always counts as better than none.
  if (key == "early_stopping.patience" && recipe.early_stopping.patience > 0)
    return too_short(static_cast<double>(recipe.early_stopping.patience) + 1 < epochs,
                     "early stopping can never end it");
  return "";
}

}  // namespace reslab::recipe
