// Pictures as data::ImageSource: read from the packed cache where it has them, else decoded from their files.
//
//   auto source = std::make_shared<PictureSource>(SourceContent{.info = info, .pictures = pictures, .decode = decode});
//
// What a reader gives is render() of the picture's file (form.h): read() in the form of the least side that is asked
// for, read_fitted() in that of the fit. Whether it comes from a pack changes nothing but the time that it takes. Where
// a file has another content than when it was looked at, that ends the run by a UserError.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "reslab/data/image_source.h"
#include "reslab/pictures/form.h"
#include "reslab/pictures/pack.h"
#include "reslab/pictures/picture_file.h"

namespace reslab::pictures {

struct SourcePicture {
  std::string path;  ///< where its file is
  std::int64_t label = 0;
  ExpectedContent content;
  augment::Size size;  ///< in full and upright, pixels
};

struct FormPack {
  Form form;
  std::shared_ptr<const Pack> pack;  ///< null: none
};

struct SourceContent {
  data::DatasetInfo info;
  std::vector<SourcePicture> pictures;  ///< by id
  image::DecodeOptions decode;          ///< channels are info.channels
  std::vector<FormPack> packs = {};
  std::shared_ptr<core::MemoryBudget> memory = {};  ///< of all that decode at the same time; null: not bounded
};

class PictureSource final : public data::ImageSource {
 public:
  explicit PictureSource(SourceContent content);

  const data::DatasetInfo& info() const override { return content_.info; }
  std::int64_t samples() const override { return std::ssize(content_.pictures); }
  std::int64_t label(std::int64_t id) const override { return picture(id).label; }
  augment::Size size(std::int64_t id) const override { return picture(id).size; }

  /// SHA-256 over the pictures' content hashes and labels, by id, and the decode options.
  std::string fingerprint() const override;
  std::unique_ptr<data::ImageReader> reader() const override;

  /// Where the file of a picture is, bytes.
  const std::string& file_of(std::int64_t id) const { return picture(id).path; }

 private:
  class Reader;
  const SourcePicture& picture(std::int64_t id) const;
  void read(std::int64_t id, const Form& form, augment::Image& image) const;

  SourceContent content_;
  std::vector<std::vector<std::int32_t>> places_;  // of each pack's pictures, by id; −1: not in it
};

}  // namespace reslab::pictures
