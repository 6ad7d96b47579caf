#include "reslab/pictures/looks.h"

#include <vector>

#include "reslab/core/error.h"
#include "reslab/pictures/form.h"
#include "reslab/pictures/in_order.h"
#include "reslab/pictures/picture_facts.h"
#include "reslab/pictures/picture_file.h"
#include "reslab/pictures/record_file.h"

namespace reslab::pictures {
namespace {

constexpr std::string_view looks_kind = "reslab looks of pictures 1";
constexpr const char* looks_name = "looks";

std::string content_text(const ContentHash& hash) {
  return {reinterpret_cast<const char*>(hash.bytes.data()), hash.bytes.size()};
}

image::DecodeOptions grey_decoding(image::DecodeOptions decode) {
  decode.channels = 1;
  decode.least_side = look_decoding_side;
  return decode;
}

}  // namespace

LooksByContent find_looks(CacheFolder& cache, const LookOptions& options) {
  const image::DecodeOptions decode = grey_decoding(options.decode);
  const std::string about = description_of(decode) + decoders_text();
  const std::optional<RecordFile> known =
      cache.is_on() ? read_record_file(cache.path() / looks_name, looks_kind, about) : std::nullopt;
  LooksByContent looks;
  std::vector<std::size_t> missing;
  const std::vector<Picture>& pictures = options.set->pictures;
  for (std::size_t id = 0; id < pictures.size(); ++id) {
    const auto [place, is_new] = looks.try_emplace(pictures[id].hash);
    if (!is_new) continue;
    const auto value = known ? known->find(content_text(pictures[id].hash)) : std::nullopt;
    if (const std::optional<Look> look = value ? decode_look(*value) : std::nullopt)
      place->second = *look;
    else
      missing.push_back(id);
  }
  if (missing.empty()) return looks;
  Progress progress{.of = missing.size()};
  in_order<Look>(
      {.count = missing.size(), .threads = options.threads},
      [&](std::size_t i) {
        const Picture& picture = pictures[missing[i]];
        const std::string path = options.set->full_path(missing[i]);
        const auto bytes = read_picture_file(path, {.hash = picture.hash, .stamp = picture.stamp});
        return look_of(image::decode(bytes, path, decode).image);
      },
      [&](std::size_t i, const Look& look) {
        looks[pictures[missing[i]].hash] = look;
        ++progress.files;
        progress.bytes += pictures[missing[i]].bytes;
        if (options.progress) options.progress(progress);
      });
  Records records;
  for (const auto& [hash, look] : looks) records.emplace(content_text(hash), encode_look(look));
  cache.attempt([&] { write_record_file(cache.path() / looks_name, looks_kind, about, records); });
  return looks;
}

}  // namespace reslab::pictures
