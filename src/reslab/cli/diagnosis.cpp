#include "reslab/cli/diagnosis.h"

#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "reslab/cli/estimate.h"
#include "reslab/core/error.h"
#include "reslab/core/other_load.h"
#include "reslab/fetch/cache.h"
#include "reslab/fetch/datasets.h"
#include "reslab/recipe/recipe.h"
#include "reslab/train/probe.h"

namespace reslab::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

Place place_of(const fs::path& path) {
  if (path.empty()) return {};
  std::error_code error;
  fs::path existing = fs::absolute(path, error);
  while (!fs::exists(existing, error) && existing.has_relative_path()) existing = existing.parent_path();
  const fs::space_info space = fs::space(existing, error);
  return {.path = path, .free = error ? 0 : space.available};
}

DataSet find_dataset(const fetch::NamedDataset& dataset, const fs::path& cache) {
  if (cache.empty()) return {.name = dataset.info.name};
  DataSet found{.name = dataset.info.name, .folder = dataset.folder(cache)};
  std::error_code error;
  if (!fs::exists(found.folder, error)) return found;
  found.fault = dataset.fault(found.folder);
  found.state = found.fault.empty() ? DataState::verified : DataState::damaged;
  return found;
}

bool in_path(const std::string& program) {
  const char* const variable = std::getenv("PATH");
  std::string_view rest = variable == nullptr ? "" : variable;
  while (!rest.empty()) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
    if (::access((fs::path(folder) / program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

Tools find_tools() {
  Tools tools{.gnuplot = in_path("gnuplot"), .npm = in_path("npm")};
#ifdef RESLAB_HAS_PNG
  tools.png = true;
#endif
  return tools;
}

// `rate`: train::training_rate, or nothing where no times are asked for.
std::vector<RecipeEstimate> estimates(const train::Compute& compute, std::optional<double> rate) {
  std::vector<RecipeEstimate> result;
  for (const recipe::RecipeFile& file : recipe::list_recipes()) {
    try {
      const recipe::Recipe recipe = recipe::load_recipe(file.path.string());
      RecipeEstimate estimate{.recipe = file.name, .epochs = recipe.epochs};
      // Few images: a look at the machine must take neither the memory nor the time that a training needs.
      if (const fetch::NamedDataset* const data = rate ? fetch::find_dataset(recipe.data.name) : nullptr)
        if (const auto plan = train::training_times(recipe, timed_data(*data), compute, train::images_for(*rate)))
          estimate.seconds = plan->total();
      result.push_back(estimate);
    } catch (const core::UserError&) {
      // `reslab recipe list` says what is wrong with it.
    }
  }
  return result;
}

std::string_view state_name(DataState state) {
  switch (state) {
    case DataState::verified: return "verified";
    case DataState::damaged: return "damaged";
    case DataState::missing: break;
  }
  return "missing";
}

Json place_json(const Place& place) {
  if (place.path.empty()) return {{"path", nullptr}, {"free_bytes", nullptr}};
  return {{"path", place.path.string()}, {"free_bytes", place.free}};
}

template <typename Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

Json machine_json(const Diagnosis& diagnosis) {
  const track::Machine& machine = diagnosis.machine;
  return {{"system", machine.system},
          {"processor", machine.processor.model},
          {"instructions", machine.processor.flags},
          {"convolutions", train::convolution_instructions(diagnosis.compute)},
          {"threads",
           {{"online", machine.threads.online},
            {"affinity", machine.threads.affinity},
            {"quota", or_null(machine.threads.quota)},
            {"used", diagnosis.compute.threads}}},
          {"memory",
           {{"total_bytes", machine.memory.total},
            {"available_bytes", machine.memory.available},
            {"limit_bytes", or_null(machine.memory.limit)}}},
          {"huge_pages", track::name(machine.huge_pages)},
          {"cuda", machine.cuda}};
}

}  // namespace

Diagnosis diagnose(const DiagnosisOptions& options) {
  // Without one, everything else can still be told.
  const fs::path cache = fetch::find_cache_folder(options.cache_dir).value_or("");
  Diagnosis diagnosis{.cache_dir = options.cache_dir,
                      .version = core::version(),
                      .build = track::this_build(),
                      .machine = track::this_machine(),
                      .compute = train::resolve_compute({}),
                      .cache = place_of(cache),
                      .runs = place_of(options.runs_dir),
                      .data = find_dataset(fetch::named_datasets().front(), cache),
                      .tools = find_tools()};
  const core::OtherLoad load;
  if (options.measure) diagnosis.rate = train::training_rate(diagnosis.compute);
  diagnosis.recipes = estimates(diagnosis.compute, diagnosis.rate);
  if (options.measure) diagnosis.other_processors = load.processors();
  return diagnosis;
}

Json to_json(const Diagnosis& diagnosis) {
  Json recipes = Json::array(), found = Json::array();
  for (const RecipeEstimate& recipe : diagnosis.recipes)
    recipes.push_back({{"recipe", recipe.recipe}, {"epochs", recipe.epochs}, {"seconds", or_null(recipe.seconds)}});
  for (const Warning& warning : warnings(diagnosis))
    found.push_back({{"problem", warning.problem}, {"remedy", warning.remedy}});
  return {{"reslab",
           {{"version", diagnosis.version.number},
            {"commit", diagnosis.version.commit},
            {"modified", diagnosis.version.modified}}},
          {"libtorch", diagnosis.build.libtorch},
          {"compiler", diagnosis.build.compiler},
          {"build", diagnosis.build.mode},
          {"machine", machine_json(diagnosis)},
          {"device", diagnosis.compute.device.is_cuda() ? "cuda" : "cpu"},
          {"precision", diagnosis.compute.precision()},
          {"disk", {{"cache", place_json(diagnosis.cache)}, {"runs", place_json(diagnosis.runs)}}},
          {"data",
           {{"name", diagnosis.data.name},
            {"folder", diagnosis.data.folder.string()},
            {"state", state_name(diagnosis.data.state)},
            {"fault", diagnosis.data.fault}}},
          {"tools", {{"gnuplot", diagnosis.tools.gnuplot}, {"npm", diagnosis.tools.npm}, {"png", diagnosis.tools.png}}},
          {"training_flop_per_second", or_null(diagnosis.rate)},
          {"other_processors_busy", or_null(diagnosis.other_processors)},
          {"recipes", recipes},
          {"warnings", found}};
}

}  // namespace reslab::cli
