#include "reslab/train/operation_cost.h"

#include <ATen/TensorOperators.h>

#include <array>

namespace reslab::train {
namespace {

using Inputs = c10::ArrayRef<const c10::IValue>;

bool has_tensor(Inputs inputs, std::size_t place, std::int64_t dimensions) {
  return place < inputs.size() && inputs[place].isTensor() && inputs[place].toTensor().defined() &&
         inputs[place].toTensor().dim() == dimensions;
}

double numbers(const at::Tensor& tensor) { return static_cast<double>(tensor.numel()); }
double bytes(const at::Tensor& tensor) { return static_cast<double>(tensor.nbytes()); }
double length(const at::Tensor& tensor, std::int64_t dimension) { return static_cast<double>(tensor.size(dimension)); }

// Bytes of one number of `like`.
double width(const at::Tensor& like) { return static_cast<double>(like.element_size()); }

// Our 3×3 convolutions keep the map's size. Where they pool, whole maps are counted, with the row and the column that a
// pooling of an odd map leaves out.
OperationCost of_forward(const at::Tensor& input, const at::Tensor& weight, double pooled) {
  const double places = length(input, 0) * length(input, 2) * length(input, 3);
  return {.flop = 2 * places * numbers(weight),
          .bytes = bytes(input) + numbers(weight) * width(input) + places * length(weight, 0) * width(input) / pooled};
}

OperationCost of_input_gradient(const at::Tensor& gradient, const at::Tensor& weight, const at::Tensor& input) {
  const double places = length(input, 0) * length(input, 2) * length(input, 3);
  return {.flop = 2 * places * numbers(weight),
          .bytes = bytes(gradient) + numbers(weight) * width(gradient) + places * length(weight, 1) * width(gradient)};
}

OperationCost of_weight_gradient(const at::Tensor& gradient, const at::Tensor& input) {
  const double weights = 9 * length(gradient, 1) * length(input, 1);
  return {.flop = 2 * length(input, 0) * length(input, 2) * length(input, 3) * weights,
          .bytes = bytes(gradient) + bytes(input) + 4 * weights};
}

// aten::conv2d(input, weight, bias, stride, padding, …): places of the output by its usual formula, dilation 1.
OperationCost of_conv2d(Inputs inputs) {
  const at::Tensor &input = inputs[0].toTensor(), &weight = inputs[1].toTensor();
  double places = length(input, 0);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto side = [&](std::size_t place, std::int64_t otherwise) {
      const auto list = place < inputs.size() && inputs[place].isIntList() ? inputs[place].toIntVector()
                                                                           : std::vector<std::int64_t>{otherwise};
      return list.size() > i ? list[i] : list.front();
    };
    const auto dimension = static_cast<std::int64_t>(i) + 2;
    const std::int64_t steps = (input.size(dimension) + 2 * side(4, 0) - weight.size(dimension)) / side(3, 1);
    places *= static_cast<double>(steps + 1);
  }
  return {.flop = 2 * places * numbers(weight),
          .bytes = bytes(input) + bytes(weight) + places * length(weight, 0) * width(input)};
}

// aten::convolution_backward(gradient, input, weight, …, output_mask)
OperationCost of_convolution_backward(Inputs inputs) {
  const at::Tensor &gradient = inputs[0].toTensor(), &input = inputs[1].toTensor(), &weight = inputs[2].toTensor();
  std::array<bool, 2> wanted{true, true};
  if (inputs.back().isBoolList())
    for (std::size_t i = 0; i < 2; ++i) wanted[i] = inputs.back().toBoolList().get(i);
  const double one = 2 * length(gradient, 0) * length(gradient, 2) * length(gradient, 3) * numbers(weight);
  return {.flop = one * (wanted[0] + wanted[1]),
          .bytes = bytes(gradient) + bytes(input) + bytes(weight) + (wanted[0] ? bytes(input) : 0) +
                   (wanted[1] ? bytes(weight) : 0)};
}

// reslab::patch_bias_gradient(input, gradient, weight): what the filters give is computed anew, and summed with the
// gradient.
OperationCost of_patch_bias_gradient(const at::Tensor& input, const at::Tensor& gradient, const at::Tensor& weight) {
  const double places = length(gradient, 0) * length(gradient, 2) * length(gradient, 3);
  return {.flop = 2 * places * numbers(weight),
          .bytes = bytes(input) + bytes(gradient) + bytes(weight) + 4 * length(weight, 0)};
}

OperationCost of_product(const at::Tensor& a, const at::Tensor& b) {
  const double result = length(a, 0) * length(b, 1);
  return {.flop = 2 * result * length(a, 1), .bytes = bytes(a) + bytes(b) + result * width(a)};
}

OperationCost of_elements(Inputs inputs) {
  OperationCost cost;
  double largest = 0;
  for (const c10::IValue& input : inputs) {
    if (!input.isTensor() || !input.toTensor().defined()) continue;
    cost.bytes += bytes(input.toTensor());
    largest = std::max(largest, bytes(input.toTensor()));
  }
  cost.bytes += largest;
  return cost;
}

}  // namespace

OperationCost operation_cost(std::string_view name, Inputs inputs) {
  const auto tensor = [&](std::size_t place) -> const at::Tensor& { return inputs[place].toTensor(); };
  const bool two_maps = has_tensor(inputs, 0, 4) && has_tensor(inputs, 1, 4);
  if (two_maps && name == "reslab::conv3x3") return of_forward(tensor(0), tensor(1), 1);
  if (two_maps && name == "reslab::conv3x3_pool2") return of_forward(tensor(0), tensor(1), 4);
  if (two_maps && name == "reslab::conv3x3_input_gradient")
    return of_input_gradient(tensor(0), tensor(1), has_tensor(inputs, 2, 4) ? tensor(2) : tensor(0));
  if (two_maps && name == "reslab::conv3x3_weight_gradient") return of_weight_gradient(tensor(0), tensor(1));
  if (two_maps && (name == "aten::conv2d" || name == "aten::convolution" || name == "reslab::patch_conv"))
    return of_conv2d(inputs);
  if (two_maps && has_tensor(inputs, 2, 4) && name == "reslab::patch_bias_gradient")
    return of_patch_bias_gradient(tensor(0), tensor(1), tensor(2));
  if (two_maps && has_tensor(inputs, 2, 4) && name == "aten::convolution_backward")
    return of_convolution_backward(inputs);
  if (has_tensor(inputs, 0, 2) && has_tensor(inputs, 1, 2) && name == "aten::mm")
    return of_product(tensor(0), tensor(1));
  return of_elements(inputs);
}

}  // namespace reslab::train
