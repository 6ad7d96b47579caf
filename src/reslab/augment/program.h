// A pipeline as plain values and one function over them, without virtual calls and without memory of its own: what a
// GPU can run. The result is the pipeline's, bit for bit.
//
//   if (const auto program = augment::compile(pipeline, {32, 32}, 3)) …   // what batches on a GPU are made by
//   augment::run(*program, {.seed = 1, .epoch = 0, .sample = 17}, canvas, team);
//
// Several threads work on one image, a team: each does every size()-th pixel, and all wait between policies.
#pragma once

#include <optional>

#include "reslab/augment/formulas.h"
#include "reslab/augment/policy.h"
#include "reslab/core/host_device.h"
#include "reslab/core/team.h"

namespace reslab::augment {

inline constexpr int most_instructions = 12;

/// A pipeline for images of one size.
struct Program {
  std::array<Instruction, most_instructions> instructions{};
  int count = 0;
  Size input{}, output{};  ///< pixels
  int channels = 0;        ///< in [1, most_channels]
  int bytes = 0;           ///< of the largest image on the way
};

/// Nothing where the pipeline can't be run so: a policy without an instruction, results of different sizes, or more
/// policies, channels or pixels than there is room for. Throws as Pipeline::output_size does.
std::optional<Program> compile(const Pipeline& pipeline, Size input, int channels);

/// An image and as much memory again, which the policies that move pixels write to.
struct Canvas {
  std::uint8_t* pixels;  ///< Program::bytes, as in Image
  std::uint8_t* spare;   ///< likewise
  int height, width, channels;

