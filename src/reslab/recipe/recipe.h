// A recipe: everything that decides what a training run computes.
//
// Recipes are TOML files. `inherit = "original"` starts from another recipe; every key can be set from the command line
// (`--set loss.label_smoothing=0.1`). Unknown keys are errors. The resolved recipe, with every key written out, is kept
// in the run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reslab/models/options.h"

namespace reslab::recipe {

struct DataOptions {
  std::string name = "cifar10";
  std::int64_t batch_size = 512;  ///< samples, ≥ 1
  bool drop_last = false;         ///< leave out an epoch's last batch when it isn't full
  bool join_last = false;         ///< a last batch of one sample joins the batch before it
  bool shuffle = true;
  /// How classes of unlike sizes count alike: "none"; "sampling" (data/balanced_order.h); "loss" (train/loss.h).
  std::string balance = "none";
  std::int64_t holdout = 0;          ///< samples of the training set kept back, chosen by the seed; 0 for none
  std::int64_t limit_batches = 0;    ///< only the first so many batches of an epoch and of an evaluation; 0 for all
  std::int64_t overfit_batches = 0;  ///< train on and evaluate only so many batches' samples, unaugmented; 0 for off
  std::vector<double> mean;          ///< by channel, of pixels in [0, 1]; empty: computed from the training set
  std::vector<double> std;           ///< likewise; > 0
};

/// Data sets of picture files. `size`, `fit`, `resize` and `background` hold for any data set, the others for those
/// alone.
struct PictureSettings {
  /// To which images are brought, in pixels: one side, or height and width. Empty: they all have one size, and keep it.
  std::vector<double> size;
  std::string fit = "crop";                ///< how, at evaluation: "crop", "pad" or "stretch" (data::FitKind)
  std::int64_t resize = 0;                 ///< crop: the shorter side before the middle is cut out; 0: size ÷ 0.875
  std::vector<double> background = {255};  ///< behind transparent pixels and around padded pictures, in [0, 255]
  std::int64_t channels = 0;               ///< 1 or 3; 0: 1 where all training pictures are grey, else 3
  std::string labels;                      ///< a file of paths and labels, in place of folders; a whole path
  std::string columns, delimiter = ",";    ///< of that file: see pictures/labels.h
  std::string split = "80/10/10";          ///< shares of train, validation and test, where nobody gives the splits
  bool split_exact = false;                ///< the shares hold within each class; then one picture more can move others
  std::int64_t split_seed = 0;             ///< of the splits alone
  std::string splits;                      ///< an earlier splits.csv; a whole path
  std::string group_by;                    ///< a regular expression whose first group keeps pictures together
  std::string damaged = "skip";            ///< or "use": pictures that can be decoded in part
};

struct ModelOptions {
  std::string name = "custom_resnet";
  /// model.width and what other options the network has (models::NetworkKind), by their names; those that aren't here
  /// have the network's initial values. Some may be another network's: they count for nothing.
  models::OptionValues values = {};

  /// For models::create: those that are the network's.
  models::OptionValues own_values() const;
};

/// Which policies, in which order (augment::kinds()), and their options.
struct AugmentOptions {
  std::vector<std::string> policies;  ///< of augment::names(), and one_of
  /// The policy one_of: one of these policies for each image, or none of them where the sum is below 1.
  struct {
    std::vector<std::string> policies;  ///< of augment::names()
    std::vector<double> probabilities;  ///< in [0, 1], one for each; empty: equally likely
  } one_of;
  /// By policy and option, "pad.height"; those that aren't here have the policy's initial values. Some may be of
  /// policies that aren't used: they count for nothing.
  core::OptionValues values = {};

  /// Those of one policy, by the option's name.
  core::OptionValues of(const std::string& policy) const;

