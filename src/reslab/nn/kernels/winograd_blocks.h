// The arithmetic of Winograd's convolution on one block of tiles, in one thread: no tensors here, only floats.
//
// F(4×4, 3×3): a tile is 4×4 outputs of one image and 6×6 inputs around them, so 36 products stand for 144 (Lavin and
// Gray 2016, arXiv 1509.09308; the matrices B, G, A are its F(4×4, 3×3)). With x a tile of input, g a filter, y a tile
// of output:
//
//   y  = Aᵀ [ (Bᵀ x B) ⊙ (G g Gᵀ) ] A          each of the 36 positions: a product [tiles, in] × [in, out]
//   dg = Gᵀ [ (Bᵀ x B) ⊙ (A dy Aᵀ) ] G         each of the 36 positions: a product [in, tiles] × [tiles, out]
//
// and the gradient of x is the first with the filters turned and their channels exchanged.
//
// All sizes are in elements. Maps are [images, height, width, channels] without gaps; channels are multiples of 8.
#pragma once

#include <cstddef>
#include <cstdint>

namespace reslab::nn::kernels {

inline constexpr std::int64_t winograd_outputs = 4;     ///< a tile's side, pixels of the output
inline constexpr std::int64_t winograd_inputs = 6;      ///< a tile's side, pixels of the input
inline constexpr std::int64_t winograd_positions = 36;  ///< products a tile

/// A map cut into tiles, image by image, row by row; tiles at the right and lower border may stick out.
struct WinogradMap {
  std::int64_t images = 0, height = 0, width = 0, channels = 0;

  std::int64_t tile_rows() const { return (height + winograd_outputs - 1) / winograd_outputs; }
  std::int64_t tile_columns() const { return (width + winograd_outputs - 1) / winograd_outputs; }
  std::int64_t tiles() const { return images * tile_rows() * tile_columns(); }
};

/// Tiles [begin, end) of a map.
struct TileRange {
  std::int64_t begin = 0, end = 0;

  std::int64_t size() const { return end - begin; }
};

/// What this processor computes with.
struct WinogradTarget {
  const char* name;    ///< "AVX2", …
  std::int64_t panel;  ///< columns that the product handles at once
};

/// None where the processor has no vectors of 8 floats.
const WinogradTarget* winograd_target();

/// Products of one block, position by position: 36 matrices of `rows` × `columns`, `stride` apart.
struct Positions {
  float* data;
  std::int64_t columns;  ///< of a matrix, its row's length in memory
  std::int64_t stride;   ///< from one position's matrix to the next
};

/// Bᵀ x B of the tiles, around each map one pixel of zeros: positions[p][tile][channel]. `zeros` holds channels zeros.
void winograd_transform_input(const WinogradMap& map, const float* x, TileRange tiles, const float* zeros,
                              const Positions& positions);

/// A dy Aᵀ of the tiles, in panels: positions[p][channel / panel][tile][channel % panel], where columns is the number
/// of tiles that a panel has room for. Channels that fill up the last panel become zero.
void winograd_transform_output_gradient(const WinogradMap& map, const float* dy, TileRange tiles, const float* zeros,
                                        const Positions& positions);

/// Aᵀ m A of the tiles, from positions[p][tile][channel] to the map's pixels that exist.
void winograd_transform_output(const WinogradMap& map, const Positions& positions, TileRange tiles, float* y);

/// G g Gᵀ in panels: u[p][out / panel][in][out % panel], from filters[3][3][in][out].
/// The rows [begin, end) of the input channels. Filters that fill up the last panel become zero.
void winograd_transform_filters(const float* filters, std::int64_t in, std::int64_t out, std::int64_t begin,
                                std::int64_t end, float* u);

/// Gᵀ du G: gradients[out][3][3][in] of output channels [begin, end), from du[p][in][columns], positions `stride`
/// apart.
void winograd_transform_filter_gradient(const Positions& du, std::int64_t in, std::int64_t begin, std::int64_t end,
                                        float* gradients);

/// result[row][column] = Σ_k left(row, k) · right[k][column], or += with `accumulate`.
struct Product {
  const float* left;
  std::int64_t left_row, left_depth;  ///< strides of left: one of them is 1
  const float* right;                 ///< [columns / panel][depth][panel], panels right_panel apart
  std::int64_t right_panel;
  float* result;  ///< [rows][result_row]
  std::int64_t result_row;
  std::int64_t rows, columns, depth;  ///< columns: a multiple of the panel
  bool accumulate = false;
};
void winograd_product(const Product& product);

}  // namespace reslab::nn::kernels
