// libtiff over bytes in memory, which prints nothing: what it reports is kept, for a message.
//
// Source: libtiff's manual, TIFFOpen(3), TIFFError(3).
#pragma once

#ifdef RESLAB_HAS_TIFF

#include <tiffio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace reslab::image {

class TiffFile {
 public:
  /// Opens the first page. `handle()` is null where libtiff can't.
  explicit TiffFile(std::span<const std::byte> bytes);

  TIFF* handle() const { return handle_.get(); }
  /// The first error that libtiff reported, or what may be said without one.
  std::string reason() const;

  /// The value of a tag that is a 16-bit number, or what the specification has for it otherwise.
  int number(std::uint32_t tag) const;
  std::uint32_t large_number(std::uint32_t tag) const;

 private:
  // Outlives the handle and stays where it is: libtiff holds a pointer to it.
  struct Memory {
    std::span<const std::byte> bytes;
    std::uint64_t place = 0;
    std::string error;
  };
  struct Closer {
    void operator()(TIFF* handle) const { TIFFClose(handle); }
  };

  static void keep_error(thandle_t client, const char* module, const char* format, va_list arguments);
  static tmsize_t read(thandle_t client, void* to, tmsize_t size);
  static toff_t seek(thandle_t client, toff_t offset, int from);

  std::unique_ptr<Memory> memory_;
  std::unique_ptr<TIFF, Closer> handle_;
};

}  // namespace reslab::image

#endif
