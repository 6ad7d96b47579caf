#include "reslab/data/tensor_source.h"

#include <array>
#include <utility>

#include "reslab/core/error.h"
#include "reslab/data/fingerprint.h"

namespace reslab::data {
namespace {

class TensorReader final : public ImageReader {
 public:
  explicit TensorReader(const at::Tensor& images) : images_(images) {}

  void read(std::int64_t id, const ReadOptions& /*options*/, augment::Image& image) override {
    RESLAB_ASSERT(id >= 0 && id < images_.size(0), id, " of ", images_.size(0));
    image.height = static_cast<int>(images_.size(1));
    image.width = static_cast<int>(images_.size(2));
    image.channels = static_cast<int>(images_.size(3));
    const auto bytes = static_cast<std::int64_t>(image.offset(image.height, 0));
    const auto* begin = images_.const_data_ptr<std::uint8_t>() + id * bytes;
    image.pixels.assign(begin, begin + bytes);
  }

 private:
  at::Tensor images_;
};

DatasetInfo checked(DatasetInfo info, const at::Tensor& images, const at::Tensor& labels) {
  RESLAB_ASSERT(images.defined() && images.dim() == 4 && images.is_contiguous() && images.scalar_type() == at::kByte &&
                    images.is_cpu(),
                info.name);
  RESLAB_ASSERT(labels.defined() && labels.dim() == 1 && labels.size(0) == images.size(0) && labels.is_contiguous() &&
                    labels.scalar_type() == at::kLong && labels.is_cpu(),
                info.name);
  const augment::Size size{static_cast<int>(images.size(1)), static_cast<int>(images.size(2))};
  RESLAB_ASSERT(info.channels == images.size(3) && info.size == size, info.name, " has images of ", images.sizes());
  return info;
}

}  // namespace

TensorSource::TensorSource(DatasetInfo info, at::Tensor images, at::Tensor labels)
    : info_(checked(std::move(info), images, labels)), images_(std::move(images)), labels_(std::move(labels)) {}

std::string TensorSource::fingerprint() const { return data::fingerprint(std::array{images_, labels_}); }

std::unique_ptr<ImageReader> TensorSource::reader() const { return std::make_unique<TensorReader>(images_); }

Split in_memory(const std::string& name, const at::Tensor& images, const at::Tensor& labels,
                const std::vector<std::string>& classes) {
  RESLAB_ASSERT(images.dim() == 4, name, " has images of ", images.sizes());
  DatasetInfo info{.name = name,
                   .classes = classes,
                   .channels = images.size(3),
                   .size = augment::Size{static_cast<int>(images.size(1)), static_cast<int>(images.size(2))}};
  return range_of(name, std::make_shared<TensorSource>(std::move(info), images, labels), 0, images.size(0));
}

}  // namespace reslab::data
