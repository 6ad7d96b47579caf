#include "reslab/image/tiff_directory.h"

#include "reslab/image/byte_reader.h"

namespace reslab::image {

namespace {

struct TiffLayout {
  bool big_endian = false;
  std::size_t offset_width = 4;  // bytes of an offset or a count
  std::size_t count_width = 2;   // bytes of the number of entries
  std::uint64_t directory = 0;

  std::size_t entry() const { return 4 + 2 * offset_width; }
};

std::optional<TiffLayout> layout_of(std::span<const std::byte> bytes) {
  TiffLayout layout;
  const ByteReader letters(bytes);
  if (letters.holds(0, "MM")) {
    layout.big_endian = true;
  } else if (!letters.holds(0, "II")) {
    return std::nullopt;
  }
  const ByteReader reader(bytes, layout.big_endian);
  const std::uint32_t version = reader.at(2, 2);
  std::uint64_t place = 4;
  if (version == 43 && reader.at(4, 2) == 8) {
    layout.offset_width = layout.count_width = 8;
    place = 8;
  } else if (version != 42) {
    return std::nullopt;
  }
  const auto directory = reader.number(place, layout.offset_width);
  if (!directory) return std::nullopt;
  layout.directory = *directory;
  return layout;
}

// The first value of an entry of a whole-number type (BYTE, SHORT, LONG, LONG8); it may lie elsewhere if there are
// many.
std::optional<std::uint64_t> first_value(const ByteReader& reader, const TiffLayout& layout, std::uint64_t entry) {
  const std::uint32_t type = reader.at(entry + 2, 2);
  const std::size_t width = type == 1 ? 1 : type == 3 ? 2 : type == 4 ? 4 : type == 16 ? 8 : 0;
  const auto count = reader.number(entry + 4, layout.offset_width);
  if (width == 0 || !count || *count == 0) return std::nullopt;
  std::uint64_t place = entry + 4 + layout.offset_width;
  if (*count > layout.offset_width / width) {
    const auto elsewhere = reader.number(place, layout.offset_width);
    if (!elsewhere) return std::nullopt;
    place = *elsewhere;
  }
  return reader.number(place, width);
}

}  // namespace

std::optional<TiffDirectory> read_tiff_directory(std::span<const std::byte> bytes) {
  const auto layout = layout_of(bytes);
  if (!layout) return std::nullopt;
  const ByteReader reader(bytes, layout->big_endian);
  const auto entries = reader.number(layout->directory, layout->count_width);
  if (!entries || *entries > bytes.size() / layout->entry()) return std::nullopt;
  const std::uint64_t first = layout->directory + layout->count_width;
  if (reader.part(first, *entries * layout->entry()).size() < *entries * layout->entry()) return std::nullopt;
  TiffDirectory directory;
  for (std::uint64_t i = 0; i < *entries; ++i) {
    const std::uint64_t entry = first + i * layout->entry();
    const auto value = [&] { return first_value(reader, *layout, entry); };
    switch (reader.at(entry, 2)) {
      case 254: directory.kind = value(); break;
      case 256: directory.width = value(); break;
      case 257: directory.height = value(); break;
      case 258: directory.bits = value(); break;
      case 259: directory.compression = value(); break;
      case 262: directory.photometric = value(); break;
      case 274:
        directory.orientation = value();
        if (!directory.orientation) return std::nullopt;
        break;
      case 277: directory.samples = value(); break;
      case 330: directory.sub_directories = true; break;
      case 338: directory.extra_samples = true; break;
      case 50706: directory.digital_negative = true; break;
      default: break;
    }
  }
  directory.next = reader.number(first + *entries * layout->entry(), layout->offset_width);
  if (directory.next == 0) directory.next.reset();
  return directory;
}

}  // namespace reslab::image
