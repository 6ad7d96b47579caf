#include "reslab/recipe/fields.h"

#include <algorithm>
#include <cmath>

#include "reslab/core/error.h"
#include "reslab/core/nearest.h"
#include "reslab/models/network.h"
#include "reslab/recipe/augment_fields.h"
#include "reslab/recipe/model_fields.h"
#include "reslab/recipe/number.h"

namespace reslab::recipe {
namespace {

// Name and place come from one word, so a key is always called as its member is.
#define FIELD(member)                                                                \
#member, Access < decltype(std::declval <Recipe&>().member)> {                     \
    [](const Recipe& recipe) -> decltype((recipe.member)) { return recipe.member; }, \
        [](Recipe& recipe) -> decltype((recipe.member)) { return recipe.member; }    \
  }

constexpr Range share{.least = 0, .most = 1};
constexpr Range below_one{.least = 0, .most = 1, .most_included = false};
constexpr Range rate{.least = 0, .most = largest_lr, .least_included = false};
constexpr Range rate_or_none{.least = 0, .most = largest_lr};
constexpr Range factor{.least = 0, .most = 1e9};
constexpr Range divisor{.least = 1e-9, .most = 1e12};
constexpr Range pixels{.least = 1, .most = 4096};
constexpr Range count{.least = 1, .most = 1e6};

// The run, its data and the name of its network.
std::vector<Field> basic_fields() {
  return {
      {FIELD(name), "by which the recipe is known; left out, the file's name. Not inherited", {}, {}, false},
      {FIELD(description), "one line on what the recipe is. Not inherited", {}, {}, false},
      {FIELD(seed), "of every random number", {.least = 0, .most = 9007199254740992}},
      {FIELD(epochs), "passes over the training set", count},

      {FIELD(data.name), "a known data set, or a folder"},
      {FIELD(data.batch_size), "samples in a batch", count},
      {FIELD(data.drop_last), "leave out an epoch's last batch when it isn't full"},
      {FIELD(data.join_last), "a last batch of one sample joins the batch before it"},
      {FIELD(data.shuffle), "a new order in each epoch"},
      {FIELD(data.balance),
       "classes of unlike sizes count alike: drawn equally often, or weighted in the loss",
       {},
       {"none", "sampling", "loss"}},
      {FIELD(data.holdout),
       "training samples kept back to choose by, drawn by the seed; 0 for none",
       {.least = 0, .most = 1e9}},
      {FIELD(data.limit_batches),
       "only the first batches of each epoch and evaluation; 0 for all",
       {.least = 0, .most = 1e9}},
      {FIELD(data.overfit_batches),
       "train on and evaluate the same few batches, unaugmented; 0 for off",
       {.least = 0, .most = 1e9}},
      {FIELD(data.mean), "by channel, of pixels in [0, 1]; empty: computed from the training set", share},
      {FIELD(data.std), "likewise, the standard deviation; 0 counts as 1", share},

      {FIELD(pictures.size),
       "to which pictures are brought, in pixels: [side] or [height, width]; empty: all have one size", pixels},
      {FIELD(pictures.fit), "how, at evaluation", {}, {"crop", "pad", "stretch"}},
      {FIELD(pictures.resize),
       "crop: the shorter side before the middle is cut out; 0: size / 0.875",
       {.least = 0, .most = 4096}},
      {FIELD(pictures.background),
       "behind transparent pixels and around padded pictures: a value, or one for each channel",
       {.least = 0, .most = 255}},
      {FIELD(pictures.channels), "1 or 3; 0: 1 where all training pictures are grey, else 3", {.least = 0, .most = 3}},
      {FIELD(pictures.labels), "a file of paths and labels, in place of folders"},
      {FIELD(pictures.columns), "its columns: path=file,label=breed by name, path=1,label=2 without a header"},
      {FIELD(pictures.delimiter), "between its columns: a character, tab, or space for runs of blanks"},
      {FIELD(pictures.split), "shares of train, validation and test, where nobody gives the splits"},
      {FIELD(pictures.split_exact), "the shares hold within each class; one picture more can then move others"},
      {FIELD(pictures.split_seed), "of the splits alone", {.least = 0, .most = 9007199254740992}},
      {FIELD(pictures.splits), "splits.csv of an earlier run, whose splits are taken over"},
      {FIELD(pictures.group_by), "a regular expression over paths: pictures of one first group share a split"},
      {FIELD(pictures.damaged), "what is done with pictures that can be decoded in part", {}, {"skip", "use"}},

      {FIELD(model.name), "the network", {}, models::names()},
  };
}

// Images mixed with each other, and the loss.
std::vector<Field> loss_fields() {
  return {
      {FIELD(mix.name),
       "images of a batch, and their labels, mixed with each other; both: each in half of the batches",
       {},
       {"none", "mixup", "cutmix", "both"}},
      {FIELD(mix.mixup_alpha),
       "mixup: an image's own share is from Beta(this, this)",
       {.least = 0, .most = 100, .least_included = false}},
      {FIELD(mix.cutmix_alpha), "cutmix: likewise, of its area", {.least = 0, .most = 100, .least_included = false}},
      {FIELD(mix.probability), "that a batch is mixed", share},

      {FIELD(loss.name), "what is minimised", {}, {"cross_entropy"}},
      {FIELD(loss.label_smoothing), "share of the target spread over all classes", below_one},
      {FIELD(loss.reduction), "over a batch's samples", {}, {"mean", "sum"}},
      {FIELD(loss.l1), "factor of the sum of all parameters' absolute values", factor},
  };
}

// Optimisers and averages of the weights.
std::vector<Field> optimizer_fields() {
  return {
      {FIELD(optimizer.name),
       "how parameters move; muon: 3×3 filters by Muon, all else by SGD",
       {},
       {"sgd", "adamw", "muon"}},
      {FIELD(optimizer.lr),
       "the highest learning rate of parameters without a rate of their own; one_cycle has its own", rate},
      {FIELD(optimizer.head_lr), "of the last layer; 0: optimizer.lr", rate_or_none},
      {FIELD(optimizer.norm_lr), "of batch-norm's parameters; 0: optimizer.lr", rate_or_none},
      {FIELD(optimizer.bias_lr), "of biases, batch-norm's too; 0: as without this key", rate_or_none},
      {FIELD(optimizer.whitening_lr), "of the whitening layer's bias; 0: optimizer.lr", rate_or_none},
      {FIELD(optimizer.whitening_epochs), "after which that bias stays; its lr falls to 0 until then; 0: never",
       factor},
      {FIELD(optimizer.momentum), "where the schedule doesn't cycle it", below_one},
      {FIELD(optimizer.beta2), "adamw: of the squared gradients; momentum is its beta1", below_one},
      {FIELD(optimizer.eps),
       "adamw: added to the root of the squares",
       {.least = 0, .most = 1, .least_included = false}},
      {FIELD(optimizer.dampening), "of momentum", share},
      {FIELD(optimizer.nesterov), "Nesterov's momentum; needs momentum and no dampening"},
      {FIELD(optimizer.freeze), "a layer, such as layers.0, that is trained no more in the last freeze_epochs"},
      {FIELD(optimizer.freeze_epochs), "likewise; where all before it stays too, nothing there needs a gradient",
       factor},
      {FIELD(optimizer.weight_decay),
       "factor of the parameters added to their gradients; adamw: parameters shrink by lr times this instead", factor},
      {FIELD(optimizer.decay_per_step),
       "instead of it: weight_decay = this / the highest lr of each group of parameters", factor},
      {FIELD(optimizer.decay_norm_and_bias), "weight decay also acts on batch-norm's parameters and on biases"},
      {FIELD(optimizer.clip_value), "each element of a gradient is held within ± this; 0 for no limit", factor},
      {FIELD(optimizer.clip_norm), "the whole gradient's L2 norm is held to this; 0 for no limit", factor},
      {FIELD(optimizer.accumulate), "batches whose gradients are averaged for one step", count},
      {FIELD(optimizer.muon.lr),
       "of Muon's filters; under one_cycle its ratio to optimizer.lr counts, as of the groups' other rates", rate},
      {FIELD(optimizer.muon.momentum), "of Muon, unless the schedule cycles momentum", below_one},
      {FIELD(optimizer.muon.steps), "Newton–Schulz iterations", {.least = 1, .most = 100}},

      {FIELD(averaging.name), "of the weights over the steps", {}, {"none", "lookahead", "ema", "swa"}},
      {FIELD(averaging.every), "lookahead, swa: steps from one to the next", count},
      {FIELD(averaging.share),
       "lookahead: of the way from the slow weights to the new ones",
       {.least = 0, .most = 1, .least_included = false}},
      {FIELD(averaging.decay), "ema: what the average keeps of itself in a step", below_one},
      {FIELD(averaging.start_epoch), "ema, swa: from where on weights count", factor},
      {FIELD(averaging.last_epochs), "only in so many epochs before the end, lookahead too; 0: from start_epoch",
       factor},
  };
}

// What changes in the course of a run, and how it is judged.
std::vector<Field> schedule_fields() {
  return {
      {FIELD(resolution.epochs), "from which on the training images have the sides below; the first is 0", factor},
      {FIELD(resolution.sides), "in pixels, one for each; images are made smaller; empty: as they are", pixels},

      {FIELD(schedule.name),
       "learning rate and momentum by step",
       {},
       {"one_cycle", "constant", "linear", "cosine", "polynomial", "steps"}},
      {FIELD(schedule.warmup_epochs), "linear, cosine, polynomial, steps: from warmup_factor · lr to lr", factor},
      {FIELD(schedule.warmup_factor), "likewise: the first step's share of lr", share},
      {FIELD(schedule.final_factor), "linear, cosine, polynomial: the end's share of lr", share},
      {FIELD(schedule.tail_epochs), "likewise: the last epochs, in which lr keeps that share", factor},
      {FIELD(schedule.power),
       "polynomial: of what is left of the training",
       {.least = 0, .most = 100, .least_included = false}},
      {FIELD(schedule.milestones), "steps: epochs after which lr is multiplied by gamma", factor},
      {FIELD(schedule.gamma), "steps: the factor", share},
      {FIELD(schedule.max_lr), "one_cycle: the highest learning rate (the second phase's first)", rate},
      {FIELD(schedule.pct_start), "one_cycle: share of the steps in the first phase", share},
      {FIELD(schedule.anneal), "one_cycle: the curve of a phase", {}, {"cos", "linear"}},
      {FIELD(schedule.div_factor), "one_cycle: first lr = max_lr / this; below 1 it starts above max_lr", divisor},
      {FIELD(schedule.final_div_factor), "one_cycle: last lr = first lr / this", divisor},
      {FIELD(schedule.cycle_momentum), "one_cycle: momentum goes from max_momentum to base_momentum and back"},
      {FIELD(schedule.base_momentum), "one_cycle: the lowest momentum", below_one},
      {FIELD(schedule.max_momentum), "one_cycle: the highest momentum", below_one},

      {FIELD(evaluation.views),
       "of a test image, averaged, after the last epoch: itself; and its mirror image; and both shifted by a pixel two "
       "ways, or four",
       {},
       {"one", "mirror", "six", "ten"}},
      {FIELD(evaluation.views_share),
       "of the test images, the least confident, that are looked at by more than one view",
       {.least = 0, .most = 1, .least_included = false}},
      {FIELD(early_stopping.patience),
       "epochs without a better accuracy (or other metric) on the hold-out after which training ends; 0: never",
       {.least = 0, .most = 1e6}},
      {FIELD(early_stopping.metric),
       "by which epochs are compared on the hold-out, by patience and for the best weights, in place of accuracy",
       {},
       {"accuracy", "balanced_accuracy", "macro_f1", "loss"}},
      {FIELD(report.average_loss),
       "printed test loss: the mean, or the original's sum of batch means / samples",
       {},
       {"mean", "seed"}},
  };
}
#undef FIELD

const std::vector<Field>& table() {
  static const std::vector<Field> fields = [] {
    std::vector<Field> all;
    for (const auto& some :
         {basic_fields(), model_fields(), augment_fields(), loss_fields(), optimizer_fields(), schedule_fields()})
      all.insert(all.end(), some.begin(), some.end());
    return all;
  }();
  return fields;
}

// Whole numbers without an exponent.
std::string bound_text(double bound) {
  return std::abs(bound) < 1e15 && bound == std::floor(bound) ? core::concatenate(static_cast<std::int64_t>(bound))
                                                              : shortest_text(bound);
}

std::string range_text(const Range& range) {
  return core::concatenate(range.least_included ? "in [" : "in (", bound_text(range.least), ", ",
                           bound_text(range.most), range.most_included ? "]" : ")");
}

std::string_view last_name(std::string_view key) { return key.substr(key.rfind('.') + 1); }

// "a.b.c" is inside "a.b"; "a" is inside "".
std::string_view table_of(std::string_view key) {
  const std::size_t dot = key.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : key.substr(0, dot);
}

// Among keys of the same last name ("height" stands in three tables) the one that is nearest as a whole.
std::string nearest_by_last_name(std::string_view unknown) {
  std::string best;
  for (const Field& field : recipe_fields()) {
    if (last_name(field.key) != last_name(unknown)) continue;
    if (best.empty() || core::edit_distance(unknown, field.key) < core::edit_distance(unknown, best)) best = field.key;
  }
  return best;
}

}  // namespace

