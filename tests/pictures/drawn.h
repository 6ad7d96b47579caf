// Folders of real pictures, small ones, and a cache beside them.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "pictures/support.h"
#include "reslab/core/file.h"
#include "reslab/image/jpeg.h"
#include "reslab/image/png.h"
#include "reslab/pictures/open.h"

namespace reslab::pictures::test {

/// Waves of other colours for each `seed`, so that no two pictures are alike.
inline augment::Image drawn(int height, int width, int channels, int seed) {
  augment::Image image{.height = height, .width = width, .channels = channels};
  for (int row = 0; row < height; ++row)
    for (int column = 0; column < width; ++column)
      for (int c = 0; c < channels; ++c)
        image.pixels.push_back(
            static_cast<std::uint8_t>(127 + 120 * std::sin(0.2 * row + 0.13 * column * (c + 1) + seed)));
  return image;
}

inline std::string text_of_bytes(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline std::string png_file(int height, int width, int seed) {
  return text_of_bytes(image::encode_png(drawn(height, width, 3, seed)));
}
inline std::string jpeg_file(int height, int width, int seed, int channels = 3) {
  return text_of_bytes(image::encode_jpeg(drawn(height, width, channels, seed)));
}
inline std::string sample_file(const std::string& name) {
  return core::read_text(RESLAB_SOURCE_DIR "/tests/image/samples/" + name);
}

inline const data::ImageFit small_fit{.kind = data::FitKind::crop, .output = {16, 16}, .resize = 20};
constexpr int small_side = 18;

/// Pictures in two classes and three splits, of several sizes and formats: 12 in all.
class DrawnFolder : public PictureFolder {
 public:
  DrawnFolder() {
    int seed = 0;
    for (const std::string split : {"train", "val", "test"})
      for (const std::string name : {"a", "b"}) {
        const std::string at = split + '/' + name + '/';
        write(at + split + name + "1.jpg", jpeg_file(90 + seed, 70, seed));
        write(at + split + name + "2.png", png_file(30, 26 + seed, seed + 1));
        seed += 2;
      }
  }

  const core::TemporaryFolder cache;
  std::vector<std::string> said;

  /// They may be opened while this object lives.
  OpenOptions options(bool cached = true) {
    return {.pictures = {.data = path()},
            .cache = cached ? cache.path() : std::filesystem::path(),
            .cache_limit = std::uint64_t{1} << 30,
            .threads = 2,
            .fit = small_fit,
            .least_side = small_side,
            .settle = 0,
            .say = [this](const std::string& text) { said.push_back(text); }};
  }

  /// The files of the cache whose names begin so.
  std::vector<std::filesystem::path> cache_files(const std::string& prefix) const {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(cache.path()))
      if (entry.is_regular_file() && entry.path().filename().string().starts_with(prefix)) found.push_back(entry);
    return found;
  }
};

/// The pixels of every picture in training's form, in evaluation's, and in full, with their sizes.
inline std::vector<std::string> all_pixels(const data::ImageSource& source) {
  std::vector<std::string> found;
  const auto reader = source.reader();
  augment::Image image;
  const auto add = [&] {
    found.push_back(core::concatenate(image.height, ' ', image.width, ' ', image.channels, ' ') +
                    std::string(image.pixels.begin(), image.pixels.end()));
  };
  for (std::int64_t id = 0; id < source.samples(); ++id) {
    reader->read(id, {.least_side = small_side}, image);
    add();
    reader->read_fitted(id, small_fit, image);
    add();
    reader->read(id, {}, image);
    add();
  }
  return found;
}

inline void flip_byte(const std::filesystem::path& path, std::size_t place) {
  std::string text = core::read_text(path);
  text.at(place) = static_cast<char>(text.at(place) ^ 0x10);
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace reslab::pictures::test
