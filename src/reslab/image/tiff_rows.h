// The rows of a TIFF file's page, whether it is stored by strips or by tiles, with the samples of a pixel together or
// in a plane each. A strip counts as a tile that is as wide as the picture.
#pragma once

#ifdef RESLAB_HAS_TIFF

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "reslab/image/canvas.h"
#include "reslab/image/decoders.h"
#include "reslab/image/tiff_file.h"

namespace reslab::image {

struct TiffKind {
  int photometric = 0, bits = 8, samples = 1;
  bool separate = false;    ///< a plane for each sample of a pixel
  bool alpha = false;       ///< the first sample behind the colours is alpha
  bool multiplied = false;  ///< the colours are multiplied by it
  std::vector<std::array<std::uint8_t, 3>> palette;
};

class TiffRows {
 public:
  /// Throws PictureError when strips or tiles are beyond the limits.
  TiffRows(const TiffFile& file, const TiffKind& kind, const CanvasLayout& layout, const DecoderInput& input);

  /// Puts all rows that can be had onto the canvas. Gives what was wrong, if anything was; throws PictureError when
  /// there is nothing to see.
  std::optional<Damage> read_all(Canvas& canvas);

 private:
  bool read_band(std::uint32_t top);
  void unpack(std::uint32_t row);
  void put(Canvas& canvas, int row);
  void prepare_colours();

  const TiffFile& file_;
  const TiffKind& kind_;
  const CanvasLayout& layout_;
  const DecoderInput& input_;
  bool tiled_;
  std::uint32_t block_width_ = 0, block_height_ = 0;  // pixels
  std::size_t block_bytes_ = 0, block_row_ = 0;       // of a block, of one of its rows
  std::size_t across_ = 1, planes_ = 1;
  std::vector<std::byte> band_;        // the blocks beside each other, for all planes
  std::vector<std::uint16_t> stored_;  // a row as it is stored, all samples
  std::vector<std::uint16_t> wide_;    // a row for the canvas
  std::vector<std::uint8_t> narrow_;
  std::uint64_t failed_at_ = 0;
};

}  // namespace reslab::image

#endif
