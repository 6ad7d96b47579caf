// `reslab train --folds K`: cross-validation over a small set of pictures, and what the networks of all folds say
// together.
#pragma once

#include "reslab/cli/training.h"

namespace reslab::cli {

/// Trains the recipe `folds` times (pictures::fewest_folds to most_folds), in runs fold-1, fold-2, … of the folder
/// `name` ("" for one by time and recipe) among the runs: each tests the pictures of one fold and trains on the others,
/// so that every picture is predicted once, by a network that didn't train on it (pictures/folded.h). All have the
/// recipe's seed. What is finished there already stays, what was interrupted goes on. Writes folds.csv, campaign.csv,
/// predictions.csv, mistakes.csv and, unless flags.no_report, mistakes.png and report.html there. With `dry_run` it
/// prints the plan of the first fold after the same checks, and makes nothing.
///
/// Throws UserError for data that aren't picture files, for settings of splits or hold-outs, where the pictures can't
/// be divided so, and where they, their folds or the recipe aren't those that the campaign was begun with.
core::ExitCode run_folds(const recipe::Recipe& recipe, const TrainingFlags& flags, const std::string& name, int folds,
                         bool dry_run = false);

}  // namespace reslab::cli
