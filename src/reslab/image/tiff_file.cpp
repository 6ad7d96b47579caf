#ifdef RESLAB_HAS_TIFF

#include "reslab/image/tiff_file.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <mutex>

namespace reslab::image {

void TiffFile::keep_error(thandle_t client, const char*, const char* format, va_list arguments) {
  if (client == nullptr) return;
  std::string& error = static_cast<Memory*>(client)->error;
  if (!error.empty()) return;
  std::array<char, 256> text{};
  std::vsnprintf(text.data(), text.size(), format, arguments);
  error = text.data();
}

tmsize_t TiffFile::read(thandle_t client, void* to, tmsize_t size) {
  Memory& memory = *static_cast<Memory*>(client);
  if (size <= 0 || memory.place >= memory.bytes.size()) return 0;
  const std::size_t count = std::min<std::size_t>(static_cast<std::size_t>(size), memory.bytes.size() - memory.place);
  std::memcpy(to, memory.bytes.data() + memory.place, count);
  memory.place += count;
  return static_cast<tmsize_t>(count);
}

toff_t TiffFile::seek(thandle_t client, toff_t offset, int from) {
  Memory& memory = *static_cast<Memory*>(client);
  const std::uint64_t base = from == SEEK_SET ? 0 : from == SEEK_CUR ? memory.place : memory.bytes.size();
  return memory.place = base + offset;
}

TiffFile::TiffFile(std::span<const std::byte> bytes) : memory_(std::make_unique<Memory>(Memory{.bytes = bytes})) {
  // The handlers belong to the whole process; which file an error is of, they are told.
  static std::once_flag once;
  std::call_once(once, [] {
    TIFFSetErrorHandler(nullptr);
    TIFFSetErrorHandlerExt(keep_error);
    TIFFSetWarningHandler(nullptr);
    TIFFSetWarningHandlerExt(nullptr);
  });
  handle_.reset(TIFFClientOpen(
      "picture", "r", memory_.get(), read, [](thandle_t, void*, tmsize_t) -> tmsize_t { return 0; }, seek,
      [](thandle_t) { return 0; },
      [](thandle_t client) -> toff_t { return static_cast<Memory*>(client)->bytes.size(); },
      [](thandle_t client, void** base, toff_t* size) {
        const Memory& memory = *static_cast<Memory*>(client);
        // libtiff never writes into a file that it opened for reading.
        *base = const_cast<std::byte*>(memory.bytes.data());
        *size = memory.bytes.size();
        return 1;
      },
      [](thandle_t, void*, toff_t) {}));
}

std::string TiffFile::reason() const {
  return memory_->error.empty() ? "libtiff can't read it" : "libtiff: " + memory_->error;
}

int TiffFile::number(std::uint32_t tag) const {
  std::uint16_t value = 0;
  TIFFGetFieldDefaulted(handle(), tag, &value);
  return value;
}

std::uint32_t TiffFile::large_number(std::uint32_t tag) const {
  std::uint32_t value = 0;
  TIFFGetFieldDefaulted(handle(), tag, &value);
  return value;
}

}  // namespace reslab::image

#endif
