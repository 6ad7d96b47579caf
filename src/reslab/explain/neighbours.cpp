#include "reslab/explain/neighbours.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/matmul.h>

#include <algorithm>
#include <numeric>

#include "reslab/core/error.h"
#include "reslab/core/order.h"

namespace reslab::explain {
namespace {

constexpr std::int64_t queries_at_a_time = 128;  // 128 × 50,000 similarities are 26 MB

at::Tensor unit_rows(const at::Tensor& rows) {
  RESLAB_ASSERT(rows.dim() == 2 && rows.scalar_type() == at::kFloat && rows.is_cpu(), rows.sizes());
  return rows / rows.norm(2, 1, /*keepdim=*/true).clamp_min(1e-12);
}

std::vector<Neighbour> largest(const float* similarities, std::int64_t count, std::int64_t k) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  const auto end = order.begin() + std::min(k, count);
  std::partial_sort(order.begin(), end, order.end(), [&](std::int64_t a, std::int64_t b) {
    const auto first = double{similarities[a]}, second = double{similarities[b]};
    return core::same_place(first, second) ? a < b : core::highest_first(first, second);
  });
  std::vector<Neighbour> result;
  for (auto place = order.begin(); place != end; ++place)
    result.push_back({.sample = *place, .similarity = static_cast<double>(similarities[*place])});
  return result;
}

}  // namespace

std::vector<std::vector<Neighbour>> nearest_neighbours(const at::Tensor& features, const at::Tensor& queries,
                                                       std::int64_t k) {
  RESLAB_ASSERT(k >= 0, k);
  const at::Tensor columns = unit_rows(features).t();
  std::vector<std::vector<Neighbour>> result;
  for (const at::Tensor& some : unit_rows(queries).split(queries_at_a_time)) {
    // Rounding may carry a cosine a little beyond its bounds.
    const at::Tensor similarities = at::matmul(some, columns).clamp(-1, 1).contiguous();
    for (std::int64_t i = 0; i < some.size(0); ++i)
      result.push_back(largest(similarities.const_data_ptr<float>() + i * features.size(0), features.size(0), k));
  }
  return result;
}

}  // namespace reslab::explain
