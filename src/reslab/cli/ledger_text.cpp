#include "reslab/cli/ledger_text.h"

#include <nlohmann/json.hpp>

#include "reslab/cli/format.h"
#include "reslab/cli/table.h"
#include "reslab/core/error.h"
#include "reslab/core/json_text.h"
#include "reslab/core/quantity.h"
#include "reslab/train/evaluate.h"

namespace reslab::cli {
namespace {

std::string tera(double flop) { return flop == 0 ? "–" : format("%.3f", flop / 1e12); }

nlohmann::ordered_json pass_json(const train::PassFlop& pass) {
  return {{"forward", pass.forward},
          {"input_gradient", pass.input_gradient},
          {"weight_gradient", pass.weight_gradient},
          {"total", pass.total()}};
}

Cells layer_row(const train::LayerFlop& layer, double all) {
  return {layer.path,
          layer.type,
          format("%.3f", layer.image / 1e6),
          tera(layer.training.forward),
          tera(layer.training.input_gradient),
          tera(layer.training.weight_gradient),
          format("%.2f %%", 100 * layer.training.total() / all)};
}

}  // namespace

std::string ledger_text(const recipe::Recipe& recipe, const train::FlopLedger& ledger) {
  std::vector<Cells> rows{{"layer", "type", "MFLOP an image", "forward", "input gradient", "weight gradient", "share"}};
  double image = 0;
  for (const train::LayerFlop& layer : ledger.layers) {
    rows.push_back(layer_row(layer, ledger.training.total()));
    image += layer.image;
  }
  rows.push_back({"all", "", format("%.3f", image / 1e6), tera(ledger.training.forward),
                  tera(ledger.training.input_gradient), tera(ledger.training.weight_gradient), "100.00 %"});
  return core::concatenate(
      recipe.name, ": ", core::counted(recipe.epochs, "epoch"), ", ", core::counted(ledger.steps, "step"), ", ",
      core::counted(ledger.images, "image"), "; of the training in TFLOP\n\n", aligned(rows, /*first_number=*/2),
      "\ntraining   ",
      format("%.4f PFLOP; a step takes %.3f TFLOP at first, %.3f at last", ledger.training.total() / 1e15,
             ledger.first_step / 1e12, ledger.last_step / 1e12),
      ledger.dropped > 0 ? format("\n           %.4f PFLOP without what a pooling of odd maps leaves out, which bf16 "
                                  "kernels don't compute",
                                  (ledger.training.total() - ledger.dropped) / 1e15)
                         : "",
      "\ntests      ",
      format("%.4f PFLOP, of which the last (views: %s) %.4f", ledger.tests / 1e15,
             train::describe(train::view_options(recipe.evaluation)).c_str(), ledger.last_test / 1e15),
      "\n\nConvolutions and linear layers by the direct method, 2 a multiply-add; gradients only "
      "where they are needed.\n");
}

std::string ledger_json(const recipe::Recipe& recipe, const train::FlopLedger& ledger) {
  nlohmann::ordered_json layers = nlohmann::ordered_json::array();
  for (const train::LayerFlop& layer : ledger.layers)
    layers.push_back(
        {{"path", layer.path}, {"type", layer.type}, {"image", layer.image}, {"training", pass_json(layer.training)}});
  const nlohmann::ordered_json json{{"recipe", recipe.name},
                                    {"recipe_hash", recipe::recipe_hash(recipe)},
                                    {"epochs", recipe.epochs},
                                    {"steps", ledger.steps},
                                    {"images", ledger.images},
                                    {"layers", layers},
                                    {"training", pass_json(ledger.training)},
                                    {"dropped", ledger.dropped},
                                    {"first_step", ledger.first_step},
                                    {"last_step", ledger.last_step},
                                    {"tests", ledger.tests},
                                    {"last_test", ledger.last_test}};
  return core::json_text(json, 2) + "\n";
}

}  // namespace reslab::cli
