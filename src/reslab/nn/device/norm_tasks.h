// The kernels of batch normalisation with its activation on a GPU, as tasks: plain values, whose block() does what one
// block of threads has to. Elements are fp32 or bf16; between them everything is fp32, and sums over blocks fp64.
// Formulas: nn/kernels/norm_activation.h.
//
//   forward:    RowStatistics, then FinishStatistics, then Activate
//   backward:   GradientSums, then FinishSums, then Gradient
#pragma once

#include <cmath>

#include "reslab/nn/device/blocks.h"
#include "reslab/nn/kernels/activation_kind.h"

namespace reslab::nn::device {

using kernels::Activation;

RESLAB_HOST_DEVICE inline float activate(Activation activation, float u) {
  switch (activation) {
    case Activation::relu: return u < 0 ? 0 : u;  // what is no number stays
    case Activation::gelu: return u * 0.5F * (1 + ::erff(u * 0.70710678F));
    case Activation::silu: return u / (1 + ::expf(-u));
    case Activation::none: break;
  }
  return u;
}

/// dy · f'(u).
RESLAB_HOST_DEVICE inline float activation_gradient(Activation activation, float dy, float u) {
  switch (activation) {
    case Activation::relu: return u > 0 ? dy : 0;
    case Activation::gelu: {
      const float density = 0.39894228F * ::expf(-0.5F * u * u);
      return dy * (0.5F * (1 + ::erff(u * 0.70710678F)) + u * density);
    }
    case Activation::silu: {
      const float share = 1 / (1 + ::expf(-u));
      // Far below zero the share is nothing, and what it is multiplied with may be infinite.
      return share == 0 ? 0 : dy * share * (1 + u * (1 - share));
    }
    case Activation::none: break;
  }
  return dy;
}

/// What a normalisation knows of its channels, [c] each.
struct Channels {
  float *mean, *inverse, *scale, *shift;  ///< inverse: of the deviation; u = x · scale + shift
};

/// One number of each of a thread's channels.
template <int width>
RESLAB_HOST_DEVICE void take(const float* numbers, const Place& place, float (&to)[width]) {
  for (int i = 0; i < width; ++i) to[i] = numbers[place.channel + i];
}

/// Two numbers of each chunk and channel, [chunks, channels] each.
struct Partial {
  float *first, *second;
};

/// Of each chunk: the mean, and the sum of squares apart from it, by sums around a value of the chunk.
template <typename Value, int width>
struct RowStatistics {
  using Shared = float;

  Layout layout;
  const Value* x;
  Partial partial;

  template <typename Team>
  RESLAB_HOST_DEVICE void block(int tile, int chunk, float* shared, Team& team) const {
    const Place place(layout, tile, chunk, team.index());
    float pivot[width] = {}, sums[2 * width] = {};
    if (place.works) {
      load(x + place.first_row * layout.channels + place.channel, pivot);
      for (std::int64_t row = place.first_row + place.lane; row < place.end_row; row += layout.lanes) {
        float value[width];
        load(x + row * layout.channels + place.channel, value);
        for (int i = 0; i < width; ++i) {
          const float apart = value[i] - pivot[i];
          sums[i] += apart;
          sums[width + i] += apart * apart;
        }
      }
    }
    sum_lanes(layout, place, sums, shared, team);
    if (!place.works || place.lane != 0) return;
    const auto rows = static_cast<float>(layout.rows_of(chunk));
    const std::int64_t at = std::int64_t{chunk} * layout.channels + place.channel;
    for (int i = 0; i < width; ++i) {
      const float shift = sums[i] / rows, squares = sums[width + i] - shift * sums[i];
      partial.first[at + i] = pivot[i] + shift;
      partial.second[at + i] = squares < 0 ? 0 : squares;
    }
  }
};

/// Merges the chunks, and moves the running statistics; by running statistics it only prepares. Its own layout is one
/// of chunks as rows.
struct FinishStatistics {
  using Shared = double;

  Layout layout;  ///< width 1, one chunk, rows: the chunks of `cut`
  Layout cut;     ///< of the map
  Partial partial;
  const float *weight, *bias;
  float *running_mean, *running_var;
  bool training;
  double momentum, eps;
  Channels channels;

