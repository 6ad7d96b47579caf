// libjpeg's decoder behind calls that return instead of jumping. libjpeg reports an error by a function that must not
// return: here it jumps back to run(), over frames of C and of functions that hold nothing to be destroyed.
//
// Source: libjpeg.txt of libjpeg-turbo ("Error handling", "Compressed data handling"); T.81.
#pragma once

#ifdef RESLAB_HAS_JPEG

#include <array>
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <span>
#include <string>

// Needs <cstdio> above it.
#include <jpeglib.h>

namespace reslab::image {

/// Something that libjpeg met and could go on from.
struct JpegWarning {
  int code = 0;  ///< of jerror.h
  std::array<char, JMSG_LENGTH_MAX> text{};
  std::uint64_t byte = 0;
};

/// Is neither copied nor moved: libjpeg holds pointers into it.
class JpegReader {
 public:
  explicit JpegReader(std::span<const std::byte> bytes);
  ~JpegReader();
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  // Each returns whether it succeeded; after false, failure() says why, and only the destructor may follow.
  bool read_header();
  bool start();                     ///< after the settings were written into info()
  bool read_row(std::uint8_t* to);  ///< the row info().output_scanline
  bool finish();

  jpeg_decompress_struct& info() { return info_; }
  const char* failure() const { return failure_.data(); }
  std::uint64_t position() const;  ///< of the next byte that libjpeg takes
  /// The first that tells of missing or corrupt pixels.
  const std::optional<JpegWarning>& damage() const { return damage_; }
  /// The first of those that concern no pixel.
  const std::optional<JpegWarning>& oddity() const { return oddity_; }
  /// The bytes ended before the first row of blocks was whole: there is nothing to see.
  bool is_empty() const { return empty_; }

 private:
  using Step = void (*)(JpegReader&);
  bool run(Step step);
  [[noreturn]] void fail();

  static JpegReader& reader_of(j_common_ptr info) { return *static_cast<JpegReader*>(info->client_data); }
  static void on_error(j_common_ptr info);
  static void on_message(j_common_ptr info, int level);
  static void on_progress(j_common_ptr info);
  static boolean on_end(j_decompress_ptr info);
  static void on_skip(j_decompress_ptr info, long bytes);

  std::span<const std::byte> bytes_;
  jpeg_decompress_struct info_{};
  jpeg_error_mgr errors_{};
  jpeg_source_mgr input_{};
  jpeg_progress_mgr progress_{};
  std::jmp_buf jump_{};
  std::array<char, JMSG_LENGTH_MAX> failure_{};
  std::optional<JpegWarning> damage_, oddity_;
  std::uint8_t* row_ = nullptr;
  bool ended_ = false, empty_ = false;
};

}  // namespace reslab::image

#endif