  RESLAB_HOST_DEVICE std::uint8_t* at(int row, int column) const { return pixels + (row * width + column) * channels; }
};

/// The team of one thread. Others offer the same members.
struct OneThread : core::OneThread {
  /// The sums over all threads' values; all must call it.
  RESLAB_HOST_DEVICE std::array<std::uint32_t, 3> sum(const std::array<std::uint32_t, 3>& values) { return values; }
};

namespace detail {

// What was written to the spare memory is the image now.
template <typename Team>
RESLAB_HOST_DEVICE void take_spare(Canvas& canvas, Size size, Team& team) {
  team.wait();
  std::uint8_t* const written = canvas.spare;
  canvas.spare = canvas.pixels;
  canvas.pixels = written;
  canvas.height = size.height;
  canvas.width = size.width;
}

// Writes an image of another size or order: pixel (row, column) is the one that `source` gives a pointer to.
template <typename Team, typename Source>
RESLAB_HOST_DEVICE void redraw(Canvas& canvas, Size size, Team& team, const Source& source) {
  for (int i = team.index(); i < size.height * size.width; i += team.size()) {
    const std::uint8_t* from = source(i / size.width, i % size.width);
    for (int c = 0; c < canvas.channels; ++c) canvas.spare[i * canvas.channels + c] = from[c];
  }
  take_spare(canvas, size, team);
}

template <typename Team>
RESLAB_HOST_DEVICE void pad(Canvas& canvas, Size least, Team& team) {
  const Size outer{std::max(canvas.height, least.height), std::max(canvas.width, least.width)};
  const int top = (outer.height - canvas.height) / 2, left = (outer.width - canvas.width) / 2;
  const Canvas inner = canvas;
  redraw(canvas, outer, team, [&](int row, int column) {
    return inner.at(reflect(row - top, inner.height), reflect(column - left, inner.width));
  });
}

template <typename Team>
RESLAB_HOST_DEVICE void crop(Canvas& canvas, Size size, core::Random& random, Team& team) {
  const auto top = static_cast<int>(random.below(static_cast<std::uint32_t>(canvas.height - size.height + 1)));
  const auto left = static_cast<int>(random.below(static_cast<std::uint32_t>(canvas.width - size.width + 1)));
  const Canvas whole = canvas;
  redraw(canvas, size, team, [&](int row, int column) { return whole.at(top + row, left + column); });
}

template <typename Team>
RESLAB_HOST_DEVICE void mirror(Canvas& canvas, Team& team) {
  const Canvas from = canvas;
  redraw(canvas, {from.height, from.width}, team,
         [&](int row, int column) { return from.at(row, from.width - 1 - column); });
}

template <typename Team>
RESLAB_HOST_DEVICE void scale(Canvas& canvas, float factor, float offset, Team& team) {
  for (int i = team.index(); i < canvas.height * canvas.width * canvas.channels; i += team.size())
    canvas.pixels[i] = scaled_value(canvas.pixels[i], factor, offset);
  team.wait();
}

template <typename Team>
RESLAB_HOST_DEVICE void change_contrast(Canvas& canvas, float factor, Team& team) {
  const int values = canvas.height * canvas.width * canvas.channels;
  std::array<std::uint32_t, 3> sums{};
  for (int i = team.index(); i < values; i += team.size())
    sums[static_cast<std::size_t>(canvas.channels == 3 ? i % 3 : 0)] += canvas.pixels[i];
  const float grey = mean_grey(team.sum(sums), canvas.channels, values);
  scale(canvas, factor, (1 - factor) * grey, team);
}

template <typename Team>
RESLAB_HOST_DEVICE void cut_holes(Canvas& canvas, const Instruction& cutout, core::Random& random, Team& team) {
  for (std::uint32_t hole = 0; hole < cutout.holes; ++hole) {
    const Interval rows = place_hole(canvas.height, cutout.size.height, random);
    const Interval columns = place_hole(canvas.width, cutout.size.width, random);
    const int height = rows.end - rows.begin, width = columns.end - columns.begin;
    for (int i = team.index(); i < height * width; i += team.size())
      for (int c = 0; c < canvas.channels; ++c)
        canvas.at(rows.begin + i / width, columns.begin + i % width)[c] = cutout.fill[static_cast<std::size_t>(c)];
    team.wait();  // holes may overlap
  }
}

template <typename Team>
RESLAB_HOST_DEVICE void apply(const Instruction& policy, core::Random random, Canvas& canvas, Team& team) {
  switch (policy.kind) {
    case Instruction::Kind::alternating_flip: {
      if (alternating_flip_mirrors(random)) mirror(canvas, team);
      return;
    }
    case Instruction::Kind::brightness: scale(canvas, intensity_factor(policy.strength, random), 0, team); return;
    case Instruction::Kind::contrast: change_contrast(canvas, intensity_factor(policy.strength, random), team); return;
    case Instruction::Kind::pad:
      if (random.chance(policy.probability)) pad(canvas, policy.size, team);
      return;
    case Instruction::Kind::random_crop:
      if (random.chance(policy.probability)) crop(canvas, policy.size, random, team);
      return;
    case Instruction::Kind::horizontal_flip:
      if (random.chance(policy.probability)) mirror(canvas, team);
      return;
    case Instruction::Kind::cutout:
      if (random.chance(policy.probability)) cut_holes(canvas, policy, random, team);
      return;
  }
}

}  // namespace detail

/// Pipeline::apply. canvas: an image of program.input. All threads of the team call it with equal arguments, each on a
/// canvas of its own over memory that they share, and find the image whole when it returns.
template <typename Team>
RESLAB_HOST_DEVICE void run(const Program& program, const SampleKey& key, Canvas& canvas, Team& team) {
  for (int place = 0; place < program.count; ++place)
    detail::apply(program.instructions[static_cast<std::size_t>(place)],
                  core::Random({.seed = key.seed,
                                .stream = stream_of(static_cast<std::size_t>(place)),
                                .epoch = key.epoch,
                                .sample = key.sample}),
                  canvas, team);
}

/// shrink(). `size` at most the canvas's.
template <typename Team>
RESLAB_HOST_DEVICE void shrink(Canvas& canvas, Size size, Team& team) {
  if (size == Size{canvas.height, canvas.width}) return;
  for (int i = team.index(); i < size.height * size.width; i += team.size()) {
    const int row = i / size.width, column = i % size.width;
    const Interval rows = covered(row, canvas.height, size.height);
    const Interval columns = covered(column, canvas.width, size.width);
    for (int c = 0; c < canvas.channels; ++c) {
      float sum = 0.5F;
      for (int y = rows.begin; y < rows.end; ++y)
        for (int x = columns.begin; x < columns.end; ++x)
          sum += share_of(y, row, canvas.height, size.height) * share_of(x, column, canvas.width, size.width) *
                 static_cast<float>(canvas.at(y, x)[c]);
      canvas.spare[i * canvas.channels + c] = static_cast<std::uint8_t>(std::min(sum, 255.0F));
    }
  }
  detail::take_spare(canvas, size, team);
}

}  // namespace reslab::augment
