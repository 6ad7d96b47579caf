// What holds parameters, buffers and other modules under PyTorch's names: the part of Module that a network
// here needs, of the same names and orders. The original's header brings TorchScript's with it, which every file that
// sees a network would pay for with a second of compile time (docs/decisions).
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace reslab::nn {

template <typename Value>
struct Named {
  std::string name;
  Value value;
};

/// Tensors by name, in order of registration, a module's own before its children's.
class NamedTensors : public std::vector<Named<at::Tensor>> {
 public:
  using std::vector<Named<at::Tensor>>::operator[];
  /// By name. One that isn't there is a defect of the program.
  at::Tensor operator[](std::string_view name) const;
};

class Module {
 public:
  Module() = default;
  virtual ~Module() = default;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  /// Of this module and, with `recurse`, of all below it; a child's names begin with its own and a dot.
  NamedTensors named_parameters(bool recurse = true) const;
  NamedTensors named_buffers(bool recurse = true) const;
  std::vector<at::Tensor> parameters(bool recurse = true) const;

  /// Directly below.
  const std::vector<Named<std::shared_ptr<Module>>>& named_children() const { return children_; }

  /// All below, each before its own children; this one first, under the name "", if it is asked for.
  std::vector<Named<const Module*>> named_modules(bool include_self = true) const;
  std::vector<Named<Module*>> named_modules(bool include_self = true);

  /// The name of its class, without namespaces.
  std::string type() const;

  /// Batch normalisation computes otherwise in training than in evaluation. A module is made for training.
  void train(bool on = true);
  void eval() { train(false); }
  bool is_training() const { return training_; }

  /// Moves parameters and buffers; who holds one of them sees it moved.
  void to(at::Device device);

 protected:
  // A name is taken once, is not empty and has no dot in it. All return what was given.
  at::Tensor register_parameter(const std::string& name, at::Tensor tensor, bool requires_grad = true);
  at::Tensor register_buffer(const std::string& name, at::Tensor tensor);

  template <typename Child>
  std::shared_ptr<Child> register_module(const std::string& name, std::shared_ptr<Child> child) {
    static_assert(std::is_base_of_v<Module, Child>);
    add_child(name, child);
    return child;
  }

 private:
  void check_new(const std::string& name) const;
  void add_child(const std::string& name, std::shared_ptr<Module> child);

  NamedTensors parameters_, buffers_;
  std::vector<Named<std::shared_ptr<Module>>> children_;
  bool training_ = true;
};

/// A module that only groups others under a name.
class ModuleGroup final : public Module {
 public:
  using Module::register_module;
};

}  // namespace reslab::nn
