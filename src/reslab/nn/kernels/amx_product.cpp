// Compiled for AMX: see winograd_bf16_vectors.h for what such a file may not use.
#include "reslab/nn/kernels/amx_product.h"

#ifdef RESLAB_HAS_AMX_BF16
#include "reslab/nn/kernels/winograd_bf16_vectors.h"
#endif

namespace reslab::nn::kernels::bf16 {

// The build says so, as it does to those who call: compilers disagree on their own names for it (__AMX_TILE__ in GCC,
// __AMXTILE__ in Clang before 17).
#ifdef RESLAB_HAS_AMX_BF16
namespace {

constexpr std::int64_t side = amx_rows;  // rows of a tile, and values of 32 bits in a row
constexpr std::int64_t word = sizeof(std::uint32_t);
// Pairs of a left matrix that are turned at once.
constexpr std::int64_t turned_depth = 256;

static_assert(panel == 2 * side && lanes == side && turned_depth % side == 0);

// GCC's tile loads don't say that they read memory, and its load of their shapes says so of 8 bytes in 64.
[[gnu::always_inline]] inline void memory_is_written() { asm volatile("" ::: "memory"); }

// Tiles 0 to 3 hold the result, two beside two; 4 and 5 rows of the left matrix, 6 and 7 halves of a panel.
void set_shapes(std::int64_t rows, std::int64_t depth) {
  struct alignas(64) {
    std::uint8_t palette, first_row, reserved[14];
    std::uint16_t row_bytes[16];
    std::uint8_t rows[16];
  } shapes{};
  static_assert(sizeof(shapes) == 64);
  shapes.palette = 1;
  const auto set = [&](int tile, std::int64_t tile_rows, std::int64_t words) {
    shapes.rows[tile] = static_cast<std::uint8_t>(tile_rows);
    shapes.row_bytes[tile] = static_cast<std::uint16_t>(words * word);
  };
  for (int tile = 0; tile < 4; ++tile) set(tile, rows, side);
  for (int tile = 4; tile < 6; ++tile) set(tile, rows, depth);
  for (int tile = 6; tile < 8; ++tile) set(tile, depth, side);
  memory_is_written();
  _tile_loadconfig(&shapes);
}

// A part of rows or pairs that whole tiles cover, or what is left of them.
struct Part {
  std::int64_t first, count, step;
};

struct Parts {
  Part parts[2];

