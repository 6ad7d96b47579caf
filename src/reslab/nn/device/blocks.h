// How a GPU's kernels share a map [rows, channels], a row being a pixel: by blocks, each of which takes a chunk of rows
// and a tile of channels. The threads of a block, a team, stand in lanes of rows and columns of channels. On the
// processor the same source runs block after block; it is for tests.
//
// A team offers index() of the thread, and wait(), until all have come there.
#pragma once

#include <c10/util/BFloat16.h>

#include <algorithm>
#include <cstdint>

#include "reslab/core/host_device.h"

namespace reslab::nn::device {

inline constexpr int threads = 256;  ///< of a block on a GPU

/// Channels that a thread takes at once: so many of 16 bytes.
template <typename Value>
inline constexpr int vector_width = static_cast<int>(16 / sizeof(Value));
inline constexpr int most_width = 8;

/// What a team keeps together: two numbers of each of a thread's channels.
inline constexpr int shared_floats = 2 * most_width * threads;

struct Layout {
  std::int64_t rows = 0, chunk_rows = 0;
  int channels = 0, width = 1;  ///< channels is a multiple of width
  int columns = 1, lanes = 1;   ///< columns · lanes ≤ the threads of a block; the others rest
  int tiles = 1, chunks = 1;

  RESLAB_HOST_DEVICE std::int64_t rows_of(int chunk) const {
    const std::int64_t left = rows - chunk * chunk_rows;
    return left < chunk_rows ? left : chunk_rows;
  }
};

/// How a map is cut for blocks of so many threads: never by the GPU at hand, so that sums are made in the same order on
/// all.
inline Layout layout_of(std::int64_t rows, int channels, int width, int block_threads, int most_columns = 32) {
  constexpr int most_blocks = 1024, rows_a_lane = 8;
  Layout layout{.rows = rows, .channels = channels, .width = width};
  const int vectors = channels / width;
  layout.columns = std::min({vectors, most_columns, block_threads});
  layout.lanes = block_threads / layout.columns;
  layout.tiles = (vectors + layout.columns - 1) / layout.columns;
  const std::int64_t least_rows = std::int64_t{layout.lanes} * rows_a_lane;
  const std::int64_t most_chunks = std::max(most_blocks / layout.tiles, 1);
  layout.chunk_rows = std::max((rows + most_chunks - 1) / most_chunks, least_rows);
  layout.chunks = static_cast<int>((rows + layout.chunk_rows - 1) / layout.chunk_rows);
  return layout;
}

/// What a thread has to do.
struct Place {
  RESLAB_HOST_DEVICE Place(const Layout& layout, int tile, int chunk, int thread)
      : column(thread % layout.columns),
        lane(thread / layout.columns),
        channel((tile * layout.columns + column) * layout.width),
        works(lane < layout.lanes && channel < layout.channels),
        first_row(chunk * layout.chunk_rows),
        end_row(first_row + layout.rows_of(chunk)) {}

  int column, lane, channel;
  bool works;  ///< else it only waits with the others
  std::int64_t first_row, end_row;
};

template <typename Value, int width>
struct alignas(sizeof(Value) * width) Pack {
  Value values[width];
};

template <int width, typename Value>
RESLAB_HOST_DEVICE void load(const Value* from, float (&to)[width]) {
  const auto pack = *reinterpret_cast<const Pack<Value, width>*>(from);
  for (int i = 0; i < width; ++i) to[i] = static_cast<float>(pack.values[i]);
}

template <int width, typename Value>
RESLAB_HOST_DEVICE void store(const float (&from)[width], Value* to) {
  Pack<Value, width> pack;
  for (int i = 0; i < width; ++i) pack.values[i] = static_cast<Value>(from[i]);
  *reinterpret_cast<Pack<Value, width>*>(to) = pack;
}

/// Sums over the lanes, in an order that depends on their number alone. All threads call it; afterwards all lanes hold
/// the sums of their column. shared: [count, lanes, columns].
template <typename Number, int count, typename Team>
RESLAB_HOST_DEVICE void sum_lanes(const Layout& layout, const Place& place, Number (&values)[count], Number* shared,
                                  Team& team) {
  const bool stands = place.lane < layout.lanes;
  const int own = place.lane * layout.columns + place.column, step = layout.lanes * layout.columns;
  if (stands)
    for (int i = 0; i < count; ++i) shared[i * step + own] = values[i];
  team.wait();
  for (int left = layout.lanes; left > 1;) {
    const int half = (left + 1) / 2;
    if (place.lane + half < left)
      for (int i = 0; i < count; ++i) shared[i * step + own] += shared[i * step + own + half * layout.columns];
    team.wait();
    left = half;
  }
  if (stands)
    for (int i = 0; i < count; ++i) values[i] = shared[i * step + place.column];
  team.wait();
}

}  // namespace reslab::nn::device
