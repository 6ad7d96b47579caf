// Packs of a few small pictures, in a cache of their own or in one that several data sets share.
//
//   MadePacks made("key", root);
//   const auto pack = made.pack(2);
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "pictures/drawn.h"
#include "reslab/core/hash.h"
#include "reslab/pictures/pack_maker.h"

namespace reslab::pictures::test {

/// Four pictures of a page each, in packs of a cache.
struct MadePacks {
  explicit MadePacks(const std::string& key = "key", const std::filesystem::path& root = {})
      : cache(root.empty() ? folder.path() / "cache" : root, key, [this](const std::string& text) { say(text); }) {
    for (int i = 0; i < 4; ++i) {
      const std::string name = std::to_string(i) + ".png", text = png_file(30, 26, i);
      folder.write(name, text);
      all.push_back({.path = folder / name,
                     .content = {.hash = content_hash(core::sha256(std::as_bytes(std::span(text))))},
                     .size = {30, 26},
                     .format = image::Format::png});
      content.may_stay.push_back(all.back().content.hash);
    }
  }

  /// Of the first pictures; the limit is of the whole cache, in bytes.
  std::shared_ptr<const Pack> pack(std::size_t pictures, std::uint64_t limit = 100 * pack_page) {
    content.wanted.assign(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(pictures));
    return find_or_make_pack(cache, content, {.limit = limit, .say = say});
  }
  std::filesystem::path file() const { return cache.path() / pack_name(content); }

  const PictureFolder folder;
  std::vector<std::string> said;
  const Say say = [this](const std::string& text) { said.push_back(text); };
  CacheFolder cache;
  std::vector<PackPicture> all;
  PackContent content{.form = least_side_form(0), .decode = {.channels = 3}};
};

}  // namespace reslab::pictures::test