  template <typename Team>
  RESLAB_HOST_DEVICE void block(int tile, int, double* shared, Team& team) const {
    const Place place(layout, tile, 0, team.index());
    const auto rows = static_cast<double>(cut.rows);
    double mean[1] = {}, squares[1] = {};
    if (training) {
      if (place.works)
        for (std::int64_t chunk = place.lane; chunk < layout.rows; chunk += layout.lanes)
          mean[0] += static_cast<double>(cut.rows_of(static_cast<int>(chunk))) *
                     partial.first[chunk * layout.channels + place.channel];
      sum_lanes(layout, place, mean, shared, team);
      mean[0] /= rows;
      if (place.works)
        for (std::int64_t chunk = place.lane; chunk < layout.rows; chunk += layout.lanes) {
          const std::int64_t at = chunk * layout.channels + place.channel;
          const double apart = partial.first[at] - mean[0];
          squares[0] += partial.second[at] + apart * apart * static_cast<double>(cut.rows_of(static_cast<int>(chunk)));
        }
      sum_lanes(layout, place, squares, shared, team);
    }
    if (!place.works || place.lane != 0) return;
    const int c = place.channel;
    double variance = 0;
    if (training) {
      variance = squares[0] / rows;
      running_mean[c] = moved(running_mean[c], mean[0]);
      running_var[c] = moved(running_var[c], squares[0] / (rows - 1));
    } else {
      mean[0] = running_mean[c];
      variance = running_var[c];
    }
    // See kernels/norm_activation.h.
    const bool constant = training && variance == 0;
    const double inverse = constant ? 1 : 1 / ::sqrt(variance + eps), scale = inverse * weight[c];
    channels.mean[c] = static_cast<float>(mean[0]);
    channels.inverse[c] = static_cast<float>(inverse);
    channels.scale[c] = static_cast<float>(scale);
    // Of the rounded ones, which are what u is made of.
    channels.shift[c] = static_cast<float>(bias[c] - static_cast<double>(channels.mean[c]) * channels.scale[c]);
  }

 private:
  RESLAB_HOST_DEVICE float moved(float running, double batch) const {
    return static_cast<float>((1 - momentum) * running + momentum * batch);
  }
};

/// y = f(x · scale + shift) + residual, or f(… + residual); a residual may be null.
template <typename Value, int width>
struct Activate {
  using Shared = float;

  Layout layout;
  const Value *x, *residual;
  Value* y;
  Channels channels;
  Activation activation;
  bool residual_first;

  template <typename Team>
  RESLAB_HOST_DEVICE void block(int tile, int chunk, float*, Team& team) const {
    const Place place(layout, tile, chunk, team.index());
    if (!place.works) return;
    float scale[width], shift[width];
    take(channels.scale, place, scale);
    take(channels.shift, place, shift);
    for (std::int64_t row = place.first_row + place.lane; row < place.end_row; row += layout.lanes) {
      const std::int64_t at = row * layout.channels + place.channel;
      float value[width], added[width] = {};
      load(x + at, value);
      if (residual != nullptr) load(residual + at, added);
      for (int i = 0; i < width; ++i) {
        const float u = value[i] * scale[i] + shift[i];
        value[i] = residual_first ? activate(activation, u + added[i]) : activate(activation, u) + added[i];
      }
      store(value, y + at);
    }
  }
};

/// With g = dy · f'(u), of each chunk: Σ g and Σ g · (x − mean). Where a residual was added before the activation, g =
/// dy · f'(u + residual) is written too: its gradient.
template <typename Value, int width>
struct GradientSums {
  using Shared = float;

  Layout layout;
  const Value *x, *dy;
  Channels channels;
  Activation activation;
  Partial partial;
  const Value* residual;  ///< null for none
  Value* of_residual;     ///< likewise

