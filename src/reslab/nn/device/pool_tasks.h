// The kernels of max-pooling by windows of 2 × 2 on a GPU, as tasks (norm_tasks.h). What doesn't fill a window is left
// out, and its gradient is 0.
#pragma once

#include "reslab/nn/device/blocks.h"

namespace reslab::nn::device {

struct PoolSizes {
  int height, width;  ///< of the input, at least 2
};

/// A window's place in its map.
struct Window {
  /// index: in windows of all maps, `down` × `across` each.
  RESLAB_HOST_DEVICE Window(std::int64_t index, int down, int across) {
    const std::int64_t line = index / across;
    image = line / down;
    row = static_cast<int>(line - image * down);
    column = static_cast<int>(index - line * across);
  }

  /// Of its pixel i of 4, row by row, in pixels of all maps.
  RESLAB_HOST_DEVICE std::int64_t pixel(const PoolSizes& sizes, int i) const {
    return (image * sizes.height + 2 * row + i / 2) * sizes.width + 2 * column + i % 2;
  }

  std::int64_t image;
  int row, column;
};

/// The largest of each window, and which it is: the first of several; one that is no number before all that are.
template <typename Value, int channels_at_once>
struct MaxPool {
  using Shared = float;

  Layout layout;  ///< its rows are windows
  PoolSizes sizes;
  const Value* x;
  Value* y;
  std::uint8_t* choice;  ///< 0 to 3, of y's shape and order

  template <typename Team>
  RESLAB_HOST_DEVICE void block(int tile, int chunk, float*, Team& team) const {
    const Place place(layout, tile, chunk, team.index());
    if (!place.works) return;
    for (std::int64_t row = place.first_row + place.lane; row < place.end_row; row += layout.lanes) {
      const Window window(row, sizes.height / 2, sizes.width / 2);
      float best[channels_at_once];
      load(x + window.pixel(sizes, 0) * layout.channels + place.channel, best);
      Pack<std::uint8_t, channels_at_once> chosen{};
      for (int i = 1; i < 4; ++i) {
        float value[channels_at_once];
        load(x + window.pixel(sizes, i) * layout.channels + place.channel, value);
        for (int c = 0; c < channels_at_once; ++c)
          if (value[c] > best[c] || (value[c] != value[c] && best[c] == best[c])) {
            best[c] = value[c];
            chosen.values[c] = static_cast<std::uint8_t>(i);
          }
      }
      const std::int64_t offset = row * layout.channels + place.channel;
      store(best, y + offset);
      *reinterpret_cast<Pack<std::uint8_t, channels_at_once>*>(choice + offset) = chosen;
    }
  }
};

/// Writes every gradient once, zeros too.
template <typename Value, int channels_at_once>
struct MaxPoolGradient {
  using Shared = float;

  Layout layout;  ///< its rows are windows, those that aren't full among them
  PoolSizes sizes;
  const Value* dy;
  const std::uint8_t* choice;
  Value* dx;

  template <typename Team>
  RESLAB_HOST_DEVICE void block(int tile, int chunk, float*, Team& team) const {
    const Place place(layout, tile, chunk, team.index());
    if (!place.works) return;
    const int down = sizes.height / 2, across = sizes.width / 2;
    for (std::int64_t row = place.first_row + place.lane; row < place.end_row; row += layout.lanes) {
      const Window window(row, (sizes.height + 1) / 2, (sizes.width + 1) / 2);
      const bool full = window.row < down && window.column < across;
      float gradient[channels_at_once] = {};
      Pack<std::uint8_t, channels_at_once> chosen{};
      if (full) {
        const std::int64_t offset =
            ((window.image * down + window.row) * across + window.column) * layout.channels + place.channel;
        load(dy + offset, gradient);
        chosen = *reinterpret_cast<const Pack<std::uint8_t, channels_at_once>*>(choice + offset);
      }
      for (int i = 0; i < 4; ++i) {
        if (2 * window.row + i / 2 >= sizes.height || 2 * window.column + i % 2 >= sizes.width) continue;
        float part[channels_at_once];
        for (int c = 0; c < channels_at_once; ++c) part[c] = chosen.values[c] == i ? gradient[c] : 0;
        store(part, dx + window.pixel(sizes, i) * layout.channels + place.channel);
      }
    }
  }
};

}  // namespace reslab::nn::device
