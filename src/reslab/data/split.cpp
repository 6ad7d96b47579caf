#include "reslab/data/split.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <utility>

#include "reslab/core/error.h"

namespace reslab::data {
namespace {

bool follow_each_other(const at::Tensor& ids) {
  const auto* id = ids.const_data_ptr<std::int64_t>();
  for (std::int64_t i = 1; i < ids.size(0); ++i)
    if (id[i] != id[0] + i) return false;
  return true;
}

}  // namespace

std::int64_t Split::id(std::int64_t place) const {
  RESLAB_ASSERT(place >= 0 && place < size(), place, " of ", size());
  return ids.const_data_ptr<std::int64_t>()[place];
}

at::Tensor Split::labels() const {
  at::Tensor labels = at::empty({size()}, at::kLong);
  auto* out = labels.mutable_data_ptr<std::int64_t>();
  for (std::int64_t place = 0; place < size(); ++place) out[place] = label(place);
  return labels;
}

at::Tensor Split::tensor() const {
  const at::Tensor all = source->tensor();
  if (!all.defined() || size() == 0) return all.defined() ? all.narrow(0, 0, 0) : all;
  return follow_each_other(ids) ? all.narrow(0, id(0), size()) : all.index_select(0, ids);
}

Split range_of(std::string name, std::shared_ptr<const ImageSource> source, std::int64_t begin, std::int64_t end) {
  RESLAB_ASSERT(begin >= 0 && begin <= end && end <= source->samples(), begin, " … ", end, " of ", source->samples());
  return {.name = std::move(name), .source = std::move(source), .ids = at::arange(begin, end, at::kLong)};
}

Split select(const Split& split, const at::Tensor& places) {
  RESLAB_ASSERT(places.dim() == 1 && places.scalar_type() == at::kLong && places.is_cpu(), places.toString());
  if (places.numel() > 0) {
    const auto lowest = places.min().item<std::int64_t>(), highest = places.max().item<std::int64_t>();
    RESLAB_ASSERT(lowest >= 0 && highest < split.size(), "places ", lowest, " … ", highest, " of ", split.size());
  }
  return {.name = split.name, .source = split.source, .ids = split.ids.index_select(0, places)};
}

Split select(const Split& split, std::span<const std::int64_t> places) {
  return select(split, at::tensor(at::ArrayRef<std::int64_t>(places.data(), places.size()), at::kLong));
}

Split first(const Split& split, std::int64_t count) {
  return {.name = split.name,
          .source = split.source,
          .ids = split.ids.narrow(0, 0, std::min(count, split.size())).contiguous()};
}

augment::Image image_at(const Split& split, std::int64_t place) {
  augment::Image image;
  split.source->reader()->read(split.id(place), {}, image);
  return image;
}

}  // namespace reslab::data
