// `reslab doctor`: what this machine offers to training, what is missing, and how long each recipe will take.
#include <CLI/CLI.hpp>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>

#include "reslab/cli/command.h"
#include "reslab/cli/data_options.h"
#include "reslab/cli/diagnosis.h"
#include "reslab/cli/estimate.h"
#include "reslab/core/json_text.h"
#include "reslab/core/nearest.h"
#include "reslab/core/printable.h"
#include "reslab/core/quantity.h"

namespace reslab::cli {
namespace {

constexpr std::size_t page_width = 80, label_width = 13;  // columns

// A label and its text, wrapped at spaces, the text's lines below each other.
void row(const std::string& label, const std::string& text) {
  std::istringstream words(core::printable(text));
  std::string line = "  " + label;
  line.resize(std::max(line.size() + 1, label_width), ' ');
  const std::size_t indent = label_width;
  std::size_t used = line.size();
  bool first = true;
  for (std::string word; words >> word; first = false) {
    if (!first && used + 1 + word.size() > page_width) {
      std::cout << line << '\n';
      line = std::string(indent, ' ') + word;
      used = line.size();
      continue;
    }
    line += (first ? "" : " ") + word;
    used = line.size();
  }
  std::cout << line << '\n';
}

std::string threads_text(const Diagnosis& diagnosis) {
  const core::ThreadBudget& threads = diagnosis.machine.threads;
  return core::concatenate(diagnosis.compute.threads, " (", threads.online, " processors, ", threads.affinity,
                           " by affinity, ",
                           threads.quota ? core::concatenate("quota ", *threads.quota) : std::string("no quota"), ")");
}

std::string precision_text(const Diagnosis& diagnosis) {
  const bool bf16 = diagnosis.compute.activations == c10::kBFloat16;
  const std::string convolutions = train::convolution_instructions(diagnosis.compute);
  return std::string(diagnosis.compute.device.is_cuda() ? "cuda" : "cpu") +
         (bf16 ? ", bf16 activations (it has instructions for them)"
               : ", fp32 (no bf16 instructions: about half the speed)") +
         (convolutions.empty() ? "" : "; convolutions by " + convolutions);
}

std::string memory_text(const track::Machine& machine) {
  std::string text = core::size_text(machine.memory.total) + ", " + core::size_text(machine.memory.available) + " free";
  if (machine.memory.limit) text += ", limited to " + core::size_text(*machine.memory.limit);
  return text + "; huge pages: " + std::string(track::name(machine.huge_pages));
}

std::string data_text(const DataSet& data) {
  switch (data.state) {
    case DataState::verified: return data.name + ": verified, in " + data.folder.string();
    case DataState::damaged: return data.name + ": damaged, in " + data.folder.string();
    case DataState::missing: break;
  }
  return data.name + ": not there yet";
}

void print_machine(const Diagnosis& diagnosis) {
  const track::Machine& machine = diagnosis.machine;
  row("system", machine.system);
  row("processor", machine.processor.model);
  row("", machine.processor.flags.empty() ? "no vector instructions known" : core::join(machine.processor.flags));
  row("computes on", precision_text(diagnosis));
  row("threads", threads_text(diagnosis));
  row("memory", memory_text(machine));
  row("disk", diagnosis.cache.path.empty()
                  ? "no place for data is known"
                  : core::size_text(diagnosis.cache.free) + " free for data, in " + diagnosis.cache.path.string());
  row("", core::size_text(diagnosis.runs.free) + " free for runs, in " + diagnosis.runs.path.string());
  row("data", data_text(diagnosis.data));
  const auto has = [](bool yes) { return yes ? " yes" : " no"; };
  row("tools", std::string("gnuplot") + has(diagnosis.tools.gnuplot) + ", npm" + has(diagnosis.tools.npm) + ", PNG" +
                   has(diagnosis.tools.png));
}

void print_estimates(const Diagnosis& diagnosis) {
  if (diagnosis.rate) row("speed", core::concatenate(std::lround(*diagnosis.rate / 1e9), " GFLOP/s in training"));
  std::size_t longest = 0;
  for (const RecipeEstimate& recipe : diagnosis.recipes) longest = std::max(longest, recipe.recipe.size());
  std::cout << '\n';
  for (const RecipeEstimate& recipe : diagnosis.recipes) {
    std::cout << "  " << std::left << std::setw(static_cast<int>(longest)) << recipe.recipe << "  " << std::right
              << std::setw(11) << core::counted(recipe.epochs, "epoch");
    if (recipe.seconds)
      std::cout << "  about " << duration_text(*recipe.seconds) << ", "
                << duration_text(*recipe.seconds / static_cast<double>(recipe.epochs)) << " an epoch";
    std::cout << '\n';
  }
  if (const std::string load = load_text(diagnosis.other_processors.value_or(0)); !load.empty())
    std::cout << " " << load << '\n';
}

void print(const Diagnosis& diagnosis) {
  const core::Version& version = diagnosis.version;
  std::cout << "reslab " << version.number << " (" << version.commit.substr(0, 12)
            << (version.modified ? ", modified" : "") << "), libtorch " << diagnosis.build.libtorch << ", "
            << diagnosis.build.compiler << ", " << diagnosis.build.mode << "\n\n";
  print_machine(diagnosis);
  print_estimates(diagnosis);
  const std::vector<Warning> found = warnings(diagnosis);
  std::cout << (found.empty() ? "\nNothing stands in the way.\n" : "\nWorth changing:\n");
  for (const Warning& warning : found)
    std::cout << "  " << core::printable(warning.problem) << "\n    " << core::printable(warning.remedy) << '\n';
}

}  // namespace

Action prepare_doctor(CLI::App& app) {
  struct Options {
    DiagnosisOptions diagnosis;
    DataFlags data;
    bool json = false, no_estimate = false;
  };
  const auto options = std::make_shared<Options>();
  app.add_flag("--json", options->json, "Print JSON");
  app.add_flag("--no-estimate", options->no_estimate,
               "Leave out the speed test and the recipes' times (about 20 seconds)");
  add_cache_option(app, options->data);
  app.add_option("--runs-dir", options->diagnosis.runs_dir, "Where runs are kept")
      ->type_name("DIR")
      ->capture_default_str();
  return [options] {
    options->diagnosis.cache_dir = options->data.cache_dir;
    options->diagnosis.measure = !options->no_estimate;
    const Diagnosis diagnosis = diagnose(options->diagnosis);
    if (options->json)
      std::cout << core::json_text(to_json(diagnosis), 2) << '\n';
    else
      print(diagnosis);
    return core::ExitCode::ok;
  };
}

}  // namespace reslab::cli
