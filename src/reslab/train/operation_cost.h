// What an operation must compute and move, from its name and its arguments.
#pragma once

#include <ATen/core/ivalue.h>

#include <string_view>

namespace reslab::train {

struct OperationCost {
  double flop = 0;   ///< by the direct method, 2 a multiply-add; 0: not counted
  double bytes = 0;  ///< each operand read once, each result written once; 0: not known
};

/// `name` and `inputs` as at::RecordFunction has them. Counts libtorch's convolutions and matrix products, and the
/// operations of our own; of others, element by element, the bytes of their operands and of one result.
OperationCost operation_cost(std::string_view name, c10::ArrayRef<const c10::IValue> inputs);

}  // namespace reslab::train
