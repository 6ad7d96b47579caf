#include "reslab/cli/command.h"

namespace reslab::cli {

// Each is defined in the file of its name.
Action prepare_train(CLI::App& app);
Action prepare_resume(CLI::App& app);
Action prepare_extend(CLI::App& app);
Action prepare_verify_resume(CLI::App& app);
Action prepare_evaluate(CLI::App& app);
Action prepare_find_lr(CLI::App& app);
Action prepare_summary(CLI::App& app);
Action prepare_plot(CLI::App& app);
Action prepare_mistakes(CLI::App& app);
Action prepare_explain(CLI::App& app);
Action prepare_report(CLI::App& app);
Action prepare_runs(CLI::App& app);
Action prepare_experiment(CLI::App& app);
Action prepare_data(CLI::App& app);
Action prepare_doctor(CLI::App& app);
Action prepare_bench(CLI::App& app);
Action prepare_recipe(CLI::App& app);

std::span<const Command> commands() {
  static constexpr std::array table{
      Command{"train", "Train a recipe's network", prepare_train},
      Command{"experiment", "All in one go: summary, learning rate, training, pictures, report", prepare_experiment},
      Command{"resume", "Go on with a run from its last checkpoint", prepare_resume},
      Command{"extend", "Train a run for more epochs, in a new run, with its schedule rescaled", prepare_extend},
      Command{"verify-resume", "Kill and resume trainings, and prove that they end with the same bits",
              prepare_verify_resume},
      Command{"evaluate", "Loss, accuracy, classes and confusion of a run's network", prepare_evaluate},
      Command{"find-lr", "Which learning rate to train a recipe with", prepare_find_lr},
      Command{"summary", "The layers of a network, and what a batch costs in it", prepare_summary},
      Command{"plot", "Curves, confusion and calibration of runs as figures", prepare_plot},
      Command{"mistakes", "What a run's network gets wrong: gallery, table, suspected labels", prepare_mistakes},
      Command{"explain", "Where a run's network looks: class-activation maps and their faithfulness", prepare_explain},
      Command{"report", "All there is to see of runs, in one HTML file", prepare_report},
      Command{"runs", "List, compare and remove runs", prepare_runs},
      Command{"data", "Fetch, count and show data sets", prepare_data},
      Command{"recipe", "List, show and plot recipes", prepare_recipe},
      Command{"bench", "Where the time of a training step goes, and how near the machine's limit it is", prepare_bench},
      Command{"doctor", "What this machine offers, what is missing, how long recipes take", prepare_doctor},
  };
  return table;
}

}  // namespace reslab::cli
