#include "reslab/cli/summary_text.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "reslab/cli/format.h"
#include "reslab/cli/table.h"
#include "reslab/core/error.h"
#include "reslab/core/json_text.h"
#include "reslab/core/quantity.h"

namespace reslab::cli {
namespace {

using models::LayerSummary;

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const std::int64_t side : shape) text += (text.empty() ? "" : ", ") + std::to_string(side);
  return "[" + text + "]";
}

// In steps of a thousand: "379.27 M".
std::string scaled(std::int64_t number) {
  constexpr std::array units{"", " k", " M", " G", " T", " P"};
  auto value = static_cast<double>(number);
  std::size_t unit = 0;
  for (; value >= 999.995 && unit + 1 < units.size(); ++unit) value /= 1000;
  return unit == 0 ? std::to_string(number) : format("%.2f%s", value, units[unit]);
}

std::string bytes_text(std::int64_t bytes) { return core::size_text(static_cast<std::uint64_t>(bytes)); }

// A layer may train its bias alone, or its weight.
const char* trained_text(const LayerSummary& layer) {
  if (layer.trainable == 0) return "no";
  return layer.trainable == layer.parameters ? "yes" : "partly";
}

Cells row(const LayerSummary& layer, const models::Summary& summary, int depth) {
  const bool sums = layer.container && layer.depth + 1 >= depth;  // its layers aren't shown
  const bool counted = (!layer.container || sums) && layer.parameters > 0;
  const double share = summary.parameters == 0
                           ? 0
                           : 100.0 * static_cast<double>(layer.parameters) / static_cast<double>(summary.parameters);
  return {std::string(2 * static_cast<std::size_t>(layer.depth), ' ') + layer.name,
          layer.type,
          layer.input.empty() ? "not run" : shape_text(layer.input),
          layer.output.empty() ? "not run" : shape_text(layer.output),
          layer.kernel > 0 ? format("%d×%d", static_cast<int>(layer.kernel), static_cast<int>(layer.kernel)) : "",
          counted ? grouped(layer.parameters) : "",
          counted ? format("%.2f %%", share) : "",
          counted ? scaled(layer.multiply_adds) : "",
          counted ? trained_text(layer) : ""};
}

constexpr std::size_t first_number = 5;  // from this column on, cells stand to the right

double mebibytes(std::int64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

nlohmann::ordered_json layer_json(const LayerSummary& layer) {
  return {{"path", layer.path},
          {"type", layer.type},
          {"container", layer.container},
          {"input", layer.input},
          {"output", layer.output},
          {"kernel", layer.kernel},
          {"parameters", layer.parameters},
          {"trainable", layer.parameters > 0 && layer.trainable == layer.parameters},
          {"trainable_parameters", layer.trainable},
          {"multiply_adds", layer.multiply_adds}};
}

}  // namespace

std::string grouped(std::int64_t number) {
  std::string text = std::to_string(number);
  for (auto place = static_cast<std::ptrdiff_t>(text.size()) - 3; place > (number < 0 ? 1 : 0); place -= 3)
    text.insert(static_cast<std::size_t>(place), ",");
  return text;
}

std::string summary_tree(const models::Summary& summary, int depth) {
  std::vector<Cells> rows{
      {"layer", "type", "input", "output", "kernel", "parameters", "share", "multiply-adds", "trainable"}};
  for (const LayerSummary& layer : summary.layers)
    if (layer.depth < depth) rows.push_back(row(layer, summary, depth));
  return summary.network + ", a batch of " + shape_text(summary.input) + "\n\n" + aligned(rows, first_number) +
         "\nparameters     " + grouped(summary.parameters) + " (" + grouped(summary.trainable) +
         " trainable)\nmultiply-adds  " + scaled(summary.multiply_adds) + " forward\nmemory         input " +
         bytes_text(summary.input_bytes) + ", activations and their gradients " + bytes_text(summary.activation_bytes) +
         ", parameters " + bytes_text(summary.parameter_bytes) + ": " + bytes_text(summary.total_bytes()) + "\n";
}

std::string summary_plain(const models::Summary& of_one_image) {
  const std::string line(64, '-');
  std::string text = line + "\n" + format("%20s  %25s %15s\n", "Layer (type)", "Output Shape", "Param #") +
                     std::string(64, '=') + "\n";
  int number = 0;
  std::int64_t outputs = 0;
  for (const LayerSummary& layer : of_one_image.layers) {
    if (layer.container || layer.output.empty()) continue;
    std::vector<std::int64_t> shape = layer.output;
    std::int64_t size = 1;
    for (const std::int64_t side : shape) size *= side;
    outputs += size;
    shape.front() = -1;
    text += format("%20s  %25s %15s\n", (layer.type + "-" + std::to_string(++number)).c_str(),
                   shape_text(shape).c_str(), grouped(layer.parameters).c_str());
  }
  const double input = mebibytes(of_one_image.input_bytes), pass = mebibytes(2 * 4 * outputs),
               parameters = mebibytes(of_one_image.parameter_bytes);
  return text + std::string(64, '=') + "\nTotal params: " + grouped(of_one_image.parameters) +
         "\nTrainable params: " + grouped(of_one_image.trainable) +
         "\nNon-trainable params: " + grouped(of_one_image.parameters - of_one_image.trainable) + "\n" + line +
         format(
             "\nInput size (MB): %.2f\nForward/backward pass size (MB): %.2f\nParams size (MB): %.2f\nEstimated "
             "Total Size (MB): %.2f\n",
             input, pass, parameters, input + pass + parameters) +
         line + "\n";
}

std::string summary_json(const models::Summary& summary) {
  nlohmann::ordered_json layers = nlohmann::ordered_json::array();
  for (const LayerSummary& layer : summary.layers) layers.push_back(layer_json(layer));
  const nlohmann::ordered_json json{{"network", summary.network},
                                    {"input", summary.input},
                                    {"layers", layers},
                                    {"parameters", summary.parameters},
                                    {"trainable", summary.trainable},
                                    {"multiply_adds", summary.multiply_adds},
                                    {"input_bytes", summary.input_bytes},
                                    {"activation_bytes", summary.activation_bytes},
                                    {"parameter_bytes", summary.parameter_bytes},
                                    {"total_bytes", summary.total_bytes()}};
  return core::json_text(json, 2) + "\n";
}

}  // namespace reslab::cli
