#include "reslab/nn/module.h"

#include <ATen/TensorOperators.h>
#include <c10/util/Type.h>

#include <algorithm>
#include <typeinfo>

#include "reslab/core/error.h"

namespace reslab::nn {
namespace {

// The module and all below it, each before its children, by full name.
template <typename Pointer>
void list(Pointer module, const std::string& name, std::vector<Named<Pointer>>& modules) {
  modules.push_back({name, module});
  for (const auto& child : module->named_children())
    list<Pointer>(child.value.get(), name.empty() ? child.name : name + '.' + child.name, modules);
}

template <typename Pointer>
std::vector<Named<Pointer>> all(Pointer module, bool include_self) {
  std::vector<Named<Pointer>> modules;
  list<Pointer>(module, "", modules);
  if (!include_self) modules.erase(modules.begin());
  return modules;
}

}  // namespace

at::Tensor NamedTensors::operator[](std::string_view name) const {
  const auto found = std::ranges::find(*this, name, &Named<at::Tensor>::name);
  RESLAB_ASSERT(found != end(), "no tensor is named '", name, "'");
  return found->value;
}

std::vector<Named<const Module*>> Module::named_modules(bool include_self) const { return all(this, include_self); }
std::vector<Named<Module*>> Module::named_modules(bool include_self) { return all(this, include_self); }

namespace {

NamedTensors tensors_of(const Module& root, bool recurse, NamedTensors (Module::*own)(bool) const) {
  NamedTensors tensors;
  for (const auto& module : root.named_modules()) {
    for (auto& [name, tensor] : (module.value->*own)(false))
      tensors.push_back({module.name.empty() ? name : module.name + '.' + name, tensor});
    if (!recurse) break;
  }
  return tensors;
}

}  // namespace

NamedTensors Module::named_parameters(bool recurse) const {
  return recurse ? tensors_of(*this, recurse, &Module::named_parameters) : parameters_;
}

NamedTensors Module::named_buffers(bool recurse) const {
  return recurse ? tensors_of(*this, recurse, &Module::named_buffers) : buffers_;
}

std::vector<at::Tensor> Module::parameters(bool recurse) const {
  std::vector<at::Tensor> tensors;
  for (auto& parameter : named_parameters(recurse)) tensors.push_back(parameter.value);
  return tensors;
}

std::string Module::type() const {
  const std::string name = c10::demangle(typeid(*this).name());
  const std::size_t colon = name.rfind(':');
  return colon == std::string::npos ? name : name.substr(colon + 1);
}

void Module::train(bool on) {
  for (const auto& module : named_modules()) module.value->training_ = on;
}

void Module::to(at::Device device) {
  for (const NamedTensors& tensors : {named_parameters(), named_buffers()})
    for (const auto& tensor : tensors) tensor.value.set_data(tensor.value.to(device));
}

void Module::check_new(const std::string& name) const {
  RESLAB_ASSERT(!name.empty() && name.find('.') == std::string::npos, "'", name, "' can't be a name");
  const auto is_taken = [&](const auto& list) {
    return std::ranges::any_of(list, [&](const auto& item) { return item.name == name; });
  };
  RESLAB_ASSERT(!is_taken(parameters_) && !is_taken(buffers_) && !is_taken(children_), "'", name,
                "' is registered twice");
}

at::Tensor Module::register_parameter(const std::string& name, at::Tensor tensor, bool requires_grad) {
  check_new(name);
  tensor.set_requires_grad(requires_grad);
  parameters_.push_back({name, tensor});
  return tensor;
}

at::Tensor Module::register_buffer(const std::string& name, at::Tensor tensor) {
  check_new(name);
  buffers_.push_back({name, tensor});
  return tensor;
}

void Module::add_child(const std::string& name, std::shared_ptr<Module> child) {
  check_new(name);
  RESLAB_ASSERT(child != nullptr, "no module for '", name, "'");
  children_.push_back({name, std::move(child)});
}

}  // namespace reslab::nn
