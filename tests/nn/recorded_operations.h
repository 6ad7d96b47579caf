// The operations that a piece of code runs, by name, as they tell at::RecordFunction of themselves: which kernels it
// took.
#pragma once

#include <ATen/record_function.h>

#include <map>
#include <memory>
#include <string>

namespace reslab::nn::test {

/// Of this thread, also those that others call: "reslab::norm_activation", "aten::gelu", … with the number of calls. A
/// backward pass on a CPU runs on the thread that asks for it.
template <typename Work>
std::map<std::string, int> recorded_operations(const Work& work) {
  static thread_local std::map<std::string, int> calls;
  calls.clear();
  const at::CallbackHandle handle = at::addThreadLocalCallback(
      at::RecordFunctionCallback([](const at::RecordFunction& function) -> std::unique_ptr<at::ObserverContext> {
        ++calls[function.name()];
        return nullptr;
      }).scopes({at::RecordScope::FUNCTION}));
  work();
  at::removeCallback(handle);
  return calls;
}

}  // namespace reslab::nn::test
