#include "reslab/pictures/picture_source.h"

#include <span>
#include <utility>

#include "reslab/core/error.h"
#include "reslab/core/hash.h"

namespace reslab::pictures {

class PictureSource::Reader final : public data::ImageReader {
 public:
  explicit Reader(const PictureSource& source) : source_(source) {}

  void read(std::int64_t id, const data::ReadOptions& options, augment::Image& image) override {
    source_.read(id, least_side_form(options.least_side), image);
  }

  void read_fitted(std::int64_t id, const data::ImageFit& fit, augment::Image& image) override {
    source_.read(id, fitted_form(fit), image);
  }

 private:
  const PictureSource& source_;
};

PictureSource::PictureSource(SourceContent content) : content_(std::move(content)) {
  RESLAB_ASSERT(content_.decode.channels == content_.info.channels, content_.decode.channels, " channels");
  for (const FormPack& packed : content_.packs) {
    std::vector<std::int32_t>& places = places_.emplace_back();
    for (const SourcePicture& each : content_.pictures) {
      const auto place = packed.pack != nullptr ? packed.pack->find(each.content.hash) : std::nullopt;
      places.push_back(place ? static_cast<std::int32_t>(*place) : -1);
    }
  }
}

const SourcePicture& PictureSource::picture(std::int64_t id) const {
  RESLAB_ASSERT(id >= 0 && id < samples(), id, " of ", samples());
  return content_.pictures[static_cast<std::size_t>(id)];
}

void PictureSource::read(std::int64_t id, const Form& form, augment::Image& image) const {
  const SourcePicture& from = picture(id);
  for (std::size_t i = 0; i < content_.packs.size(); ++i) {
    const std::int32_t place = places_[i][static_cast<std::size_t>(id)];
    if (place < 0 || content_.packs[i].form != form) continue;
    if (content_.packs[i].pack->read(static_cast<std::uint32_t>(place), image)) return;
  }
  render_file(from.path, from.content, content_.memory.get(), content_.decode, form, image);
}

std::string PictureSource::fingerprint() const {
  core::Sha256 hash;
  const auto add = [&](const std::string& text) { hash.update(std::as_bytes(std::span(text))); };
  add("reslab pictures 1\n" + description_of(content_.decode));
  for (const SourcePicture& each : content_.pictures)
    add(core::concatenate(each.content.hash.hex(), ' ', each.label, '\n'));
  return hash.finish();
}

std::unique_ptr<data::ImageReader> PictureSource::reader() const { return std::make_unique<Reader>(*this); }

}  // namespace reslab::pictures