bool Range::contains(double number) const {
  return (least_included ? number >= least : number > least) && (most_included ? number <= most : number < most);
}

std::string Range::demand(double number) const {
  if (number <= least) return (least_included ? "at least " : "above ") + bound_text(least);
  if (number >= most) return (most_included ? "at most " : "below ") + bound_text(most);
  return "a number";
}

std::span<const Field> recipe_fields() { return table(); }

std::vector<const Field*> fields_of(const Recipe& recipe) {
  std::vector<const Field*> fields;
  for (const Field& field : recipe_fields())
    if ((!field.of_networks || says_something(recipe, field)) &&
        (!field.of_policies || policy_says_something(recipe, field)))
      fields.push_back(&field);
  return fields;
}

const Field* find_field(std::string_view key) {
  for (const Field& field : recipe_fields())
    if (key == field.key) return &field;
  return nullptr;
}

bool is_table(std::string_view name) {
  if (name.empty()) return true;
  return std::ranges::any_of(recipe_fields(), [&](const Field& field) {
    const std::string_view key = field.key;
    return key.starts_with(name) && key.size() > name.size() && key[name.size()] == '.';
  });
}

std::vector<std::string> names_in_table(std::string_view table_name) {
  std::vector<std::string> keys, tables;
  const std::string prefix = table_name.empty() ? "" : std::string(table_name) + ".";
  for (const Field& field : recipe_fields()) {
    const std::string_view key = field.key;
    if (!key.starts_with(prefix)) continue;
    const std::string_view rest = key.substr(prefix.size());
    const std::string name(rest.substr(0, rest.find('.')));
    std::vector<std::string>& names = name.size() == rest.size() ? keys : tables;
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  keys.insert(keys.end(), tables.begin(), tables.end());
  return keys;
}

std::string allowed_text() { return core::concatenate("one line of UTF-8 text of at most ", max_text_bytes, " bytes"); }

std::string allowed_values(const Field& field) {
  struct Describe {
    const Field& field;
    std::string operator()(const Access<bool>&) const { return "true or false"; }
    std::string operator()(const Access<std::int64_t>&) const { return "a whole number " + range_text(field.range); }
    std::string operator()(const Access<std::uint64_t>&) const { return "a whole number " + range_text(field.range); }
    std::string operator()(const Access<double>&) const {
      return "a number " + range_text(field.range) + ", or a fraction such as \"5/24\"";
    }
    std::string operator()(const Access<std::string>&) const {
      return field.choices.empty() ? allowed_text() : core::join(field.choices);
    }
    std::string operator()(const Access<std::vector<double>>&) const {
      return core::concatenate("a list of at most ", max_list_length, " numbers ", range_text(field.range));
    }
    std::string operator()(const Access<std::vector<std::string>>&) const {
      return "a list of " + core::join(field.choices) + ", each at most once";
    }
  };
  return std::visit(Describe{field}, field.access);
}

std::string nearest_key(std::string_view unknown) {
  const std::string_view own_table = table_of(unknown);
  if (is_table(own_table)) {
    const std::string name = core::nearest(last_name(unknown), names_in_table(own_table));
    if (!name.empty()) return own_table.empty() ? name : core::concatenate(own_table, ".", name);
  }
  // "lr" alone, or "optimizer.label_smoothing": the right name in the wrong place.
  if (std::string key = nearest_by_last_name(unknown); !key.empty()) return key;
  return core::nearest(unknown, recipe_keys());
}

}  // namespace reslab::recipe
