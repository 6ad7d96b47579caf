// A source of three grey images of unlike sizes, which aren't in one tensor.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "reslab/core/random.h"
#include "reslab/data/split.h"

namespace reslab::data::test {

class ListSource final : public ImageSource {
 public:
  ListSource(DatasetInfo info, std::vector<augment::Image> images, std::vector<std::int64_t> labels)
      : info_(std::move(info)), images_(std::move(images)), labels_(std::move(labels)) {}

  const DatasetInfo& info() const override { return info_; }
  std::int64_t samples() const override { return std::ssize(images_); }
  std::int64_t label(std::int64_t id) const override { return labels_.at(static_cast<std::size_t>(id)); }
  augment::Size size(std::int64_t id) const override { return {image(id).height, image(id).width}; }
  std::string fingerprint() const override { return std::string(64, 'f'); }
  std::unique_ptr<ImageReader> reader() const override { return std::make_unique<Reader>(*this); }

 private:
  struct Reader final : ImageReader {
    explicit Reader(const ListSource& from) : source(&from) {}
    void read(std::int64_t id, const ReadOptions& /*options*/, augment::Image& image) override {
      image = source->image(id);
    }
    const ListSource* source;
  };

  const augment::Image& image(std::int64_t id) const { return images_.at(static_cast<std::size_t>(id)); }

  DatasetInfo info_;
  std::vector<augment::Image> images_;
  std::vector<std::int64_t> labels_;
};

/// Of 5 × 4, 7 × 7 and 4 × 9 pixels (height × width); labels 0, 1, 0.
inline Split unlike_sizes() {
  core::Random random({.seed = 5});
  std::vector<augment::Image> images;
  for (const auto& [height, width] : {std::pair{5, 4}, std::pair{7, 7}, std::pair{4, 9}}) {
    augment::Image image{.height = height, .width = width, .channels = 1};
    for (int i = 0; i < height * width; ++i) image.pixels.push_back(static_cast<std::uint8_t>(random.below(256)));
    images.push_back(std::move(image));
  }
  DatasetInfo info{.name = "unlike sizes", .classes = {"a", "b"}, .channels = 1};
  return range_of("unlike sizes",
                  std::make_shared<ListSource>(std::move(info), images, std::vector<std::int64_t>{0, 1, 0}), 0, 3);
}

}  // namespace reslab::data::test
