// The arithmetic of Winograd's convolution in bf16 on one block of tiles, in one thread: no tensors here, only numbers.
// For processors with AVX-512's bf16 dot products, which multiply twice as fast as fp32.
//
// F(4×4, 3×3): a tile is 4×4 outputs of one image and 6×6 inputs around them, so 36 products stand for 144. Where a
// map's side is no multiple of 4, its last tiles are 3 or 2 pixels wide, so that little is wasted: a map of 7×7 takes
// 121 products a channel instead of 144. Formulas as in winograd_blocks.h, in each dimension by the points of its side.
// These are not the usual 0, ±1, ±2:
//
//   4 pixels: 0, ±5/8, ±3/2, ∞       3 pixels: ±1/2, ±5/4, ∞       2 pixels: 0, ±1, ∞
//
// With these the rounding of both factors to bf16 costs about 1 % of the result where ±1, ±2 cost 2.5 % and the direct
// sum in bf16 0.2 % (docs/decisions/0006; that the choice of points matters: Barabasz et al. 2018, arXiv 1803.10986).
// Factors are rounded to the nearest even bf16, and so are the sums that transform_input_gradient keeps in the map;
// everything else is fp32.
//
// All sizes are in elements; a bf16 is held in a std::uint16_t. Maps are [images, height, width, channels] without
// gaps; channels are multiples of 8.
#pragma once

#include <cstdint>

#include "reslab/nn/kernels/bf16_product.h"

namespace reslab::nn::kernels::bf16 {

/// What tiles of one dimension cover: `count` of them, each `side` pixels of the output, from pixel `first` on.
struct Cut {
  std::int64_t side = 4;  ///< 4, 3 or 2
  std::int64_t first = 0, count = 0;
};

/// Tiles of one shape on a map, image by image, row by row. They may stick out of it.
struct Tiling {
  std::int64_t images = 0, height = 0, width = 0, channels = 0;
  Cut rows, columns;

  // Always inlined, as below: see winograd_bf16_vectors.h.
  [[gnu::always_inline]] std::int64_t positions() const {
    return (rows.side + 2) * (columns.side + 2);
  }  ///< products a tile
  [[gnu::always_inline]] std::int64_t tiles() const { return images * rows.count * columns.count; }
};

/// Tiles [begin, end) of a map.
struct TileRange {
  std::int64_t begin = 0, end = 0;

  [[gnu::always_inline]] std::int64_t size() const { return end - begin; }
};

/// Matrices of a block, one for each position, `stride` elements apart.
template <typename Element>
struct Positions {
  Element* data;
  std::int64_t columns;  ///< of a matrix: its row's length in memory
  std::int64_t stride;
};
using Factors = Positions<std::uint16_t>;
using Sums = Positions<float>;

/// The values of a map: all of them, or, for the gradient of a map that went through max-pooling of 2×2, one for each
/// window and the place in the window that it belongs to; the others are zero, as are those that pooling left over.
struct Values {
  const std::uint16_t* data;   ///< [images, height, width, channels], or half the height and width, rounded down
  const std::uint16_t* zeros;  ///< `channels` zeros
  /// Shaped like data: 2 · row + column in the window, 0 to 3; null: all values are there.
  const std::uint8_t* slots = nullptr;
};

/// Bᵀ x B of the tiles, around each map one pixel of zeros: to[p][tile][channel]. Pooled values only where tiles begin
/// at even pixels.
void transform_input(const Tiling& map, const Values& x, TileRange tiles, const Factors& to);

/// The same, two tiles side by side, for a sum over tiles: to[p][tile / 2][channel][tile % 2], with zeros for the tile
/// that an odd count lacks. Not of pooled values.
void transform_input_pairs(const Tiling& map, const Values& x, TileRange tiles, const Factors& to);

/// A dy Aᵀ of the tiles: to[p][channel / panel][tile / 2][channel % panel][tile % 2], where columns is the number of
/// tiles that a panel has room for. Channels that fill up the last panel become zero. Pooled values only where tiles
/// begin at even pixels.
void transform_output_gradient(const Tiling& map, const Values& dy, TileRange tiles, const Factors& to);

/// The same of a pooled map, tile by tile: to[p][tile][channel]. Tiles of even sides.
void transform_pooled_gradient(const Tiling& map, const Values& dy, TileRange tiles, const Factors& to);

/// Aᵀ m A of the tiles, from[p][tile][channel − begin], to the map's pixels that exist: channels [begin, end).
void transform_output(const Tiling& map, const Sums& from, TileRange tiles, std::int64_t begin, std::int64_t end,
                      std::uint16_t* y);

/// The same with max-pooling of 2×2, for even sides: y and slots are [images, height / 2, width / 2, channels], rounded
/// down, as in Values. Of equal values the first counts.
void transform_output_pooled(const Tiling& map, const Sums& from, TileRange tiles, std::int64_t begin, std::int64_t end,
                             std::uint16_t* y, std::uint8_t* slots);

/// B m Bᵀ of the tiles, of even sides: what each adds to the gradient of its input and of the pixels around it. The
/// first to reach a pixel writes it, those after it add: a map's tiles must come in order, the tilings of a map too
/// (row by row, in each from the left). Sums are rounded as they are kept, to bf16.
void transform_input_gradient(const Tiling& map, const Sums& from, TileRange tiles, std::int64_t begin,
                              std::int64_t end, std::uint16_t* dx);

/// Filters of a convolution, and how its tiles are shaped.
struct Filters {
  std::int64_t in, out;                ///< channels
  std::int64_t row_side, column_side;  ///< of a tile
};

/// G g Gᵀ for the convolution: u[p][out / panel][in / 2][out % panel][in % 2], from weight[out][3][3][in]. Output
/// channels [begin, end), begin a multiple of 16. u must hold zeros where filters fill up the last panel.
void transform_filters(const Filters& filters, const float* weight, std::int64_t begin, std::int64_t end,
                       std::uint16_t* u);

/// Likewise for the input's gradient, filters turned by 180 degrees and channels exchanged:
/// u[p][in / panel][out / 2][in % panel][out % 2]. Output channels [begin, end), begin and end even.
void transform_turned_filters(const Filters& filters, const float* weight, std::int64_t begin, std::int64_t end,
                              std::uint16_t* u);

/// The same of filters that aren't turned: for transform_input_gradient.
void transform_exchanged_filters(const Filters& filters, const float* weight, std::int64_t begin, std::int64_t end,
                                 std::uint16_t* u);

/// Gᵀ du G, added to gradient[out][3][3][in] of output channels [begin, end), begin a multiple of 16, from
/// du[p][in][out].
void transform_filter_gradient(const Filters& filters, const Sums& du, std::int64_t begin, std::int64_t end,
                               float* gradient);

}  // namespace reslab::nn::kernels::bf16
