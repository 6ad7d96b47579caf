// A CIFAR-10 of a few random records in each file: as official archive, as npm package, and as the options to fetch it.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "reslab/core/file.h"
#include "reslab/core/hash.h"
#include "reslab/core/random.h"
#include "reslab/fetch/cifar10.h"
#include "reslab/image/png.h"

namespace reslab::fetch {

struct TarEntry {
  std::string name, content;
  std::string link_to = {};  ///< a symbolic link, if not ""
};

inline void write_tar_gz(const std::filesystem::path& path, const std::vector<TarEntry>& entries) {
  archive* writer = archive_write_new();
  archive_write_add_filter_gzip(writer);
  archive_write_set_format_pax_restricted(writer);
  ASSERT_EQ(archive_write_open_filename(writer, path.c_str()), ARCHIVE_OK);
  for (const TarEntry& entry : entries) {
    archive_entry* header = archive_entry_new();
    archive_entry_set_pathname(header, entry.name.c_str());
    archive_entry_set_size(header, static_cast<la_int64_t>(entry.content.size()));
    archive_entry_set_filetype(header, entry.link_to.empty() ? AE_IFREG : AE_IFLNK);
    if (!entry.link_to.empty()) archive_entry_set_symlink(header, entry.link_to.c_str());
    archive_entry_set_perm(header, 0644);
    ASSERT_EQ(archive_write_header(writer, header), ARCHIVE_OK);
    archive_write_data(writer, entry.content.data(), entry.content.size());
    archive_entry_free(header);
  }
  archive_write_close(writer);
  archive_write_free(writer);
}

struct FakeCifar10 {
  static constexpr std::size_t records = 4;  ///< in each file

  std::vector<std::string> contents;  ///< of the six files, in order
  std::vector<std::string> md5s;

  FakeCifar10() {
    core::Random random({.seed = 6});
    for (std::size_t file = 0; file < data::cifar10_files.size(); ++file) {
      std::string content(records * data::cifar10_record_bytes, '\0');
      for (std::size_t i = 0; i < content.size(); ++i)
        content[i] = static_cast<char>(random.below(i % data::cifar10_record_bytes == 0 ? 10 : 256));
      contents.push_back(content);
      md5s.push_back(core::md5(std::as_bytes(std::span(content))));
    }
  }

  void write_archive(const std::filesystem::path& path) const {
    std::vector<TarEntry> entries{{.name = "cifar-10-batches-bin/readme.html", .content = "not wanted"}};
    for (std::size_t i = 0; i < contents.size(); ++i)
      entries.push_back(
          {.name = "cifar-10-batches-bin/" + std::string(data::cifar10_files[i].name), .content = contents[i]});
    write_tar_gz(path, entries);
  }

  /// The package's members, by name.
  std::map<std::string, std::string> package() const {
    std::map<std::string, std::string> members{{"package/package.json", "{}"}};
    std::string train, test;
    for (std::size_t i = 0; i < contents.size(); ++i) {
      const std::string name(data::cifar10_files[i].name);
      members["package/" + name.substr(0, name.size() - 4) + ".png"] = sheet(contents[i]);
      std::string& labels = data::cifar10_files[i].test ? test : train;
      for (std::size_t n = 0; n < records; ++n)
        labels += (labels.empty() ? "" : ", ") + std::to_string(int{contents[i][n * data::cifar10_record_bytes]});
    }
    members["package/train_lables.json"] = "[" + train + "]";
    members["package/test_lables.json"] = "[" + test + "]";
    return members;
  }

  static void write_package(const std::filesystem::path& path, const std::map<std::string, std::string>& members) {
    std::vector<TarEntry> entries;
    for (const auto& [name, content] : members) entries.push_back({.name = name, .content = content});
    write_tar_gz(path, entries);
  }

  /// The options refer to this object.
  Cifar10Options options(const std::filesystem::path& cache, const std::string& url,
                         const std::filesystem::path& archive) const {
    Cifar10Options options{.cache = cache, .silent = true, .url = url, .records_per_file = records};
    if (!archive.empty()) options.archive_md5 = core::md5_of_file(archive);
    for (std::size_t i = 0; i < md5s.size(); ++i) options.files[i].md5 = md5s[i];
    options.network = {.connect_timeout = std::chrono::milliseconds(500),
                       .stall_time = std::chrono::seconds(1),
                       .retry_wait = std::chrono::milliseconds(10)};
    return options;
  }

 private:
  static std::string sheet(const std::string& content) {
    augment::Image image{.height = static_cast<int>(records), .width = 1024, .channels = 3, .pixels = {}};
    for (std::size_t n = 0; n < records; ++n)
      for (std::size_t i = 0; i < 1024; ++i)
        for (std::size_t c = 0; c < 3; ++c)
          image.pixels.push_back(static_cast<std::uint8_t>(content[n * data::cifar10_record_bytes + 1 + c * 1024 + i]));
    const std::vector<std::byte> png = image::encode_png(image);
    return {reinterpret_cast<const char*>(png.data()), png.size()};
  }
};

}  // namespace reslab::fetch
