#include "reslab/explain/randomisation.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <span>

#include "reslab/core/error.h"
#include "reslab/core/order.h"
#include "reslab/explain/random_stream.h"
#include "reslab/nn/layer.h"
#include "reslab/nn/state.h"

namespace reslab::explain {
namespace {

// Gives a network the weights back that it had.
class KeptState {
 public:
  explicit KeptState(const models::Network& network) : state_(nn::state_of(network)) {
    copies_.reserve(state_.size());
    for (const auto& [name, tensor] : state_) copies_.push_back(tensor.detach().clone());
  }
  ~KeptState() {
    const at::NoGradGuard no_grad;
    for (std::size_t i = 0; i < copies_.size(); ++i) state_[i].second.copy_(copies_[i]);
  }
  KeptState(const KeptState&) = delete;
  KeptState& operator=(const KeptState&) = delete;

 private:
  nn::State state_;
  std::vector<at::Tensor> copies_;
};

// Whether the part had anything to draw.
bool randomise(nn::Module& part, core::Random& random) {
  const at::NoGradGuard no_grad;
  bool drawn = false;
  for (const auto& module : part.named_modules()) {
    auto* const layer = dynamic_cast<nn::Layer*>(module.value);
    if (layer == nullptr || layer->parameters(/*recurse=*/false).empty()) continue;
    layer->reset_parameters(random);
    drawn = true;
  }
  return drawn;
}

// Places in ascending order, equal values sharing their mean; NaN stands last.
std::vector<double> ranks_of(const at::Tensor& values) {
  const at::Tensor flat = values.flatten().to(at::kDouble).contiguous();
  const std::span data(flat.const_data_ptr<double>(), static_cast<std::size_t>(flat.numel()));
  std::vector<std::size_t> order(data.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, core::lowest_first, [&](std::size_t i) { return data[i]; });
  std::vector<double> ranks(data.size());
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && core::same_place(data[order[end]], data[order[begin]])) ++end;
    for (std::size_t i = begin; i < end; ++i) ranks[order[i]] = static_cast<double>(begin + end - 1) / 2;
  }
  return ranks;
}

std::optional<double> mean_correlation(const at::Tensor& a, const at::Tensor& b) {
  double sum = 0;
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < a.size(0); ++i)
    if (const auto correlation = rank_correlation(a[i], b[i])) sum += *correlation, ++count;
  return count == 0 ? std::nullopt : std::optional(sum / static_cast<double>(count));
}

}  // namespace

std::optional<double> rank_correlation(const at::Tensor& a, const at::Tensor& b) {
  RESLAB_ASSERT(a.numel() == b.numel() && a.numel() > 0, a.sizes(), ", ", b.sizes());
  const std::vector<double> first = ranks_of(a), second = ranks_of(b);
  const double middle = static_cast<double>(first.size() - 1) / 2;
  double products = 0, squares_a = 0, squares_b = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    const double x = first[i] - middle, y = second[i] - middle;
    products += x * y;
    squares_a += x * x;
    squares_b += y * y;
  }
  if (squares_a == 0 || squares_b == 0) return std::nullopt;
  return products / std::sqrt(squares_a * squares_b);
}

std::vector<RandomisedPart> weight_randomisation(models::Network& network, const std::function<at::Tensor()>& maps_of,
                                                 std::uint64_t seed) {
  const at::Tensor trained = maps_of();
  const KeptState kept(network);
  const auto& parts = network.named_children();
  std::vector<RandomisedPart> result;
  for (std::size_t i = parts.size(); i-- > 0;) {
    core::Random random({.seed = seed, .stream = explain_stream, .epoch = static_cast<std::uint32_t>(i)});
    if (randomise(*parts[i].value, random))
      result.push_back({.part = parts[i].name, .correlation = mean_correlation(trained, maps_of())});
  }
  return result;
}

}  // namespace reslab::explain