  explicit Parts(std::int64_t all) : parts{{0, all / side * side, side}, {all / side * side, all % side, all % side}} {}
};

// What a block of the result is made of; strides in bytes.
struct Block {
  const std::uint32_t* left;
  std::int64_t left_row;
  const std::uint32_t* right;
  float* result;
  std::int64_t result_row;
  bool accumulate;
};

// `Tiles` tiles of rows times a panel, over `depth` pairs, `step` at once.
template <int Tiles>
void multiply_block(const Block& b, std::int64_t depth, std::int64_t step) {
  float* const low = b.result;
  float* const high = Tiles == 2 ? b.result + side * b.result_row / word : nullptr;
  if (b.accumulate) {
    _tile_loadd(0, low, b.result_row);
    _tile_loadd(1, low + side, b.result_row);
    if constexpr (Tiles == 2) {
      _tile_loadd(2, high, b.result_row);
      _tile_loadd(3, high + side, b.result_row);
    }
  } else {
    _tile_zero(0);
    _tile_zero(1);
    if constexpr (Tiles == 2) {
      _tile_zero(2);
      _tile_zero(3);
    }
  }
  const std::uint32_t* left = b.left;
  const std::uint32_t* right = b.right;
  for (std::int64_t k = 0; k < depth; k += step, left += step, right += step * panel) {
    _tile_loadd(6, right, panel * word);
    _tile_loadd(4, left, b.left_row);
    _tile_dpbf16ps(0, 4, 6);
    _tile_loadd(7, right + side, panel * word);
    _tile_dpbf16ps(1, 4, 7);
    if constexpr (Tiles == 2) {
      _tile_loadd(5, left + side * b.left_row / word, b.left_row);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
  }
  _tile_stored(0, low, b.result_row);
  _tile_stored(1, low + side, b.result_row);
  if constexpr (Tiles == 2) {
    _tile_stored(2, high, b.result_row);
    _tile_stored(3, high + side, b.result_row);
  }
}

void multiply_rows(const Block& block, std::int64_t tiles, std::int64_t depth, std::int64_t step) {
  if (tiles == 2)
    multiply_block<2>(block, depth, step);
  else
    multiply_block<1>(block, depth, step);
}

// to[column][row] = from[row][column] of 16 × 16 words, of which `rows` and `columns` exist; the others become 0.
void turn(const std::uint32_t* from, std::int64_t from_row, std::int64_t rows, std::int64_t columns, std::uint32_t* to,
          std::int64_t to_row) {
  const __mmask16 mask = mask_from(0, columns);
  V square[side];
  for (int i = 0; i < side; ++i)
    square[i] =
        _mm512_castsi512_ps(i < rows ? _mm512_maskz_loadu_epi32(mask, from + i * from_row) : _mm512_setzero_si512());
  transpose(square);
  for (int i = 0; i < side; ++i) _mm512_storeu_ps(to + i * to_row, square[i]);
}

const std::uint32_t* words(const std::uint16_t* of) { return reinterpret_cast<const std::uint32_t*>(of); }

// Where the left matrix has its rows together: panel by panel, so that one stays in the first-level cache.
void multiply_part(const Product& p, const Part& rows, const Part& depth) {
  const bool accumulate = p.accumulate || depth.first > 0;
  for (std::int64_t column = 0; column < p.columns; column += panel) {
    const std::uint32_t* const right = words(p.right) + column / panel * p.right_panel + depth.first * panel;
    for (std::int64_t row = 0; row < rows.count; row += 2 * rows.step) {
      const Block block{.left = words(p.left) + (rows.first + row) * p.left_row + depth.first,
                        .left_row = p.left_row * word,
                        .right = right,
                        .result = p.result + (rows.first + row) * p.result_row + column,
                        .result_row = p.result_row * word,
                        .accumulate = accumulate};
      multiply_rows(block, rows.count - row > rows.step ? 2 : 1, depth.count, depth.step);
    }
  }
}

// Where it has its columns together, two tiles of rows are turned at once and meet all panels.
void multiply_turned_part(const Product& p, const Part& rows, const Part& depth) {
  alignas(64) std::uint32_t turned[2 * side * turned_depth];
  for (std::int64_t k = 0; k < depth.count; k += turned_depth) {
    const std::int64_t first = depth.first + k, count = depth.count - k < turned_depth ? depth.count - k : turned_depth;
    for (std::int64_t row = 0; row < rows.count; row += 2 * rows.step) {
      const std::int64_t tiles = rows.count - row > rows.step ? 2 : 1;
      for (std::int64_t tile = 0; tile < tiles; ++tile)
        for (std::int64_t i = 0; i < count; i += depth.step)
          turn(words(p.left) + rows.first + row + tile * side + (first + i) * p.left_depth, p.left_depth, depth.step,
               rows.step, turned + tile * side * turned_depth + i, turned_depth);
      memory_is_written();
      for (std::int64_t column = 0; column < p.columns; column += panel) {
        const Block block{.left = turned,
                          .left_row = turned_depth * word,
                          .right = words(p.right) + column / panel * p.right_panel + first * panel,
                          .result = p.result + (rows.first + row) * p.result_row + column,
                          .result_row = p.result_row * word,
                          .accumulate = p.accumulate || first > 0};
        multiply_rows(block, tiles, count, depth.step);
      }
    }
  }
}

}  // namespace

void multiply_by_amx(const Product& product) {
  const Parts depths(product.depth), rows(product.rows);
  for (const Part& depth : depths.parts)
    for (const Part& part : rows.parts) {
      if (depth.count == 0 || part.count == 0) continue;
      set_shapes(part.step, depth.step);
      Product p = product;
      for (std::int64_t i = 0; i < product.count; ++i) {
        if (p.left_depth == 1)
          multiply_part(p, part, depth);
        else
          multiply_turned_part(p, part, depth);
        p.advance();
      }
    }
  _tile_release();
}

#else

void multiply_by_amx(const Product&) { __builtin_trap(); }

#endif

}  // namespace reslab::nn::kernels::bf16
