#include "reslab/data/device_maker.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/tensor.h>

#include <utility>

#include "reslab/core/error.h"
#include "reslab/data/image_task.h"

namespace reslab::data {
namespace {

std::optional<augment::Program> program_of(const BatchSource& source) {
  if (!source.samples.source->tensor().defined()) return std::nullopt;
  if (fits_before_pipeline(source)) return std::nullopt;
  const augment::Pipeline none;
  auto program =
      augment::compile(source.pipeline ? *source.pipeline : none, *source.samples.info().size, source.channels());
  return program && program->bytes <= most_bytes_on_device ? program : std::nullopt;
}

}  // namespace

std::shared_ptr<const ResidentData> copy_to(const std::shared_ptr<const ImageSource>& source,
                                            const c10::Device& device) {
  const Split all = range_of(source->info().name, source, 0, source->samples());
  return std::make_shared<const ResidentData>(
      ResidentData{.images = source->tensor().to(device), .labels = all.labels().to(device)});
}

bool DeviceMaker::suits(const BatchSource& source) { return program_of(source).has_value(); }

DeviceMaker::DeviceMaker(BatchSource source, const BatchOptions& options)
    : plan_(std::move(source), options), program_(program_of(plan_.source()).value()) {
  RESLAB_ASSERT(!options.balanced, "the kernel keys all samples of a batch by one epoch");
  const ResidentData& resident = *plan_.source().resident;
  RESLAB_ASSERT(resident.images.sizes() == plan_.source().samples.source->tensor().sizes() &&
                resident.images.is_contiguous());
  const auto& table = plan_.source().transform.normalizer.table();
  table_ = at::tensor(at::ArrayRef<float>(table.data(), table.size()))
               .to(options.type == BatchType::bf16 ? at::kBFloat16 : at::kFloat)
               .to(resident.images.device());
}

Batch DeviceMaker::make(std::int64_t epoch, std::int64_t index) {
  const ResidentData& resident = *plan_.source().resident;
  if (epoch_ != epoch) {
    ids_ = at::tensor(plan_.ids(plan_.order(epoch).places)).to(resident.images.device());
    epoch_ = epoch;
  }
  const BatchRange range = plan_.sampler().batch(index);
  const augment::Size size = plan_.size_in(epoch);
  const at::Tensor ids = ids_.slice(0, range.begin, range.end);
  Batch batch{.images = at::empty({range.size(), plan_.channels(), size.height, size.width},
                                  table_.options().memory_format(at::MemoryFormat::ChannelsLast)),
              .labels = resident.labels.index_select(0, ids),
              .sample_ids = ids,
              .epoch = epoch,
              .index = index};
  if (plan_.options().type == BatchType::bf16)
    write_images<c10::BFloat16>(batch);
  else
    write_images<float>(batch);
  return batch;
}

template <typename Value>
void DeviceMaker::write_images(Batch& batch) const {
  const ImageTask<Value> task{.images = plan_.source().resident->images.const_data_ptr<std::uint8_t>(),
                              .ids = batch.sample_ids.const_data_ptr<std::int64_t>(),
                              .table = table_.const_data_ptr<Value>(),
                              .out = batch.images.mutable_data_ptr<Value>(),
                              .program = program_,
                              .size = plan_.size_in(batch.epoch),
                              .key = plan_.key(batch.epoch, 0)};
#ifdef RESLAB_HAS_CUDA
  if (batch.images.is_cuda()) return make_images_on_cuda(task, batch.size());
#endif
  RESLAB_ASSERT(batch.images.is_cpu(), batch.images.device());
  std::vector<std::uint8_t> first(static_cast<std::size_t>(program_.bytes)), second(first);
  augment::OneThread alone;
  for (std::int64_t i = 0; i < batch.size(); ++i) make_image(task, i, first.data(), second.data(), alone);
}

}  // namespace reslab::data