  /// Whether images get it: by itself, or as one that one_of may choose.
  bool uses(std::string_view policy) const;
};

/// How the images of a batch are mixed with each other: see augment/mix.h.
struct MixSettings {
  std::string name = "none";  ///< or "mixup", "cutmix", "both": each takes half of the batches
  double mixup_alpha = 0.2;   ///< (0, 100]
  double cutmix_alpha = 1;    ///< (0, 100]
  double probability = 1;     ///< [0, 1], that a batch is mixed
};

struct LossOptions {
  std::string name = "cross_entropy";
  double label_smoothing = 0;      ///< in [0, 1)
  std::string reduction = "mean";  ///< over a batch's samples: "mean" or "sum"
  double l1 = 0;                   ///< factor of Σ|w| over all parameters, ≥ 0
};

struct OptimizerOptions {
  std::string name = "sgd";  ///< or "adamw"; or "muon": Muon for 3×3 filters, SGD for all else
  double lr = 0.01;          ///< > 0; the highest, where the schedule has none of its own
  /// Other highest rates for groups of parameters; 0: lr. Of the last layer; of batch-norm's parameters; of biases,
  /// where they differ from that; of the whitening layer's bias, which is trained in the first epochs only.
  double head_lr = 0, norm_lr = 0, bias_lr = 0, whitening_lr = 0;
  double whitening_epochs = 0;  ///< ≥ 0; its lr falls to 0 there and it is trained no more; 0: like the rest
  struct {
    double lr = 0.24;        ///< > 0
    double momentum = 0.6;   ///< [0, 1)
    std::int64_t steps = 3;  ///< Newton–Schulz iterations, ≥ 1
  } muon;
  double momentum = 0.9;  ///< [0, 1)
  double beta2 = 0.999;   ///< adamw: [0, 1); its beta1 is the momentum
  double eps = 1e-8;      ///< adamw: > 0
  double dampening = 0;   ///< [0, 1]
  bool nesterov = false;
  std::string freeze;               ///< a layer, "layers.0": with all in it, trained no more in the last freeze_epochs
  double freeze_epochs = 0;         ///< ≥ 0
  double weight_decay = 0;          ///< ≥ 0, added to the gradient
  double decay_per_step = 0;        ///< ≥ 0; instead: weight_decay = this ÷ the highest lr of each group
  bool decay_norm_and_bias = true;  ///< whether weight_decay also acts on batch-norm's parameters and biases
  double clip_value = 0;            ///< each element of the gradient to ± this; 0 for none
  double clip_norm = 0;             ///< the gradient's L2 norm to at most this; 0 for none
  std::int64_t accumulate = 1;      ///< batches whose gradients are averaged for one step, ≥ 1
};

struct AveragingOptions {
  std::string name = "none";  ///< or "lookahead", "ema", "swa": see optim/averaging.h
  std::int64_t every = 5;     ///< lookahead, swa: steps, ≥ 1
  double share = 0.5;         ///< lookahead: of the way to the new weights, (0, 1]
  double decay = 0.999;       ///< ema: [0, 1)
  double start_epoch = 0;     ///< ema, swa: from where on it counts, ≥ 0
  double last_epochs = 0;     ///< instead: how long before the end it begins to count; 0: by start_epoch
};

struct ResolutionSettings {
  std::vector<double> epochs;  ///< from which on; whole numbers, rising from 0
  std::vector<double> sides;   ///< of the training images, in pixels; whole numbers, as many; empty: as they are
};

struct EarlyStopping {
  std::int64_t patience = 0;  ///< epochs that are no better on the hold-out after which training ends; 0: off
  /// By which epochs are compared on the hold-out: or "balanced_accuracy", "macro_f1", "loss".
  std::string metric = "accuracy";
};

struct ScheduleOptions {
  std::string name = "one_cycle";  ///< or "constant", "linear", "cosine", "polynomial", "steps"
  double warmup_epochs = 0;        ///< the last four: from warmup_factor · lr to lr
  double warmup_factor = 0;        ///< in [0, 1]
  double final_factor = 0;         ///< linear, cosine, polynomial: the end's share of lr, in [0, 1]
  double tail_epochs = 0;          ///< likewise: last epochs in which lr keeps that share, ≥ 0
  double power = 1;                ///< polynomial, > 0
  std::vector<double> milestones;  ///< steps: epochs after which lr is multiplied by gamma
  double gamma = 0.1;              ///< in [0, 1]
  double max_lr = 0.1;
  double pct_start = 0.3;         ///< share of the steps in which lr rises, in [0, 1]; a fraction may be written "5/24"
  std::string anneal = "cos";     ///< or "linear"
  double div_factor = 25;         ///< first lr = max_lr / div_factor; > 0
  double final_div_factor = 1e4;  ///< last lr = first lr / final_div_factor; > 0
  bool cycle_momentum = true;
  double base_momentum = 0.85, max_momentum = 0.95;
};

/// Test-time augmentation: after the last epoch the outputs for several views of a test image are averaged.
struct EvaluationSettings {
  std::string views = "one";  ///< "one", "mirror" (and its mirror image) "six" or "ten" (shifted by a pixel as well)
  double views_share = 1;     ///< (0, 1]: test-time augmentation of so many of the images, the least confident
};

struct ReportOptions {
  /// "mean": the mean loss over the test samples. "seed": the original's printed average, Σ batch means ÷ samples.
  std::string average_loss = "mean";
};

struct Recipe {
  std::string name;          ///< by which it is found; "" for one made in memory
  std::string description;   ///< one line
  std::uint64_t seed = 0;    ///< in [0, 2⁵³]
  std::int64_t epochs = 24;  ///< ≥ 1
  DataOptions data;
  PictureSettings pictures;
  ModelOptions model;
  AugmentOptions augment;
  MixSettings mix;
  LossOptions loss;
  OptimizerOptions optimizer;
  AveragingOptions averaging;
  ResolutionSettings resolution;
  ScheduleOptions schedule;
  EvaluationSettings evaluation;
  EarlyStopping early_stopping;
  ReportOptions report;
};

/// `key=value` pairs as `--set` gives them, applied in order. A value is TOML where it can be read so, and else plain
/// text: `model.name=custom_resnet`, `schedule.pct_start=5/24`, `augment.policies=[pad, cutout]` need no quotes.
using Overrides = std::vector<std::pair<std::string, std::string>>;

/// Splits "key=value". Throws UserError when there is no '='.
std::pair<std::string, std::string> parse_override(std::string_view text);

/// Where recipes are looked for by name, first to last: the folders of $RESLAB_RECIPES (separated by colons), then
/// the program's own: recipes/ of the source tree it was built from, or share/reslab/recipes where it is installed.
std::vector<std::filesystem::path> recipe_folders();

struct RecipeFile {
  std::string name;
  std::filesystem::path path;
  std::string description;
};

/// All recipes in the folders, sorted by name. Of equal names the first folder's stands. A file that can't be read as a
/// recipe says so in place of its description.
std::vector<RecipeFile> list_recipes();

/// Reads a recipe by name or by path of a .toml file, follows `inherit`, applies the overrides, and checks every value.
/// Throws UserError that names the key, what was found and what is allowed (the nearest key for an unknown one).
/// Tables merge key by key, lists are replaced whole. `inherit` takes a name or a path; both are looked for beside the
/// file first.
Recipe load_recipe(const std::string& name_or_path, const Overrides& overrides = {});

/// The same from text; `source`, a path or a word for where it came from, is named in errors.
Recipe parse_recipe(std::string_view toml, const std::string& source, const Overrides& overrides = {});

/// The keys that the file itself sets, without those that it inherits; nothing is checked but that it is TOML. Throws
/// as load_recipe does where there is no such file.
std::vector<std::string> keys_in_file(const std::string& name_or_path);

/// Every key with its value, as TOML that parse_recipe reads back to the same recipe. Of the options of networks those
/// of its own, and others that are set to something.
std::string to_toml(const Recipe& recipe);

/// SHA-256 of the resolved recipe without name, description and keys at their initial value: equal for runs that
/// compute the same, and the same in later versions that know more keys.
std::string recipe_hash(const Recipe& recipe);

/// Throws UserError when a value isn't allowed or two don't go together. What load_recipe and parse_recipe return has
/// passed; a recipe made or changed in memory should.
void check_recipe(const Recipe& recipe);

/// All keys, dotted, in the order of to_toml.
std::vector<std::string> recipe_keys();

/// One key, for the manual.
struct KeyDescription {
  std::string key;
  std::string initial;  ///< value where no recipe gives one, as TOML
  std::string allowed;
  std::string meaning;
};

/// The same keys in the same order.
std::vector<KeyDescription> describe_keys();

}  // namespace reslab::recipe