  template <typename Team>
  RESLAB_HOST_DEVICE void block(int tile, int chunk, float* shared, Team& team) const {
    const Place place(layout, tile, chunk, team.index());
    float sums[2 * width] = {};
    if (place.works) {
      float mean[width], scale[width], shift[width];
      take(channels.mean, place, mean);
      take(channels.scale, place, scale);
      take(channels.shift, place, shift);
      for (std::int64_t row = place.first_row + place.lane; row < place.end_row; row += layout.lanes) {
        const std::int64_t at = row * layout.channels + place.channel;
        float value[width], gradient[width], added[width] = {};
        load(x + at, value);
        load(dy + at, gradient);
        if (residual != nullptr) load(residual + at, added);
        for (int i = 0; i < width; ++i) {
          gradient[i] = activation_gradient(activation, gradient[i], value[i] * scale[i] + shift[i] + added[i]);
          sums[i] += gradient[i];
          sums[width + i] += gradient[i] * (value[i] - mean[i]);
        }
        if (of_residual != nullptr) store(gradient, of_residual + at);
      }
    }
    sum_lanes(layout, place, sums, shared, team);
    if (!place.works || place.lane != 0) return;
    const std::int64_t at = std::int64_t{chunk} * layout.channels + place.channel;
    for (int i = 0; i < width; ++i) {
      partial.first[at + i] = sums[i];
      partial.second[at + i] = sums[width + i];
    }
  }
};

/// What the gradient of x has beside g · scale, [c] each: what x does to the batch's mean and deviation.
struct Correction {
  float *slope, *offset;
};

/// The gradients of weight and bias, and the correction; by running statistics x moves neither mean nor deviation.
struct FinishSums {
  using Shared = double;

  Layout layout;  ///< as FinishStatistics'
  Layout cut;
  Partial partial;
  Channels channels;
  bool training;
  float *of_weight, *of_bias;
  Correction correction;

  template <typename Team>
  RESLAB_HOST_DEVICE void block(int tile, int, double* shared, Team& team) const {
    const Place place(layout, tile, 0, team.index());
    double sums[2] = {};
    if (place.works)
      for (std::int64_t chunk = place.lane; chunk < layout.rows; chunk += layout.lanes) {
        sums[0] += partial.first[chunk * layout.channels + place.channel];
        sums[1] += partial.second[chunk * layout.channels + place.channel];
      }
    sum_lanes(layout, place, sums, shared, team);
    if (!place.works || place.lane != 0) return;
    const int c = place.channel;
    const double inverse = channels.inverse[c], scale = channels.scale[c], rows = static_cast<double>(cut.rows);
    of_bias[c] = static_cast<float>(sums[0]);
    of_weight[c] = static_cast<float>(sums[1] * inverse);
    correction.offset[c] = training ? static_cast<float>(-sums[0] / rows * scale) : 0;
    correction.slope[c] = training ? static_cast<float>(-sums[1] / rows * scale * inverse * inverse) : 0;
  }
};

/// dx = g · scale + (x − mean) · slope + offset.
template <typename Value, int width>
struct Gradient {
  using Shared = float;

  Layout layout;
  const Value *x, *dy;
  Value* dx;
  Channels channels;
  Correction correction;
  Activation activation;

  template <typename Team>
  RESLAB_HOST_DEVICE void block(int tile, int chunk, float*, Team& team) const {
    const Place place(layout, tile, chunk, team.index());
    if (!place.works) return;
    float mean[width], scale[width], shift[width], slope[width], offset[width];
    take(channels.mean, place, mean);
    take(channels.scale, place, scale);
    take(channels.shift, place, shift);
    take(correction.slope, place, slope);
    take(correction.offset, place, offset);
    for (std::int64_t row = place.first_row + place.lane; row < place.end_row; row += layout.lanes) {
      const std::int64_t at = row * layout.channels + place.channel;
      float value[width], gradient[width];
      load(x + at, value);
      load(dy + at, gradient);
      for (int i = 0; i < width; ++i) {
        const float g = activation_gradient(activation, gradient[i], value[i] * scale[i] + shift[i]);
        gradient[i] = g * scale[i] + ((value[i] - mean[i]) * slope[i] + offset[i]);
      }
      store(gradient, dx + at);
    }
  }
};

}  // namespace reslab::nn::device
