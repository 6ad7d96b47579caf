// Results of Pillow on small images (data/make_references.py wrote them), to compare ours with.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "reslab/augment/policy.h"

namespace reslab::augment::test {

/// pattern() of data/make_references.py.
inline Image pattern(int height, int width, int channels) {
  Image image{height, width, channels, {}};
  std::uint32_t state = 1;
  for (int row = 0; row < height; ++row)
    for (int column = 0; column < width; ++column)
      for (int channel = 0; channel < channels; ++channel) {
        state = state * 1664525U + 1013904223U;
        const auto noise = static_cast<int>(state >> 26);
        image.pixels.push_back(static_cast<std::uint8_t>(5 * column + 3 * row + 50 * channel + noise));
      }
  return image;
}

/// The cases of a file in data/, by name.
inline std::map<std::string, Image> pillow_results(const std::string& file) {
  std::map<std::string, Image> cases;
  std::ifstream stream(RESLAB_SOURCE_DIR "/tests/augment/data/" + file);
  EXPECT_TRUE(stream.is_open()) << file;
  std::string line;
  std::getline(stream, line);  // the version
  while (std::getline(stream, line)) {
    const std::size_t tab = line.find('\t');
    std::istringstream values(line.substr(tab + 1));
    Image image;
    std::string bytes;
    values >> image.height >> image.width >> image.channels >> bytes;
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
      image.pixels.push_back(static_cast<std::uint8_t>(std::stoi(bytes.substr(i, 2), nullptr, 16)));
    cases[line.substr(0, tab)] = std::move(image);
  }
  EXPECT_FALSE(cases.empty()) << file;
  return cases;
}

/// The largest difference between two images' values; 256 where their shapes differ.
inline int largest_difference(const Image& a, const Image& b) {
  if (a.height != b.height || a.width != b.width || a.channels != b.channels || a.pixels.size() != b.pixels.size())
    return 256;
  int largest = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) largest = std::max(largest, std::abs(a.pixels[i] - b.pixels[i]));
  return largest;
}

}  // namespace reslab::augment::test
