// An augmentation policy: a pure function of an image and a random key.
//
//   augment::Pipeline pipeline;
//   pipeline.add(std::make_unique<augment::Pad>(augment::PadOptions{.height = 36, .width = 36}));
//   pipeline.add(std::make_unique<augment::RandomCrop>(augment::RandomCropOptions{.height = 32, .width = 32}));
//   pipeline.apply(image, {.seed = 1, .epoch = 0, .sample = 17});
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "reslab/core/host_device.h"
#include "reslab/core/random.h"

namespace reslab::augment {

/// One image: uint8, rows of pixels of `channels` bytes (HWC), without gaps.
struct Image {
  int height = 0, width = 0, channels = 0;
  std::vector<std::uint8_t> pixels;  ///< height · width · channels

  std::size_t offset(int row, int column) const {
    return (static_cast<std::size_t>(row) * static_cast<std::size_t>(width) + static_cast<std::size_t>(column)) *
           static_cast<std::size_t>(channels);
  }
};

struct Size {
  int height = 0, width = 0;
  friend bool operator==(const Size&, const Size&) = default;
};

inline constexpr int most_channels = 4;  ///< that an Instruction has room for

/// A policy as plain values, for augment/program.h. Only what its kind uses is set.
struct Instruction {
  enum class Kind : std::uint8_t {
    alternating_flip,
    brightness,
    contrast,
    cutout,
    horizontal_flip,
    pad,
    random_crop,
  };
  Kind kind{};
  double probability = 1;                          ///< of being applied
  Size size{};                                     ///< of a hole, or of the result
  std::uint32_t holes = 0;                         ///< in an image
  float strength = 0;                              ///< of a change of intensity
  std::array<std::uint8_t, most_channels> fill{};  ///< a hole's colour
  std::size_t fill_size = 0;                       ///< values that it has, or 0 for 0 in each channel
};

class Policy {
 public:
  virtual ~Policy() = default;

  virtual std::string_view name() const = 0;

  /// Changes `image` in place, drawing from `random` alone. The number of draws may depend on earlier draws only.
  virtual void apply(Image& image, core::Random& random) const = 0;

  /// Size of the result for an input of size `input`; nothing where images differ in it. An unknown input can give a
  /// known result (a crop), and a known one an unknown result (a quarter turn of some images). Throws UserError when an
  /// input of that size can't be handled.
  virtual std::optional<Size> output_size(std::optional<Size> input) const { return input; }

  /// Whether it makes one size of images of any sizes, and so is a beginning for photographs as they are.
  virtual bool takes_any_size() const { return false; }

  /// By how much it may enlarge what it takes of an image, ≥ 1: the sides of an image that is given so much larger than
  /// the result has no pixel too few.
  virtual double magnification() const { return 1; }

  /// The same policy as plain values; nothing where it has none, so that it runs on the processor alone.
  virtual std::optional<Instruction> instruction() const { return std::nullopt; }
};

/// What the policy at `place` of a pipeline draws from.
RESLAB_HOST_DEVICE constexpr core::Stream stream_of(std::size_t place) {
  return static_cast<core::Stream>(static_cast<std::uint32_t>(core::Stream::augment) +
                                   static_cast<std::uint32_t>(place));
}

/// Which sample of which epoch is being augmented.
struct SampleKey {
  std::uint64_t seed = 0;
  std::uint32_t epoch = 0;
  std::uint32_t sample = 0;  ///< id of the sample in its data set
};

/// Policies in order. The policy at place i draws from stream augment + i, so that changing one leaves the others'
/// draws as they were.
class Pipeline {
 public:
  void add(std::unique_ptr<Policy> policy);

  void apply(Image& image, const SampleKey& key) const;

  /// Size of the results for inputs of size `input`; nothing where images differ in it. Throws as the policies do.
  std::optional<Size> output_size(std::optional<Size> input) const;

  /// Size of the results, which batches need to be one. Throws UserError where images would differ in it, and as the
  /// policies do.
  Size common_output_size(std::optional<Size> input) const;

  /// Whether its first policy takes images of any size. Otherwise they have to be brought to one size before it.
  bool takes_any_size() const { return !policies_.empty() && policies_.front()->takes_any_size(); }

  /// Of the first policy, by which an image is brought to its size.
  double magnification() const { return policies_.empty() ? 1 : policies_.front()->magnification(); }

  const std::vector<std::unique_ptr<Policy>>& policies() const { return policies_; }

 private:
  std::vector<std::unique_ptr<Policy>> policies_;
};

}  // namespace reslab::augment
