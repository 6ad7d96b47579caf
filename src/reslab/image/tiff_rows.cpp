#ifdef RESLAB_HAS_TIFF

#include "reslab/image/tiff_rows.h"

#include <algorithm>
#include <cstring>

#include "reslab/image/refusal.h"

namespace reslab::image {

TiffRows::TiffRows(const TiffFile& file, const TiffKind& kind, const CanvasLayout& layout, const DecoderInput& input)
    : file_(file), kind_(kind), layout_(layout), input_(input), tiled_(TIFFIsTiled(file.handle()) != 0) {
  const auto width = static_cast<std::uint32_t>(layout.width), height = static_cast<std::uint32_t>(layout.height);
  block_width_ = tiled_ ? file.large_number(TIFFTAG_TILEWIDTH) : width;
  block_height_ =
      tiled_ ? file.large_number(TIFFTAG_TILELENGTH) : std::min(file.large_number(TIFFTAG_ROWSPERSTRIP), height);
  if (block_width_ == 0 || block_height_ == 0) throw_unusable(Format::tiff, input.source, "strips or tiles of no size");
  across_ = (std::size_t{width} + block_width_ - 1) / block_width_;
  planes_ = kind.separate ? static_cast<std::size_t>(kind.samples) : 1;
  // Tiles may be larger than the picture: they are held to its limits.
  if (block_width_ > input.options.limits.width || block_height_ > input.options.limits.height ||
      std::uint64_t{across_} * block_width_ * block_height_ > input.options.limits.pixels)
    throw_unsupported_variant(Format::tiff, input.source,
                              core::concatenate("tiles of ", block_width_, " × ", block_height_, " pixels"));
  const tmsize_t bytes = tiled_ ? TIFFTileSize(file.handle()) : TIFFVStripSize(file.handle(), block_height_);
  const tmsize_t row = tiled_ ? TIFFTileRowSize(file.handle()) : TIFFScanlineSize(file.handle());
  const std::size_t samples = kind.separate ? 1 : static_cast<std::size_t>(kind.samples);
  const std::size_t expected = (std::size_t{block_width_} * samples * static_cast<std::size_t>(kind.bits) + 7) / 8;
  if (bytes <= 0 || static_cast<std::size_t>(row) != expected ||
      static_cast<std::size_t>(bytes) != expected * block_height_)
    throw_unsupported_variant(Format::tiff, input.source, "strips or tiles of an unusual layout");
  block_row_ = static_cast<std::size_t>(row);
  block_bytes_ = static_cast<std::size_t>(bytes);
  reserve_memory(input.options, std::uint64_t{across_} * planes_ * block_bytes_);
  band_.resize(across_ * planes_ * block_bytes_);
  stored_.resize(std::size_t{width} * static_cast<std::size_t>(kind.samples));
  const std::size_t wanted = std::size_t{width} * static_cast<std::size_t>(layout.samples());
  layout.bits == 16 ? wide_.resize(wanted) : narrow_.resize(wanted);
}

// Reads the blocks whose first row is `top`. Gives whether all of them are whole.
bool TiffRows::read_band(std::uint32_t top) {
  std::fill(band_.begin(), band_.end(), std::byte{0});
  TIFF* file = file_.handle();
  for (std::size_t plane = 0; plane < planes_; ++plane)
    for (std::size_t i = 0; i < across_; ++i) {
      std::byte* to = band_.data() + (plane * across_ + i) * block_bytes_;
      const auto sample = static_cast<std::uint16_t>(plane);
      const std::uint32_t block =
          tiled_ ? TIFFComputeTile(file, static_cast<std::uint32_t>(i) * block_width_, top, 0, sample)
                 : TIFFComputeStrip(file, top, sample);
      const auto size = static_cast<tmsize_t>(block_bytes_);
      const tmsize_t got =
          tiled_ ? TIFFReadEncodedTile(file, block, to, size) : TIFFReadEncodedStrip(file, block, to, size);
      if (got >= 0) continue;
      failed_at_ = TIFFGetStrileOffset(file, block);
      return false;
    }
  return true;
}

// Takes the row `row` of the band apart into its samples.
void TiffRows::unpack(std::uint32_t row) {
  const auto samples = static_cast<std::size_t>(kind_.samples);
  const std::size_t together = kind_.separate ? 1 : samples;
  const std::size_t width = static_cast<std::size_t>(layout_.width);
  for (std::size_t plane = 0; plane < planes_; ++plane)
    for (std::size_t i = 0; i < across_; ++i) {
      const std::byte* from = band_.data() + (plane * across_ + i) * block_bytes_ + row * block_row_;
      const std::size_t left = i * block_width_, right = std::min(width, left + block_width_);
      for (std::size_t k = 0; k < (right - left) * together; ++k) {
        std::uint16_t value = 0;
        if (kind_.bits == 16) {
          std::memcpy(&value, from + 2 * k, 2);
        } else if (kind_.bits == 8) {
          value = static_cast<std::uint16_t>(from[k]);
        } else {
          const auto bits = static_cast<std::size_t>(kind_.bits), bit = k * bits;
          value = static_cast<std::uint16_t>(static_cast<unsigned>(from[bit / 8]) >> (8 - bits - bit % 8) &
                                             ((1U << bits) - 1));
        }
        stored_[left * samples + (kind_.separate ? k * samples + plane : k)] = value;
      }
    }
}

// Inverts and multiplies stored samples as their kind asks for, so that colours and alpha are as a canvas takes them.
void TiffRows::prepare_colours() {
  const auto samples = static_cast<std::size_t>(kind_.samples);
  const std::uint32_t most = (1U << kind_.bits) - 1;
  if (kind_.photometric == PHOTOMETRIC_MINISWHITE)
    for (std::size_t i = 0; i < stored_.size(); i += samples)
      stored_[i] = static_cast<std::uint16_t>(most - stored_[i]);
  if (!kind_.multiplied) return;
  const auto colours = static_cast<std::size_t>(layout_.colours);
  for (std::size_t i = 0; i < stored_.size(); i += samples) {
    const std::uint32_t alpha = stored_[i + colours];
    for (std::size_t c = 0; c < colours && alpha != 0; ++c)
      stored_[i + c] = static_cast<std::uint16_t>(std::min(most, (stored_[i + c] * most + alpha / 2) / alpha));
  }
}

void TiffRows::put(Canvas& canvas, int row) {
  prepare_colours();
  const auto samples = static_cast<std::size_t>(kind_.samples), wanted = static_cast<std::size_t>(layout_.samples());
  const std::size_t width = static_cast<std::size_t>(layout_.width);
  if (kind_.bits == 16) {
    for (std::size_t x = 0; x < width; ++x)
      for (std::size_t c = 0; c < wanted; ++c) wide_[x * wanted + c] = stored_[x * samples + c];
    canvas.put(row, wide_.data());
    return;
  }
  if (kind_.photometric == PHOTOMETRIC_SEPARATED) {
    for (std::size_t x = 0; x < width; ++x) {
      std::array<std::uint8_t, 4> paper{};  // 255 − ink
      for (std::size_t c = 0; c < 4; ++c) paper.at(c) = static_cast<std::uint8_t>(255 - stored_[x * samples + c]);
      rgb_of_inverted_cmyk(paper.data(), narrow_.data() + 3 * x, 1);
    }
  } else if (!kind_.palette.empty()) {
    for (std::size_t x = 0; x < width; ++x)
      std::ranges::copy(kind_.palette[stored_[x * samples]], narrow_.data() + 3 * x);
  } else {
    const unsigned most = (1U << kind_.bits) - 1;
    for (std::size_t x = 0; x < width; ++x)
      for (std::size_t c = 0; c < wanted; ++c)
        narrow_[x * wanted + c] = static_cast<std::uint8_t>(stored_[x * samples + c] * 255U / most);
  }
  canvas.put(row, narrow_.data());
}

std::optional<Damage> TiffRows::read_all(Canvas& canvas) {
  const auto height = static_cast<std::uint32_t>(layout_.height);
  for (std::uint32_t top = 0; top < height; top += block_height_) {
    const bool whole = read_band(top);
    // Of a strip that is cut off, its first rows may be there.
    const bool any = whole || std::ranges::any_of(band_, [](std::byte byte) { return byte != std::byte{0}; });
    if (!any && top == 0) throw_unusable(Format::tiff, input_.source, file_.reason(), failed_at_);
    for (std::uint32_t row = 0; any && row < std::min(block_height_, height - top); ++row) {
      unpack(row);
      put(canvas, static_cast<int>(top + row));
    }
    if (!whole) return Damage{.reason = file_.reason(), .byte = failed_at_};
  }
  return std::nullopt;
}

}  // namespace reslab::image

#endif
