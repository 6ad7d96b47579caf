#include "reslab/augment/program.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <atomic>

#include "augment/support.h"
#include "reslab/augment/alternating_flip.h"
#include "reslab/augment/brightness.h"
#include "reslab/augment/contrast.h"
#include "reslab/augment/cutout.h"
#include "reslab/augment/horizontal_flip.h"
#include "reslab/augment/pad.h"
#include "reslab/augment/random_crop.h"
#include "reslab/augment/shrink.h"
#include "reslab/core/error.h"
#include "reslab/core/thread_team.h"

namespace reslab::augment {
namespace {

using namespace test;

// Threads that share an image, as a block of a GPU does.
class Team : public core::ThreadTeam {
 public:
  using Sums = std::array<std::atomic<std::uint32_t>, 3>;
  Team(const core::ThreadTeam& team, Sums& sums) : core::ThreadTeam(team), sums_(&sums) {}

  // As image_task.cu's.
  std::array<std::uint32_t, 3> sum(const std::array<std::uint32_t, 3>& values) {
    for (int i = index(); i < 3; i += size()) (*sums_)[static_cast<std::size_t>(i)] = 0;
    wait();
    for (std::size_t i = 0; i < 3; ++i) (*sums_)[i] += values[i];
    wait();
    const std::array<std::uint32_t, 3> total{(*sums_)[0], (*sums_)[1], (*sums_)[2]};
    wait();
    return total;
  }

 private:
  Sums* sums_;
};

Image image_of(const Canvas& canvas) {
  Image image{canvas.height, canvas.width, canvas.channels, {}};
  image.pixels.assign(canvas.pixels, canvas.pixels + image.offset(image.height, 0));
  return image;
}

// What the program makes of an image, by so many threads at once.
Image run_by(int threads, const Program& program, const Image& image, const SampleKey& key,
             std::optional<Size> smaller) {
  std::vector<std::uint8_t> first(static_cast<std::size_t>(program.bytes)), second(first);
  std::ranges::copy(image.pixels, first.begin());
  Team::Sums sums{};
  std::vector<Canvas> canvases(static_cast<std::size_t>(threads),
                               {first.data(), second.data(), image.height, image.width, image.channels});
  core::run_in_team(threads, [&](const core::ThreadTeam& thread) {
    Team team(thread, sums);
    Canvas& canvas = canvases[static_cast<std::size_t>(team.index())];
    run(program, key, canvas, team);
    if (smaller) shrink(canvas, *smaller, team);
  });
  return image_of(canvases.back());
}

int from_to(int low, int high) { return *rc::gen::inRange(low, high + 1); }

double any_probability() { return from_to(0, 4) / 4.0; }

// Up to six policies, of any kind, that suit images of `size`.
Pipeline any_pipeline(Size size, int channels) {
  Pipeline pipeline;
  const int count = from_to(0, 6);
  for (int i = 0; i < count; ++i) {
    const bool by_chance = *rc::gen::arbitrary<bool>();
    const auto strength = static_cast<double>(static_cast<float>(any_probability()));
    switch (from_to(0, 6)) {
      case 0: pipeline.add(std::make_unique<AlternatingFlip>()); break;
      case 1: pipeline.add(std::make_unique<Brightness>(BrightnessOptions{.strength = strength})); break;
      case 2: pipeline.add(std::make_unique<Contrast>(ContrastOptions{.strength = strength})); break;
      case 3: {
        CutoutOptions options{.holes = from_to(1, 3),
                              .height = from_to(1, size.height + 2),
                              .width = from_to(1, size.width + 2),
                              .probability = any_probability()};
        if (*rc::gen::arbitrary<bool>())
          for (int c = 0; c < channels; ++c) options.fill.push_back(static_cast<std::uint8_t>(from_to(0, 255)));
        pipeline.add(std::make_unique<Cutout>(options));
        break;
      }
      case 4:
        pipeline.add(std::make_unique<HorizontalFlip>(HorizontalFlipOptions{.probability = any_probability()}));
        break;
      // By chance only where the size stays.
      case 5:
        pipeline.add(std::make_unique<Pad>(
            by_chance ? PadOptions{.height = size.height, .width = size.width, .probability = any_probability()}
                      : PadOptions{.height = from_to(1, 50), .width = from_to(1, 50)}));
        break;
      default:
        pipeline.add(std::make_unique<RandomCrop>(
            by_chance ? RandomCropOptions{.height = size.height, .width = size.width, .probability = any_probability()}
                      : RandomCropOptions{.height = from_to(1, size.height), .width = from_to(1, size.width)}));
    }
    size = pipeline.policies().back()->output_size(size).value();
  }
  return pipeline;
}

RC_GTEST_PROP(Program, makes_of_an_image_what_the_pipeline_makes, ()) {
  const Size size{from_to(1, 36), from_to(1, 36)};
  const int channels = from_to(1, most_channels);
  const Pipeline pipeline = any_pipeline(size, channels);
  const auto program = compile(pipeline, size, channels);
  RC_ASSERT(program.has_value());
  const SampleKey key{.seed = *rc::gen::arbitrary<std::uint64_t>(),
                      .epoch = *rc::gen::arbitrary<std::uint32_t>(),
                      .sample = *rc::gen::arbitrary<std::uint32_t>()};
  const Image image = random_image(size.height, size.width, channels, 3);
  Image expected = image;
  pipeline.apply(expected, key);
  std::optional<Size> smaller;
  if (*rc::gen::arbitrary<bool>()) {
    smaller = Size{from_to(1, expected.height), from_to(1, expected.width)};
    shrink(expected, *smaller);
  }
  RC_ASSERT(same(run_by(1, *program, image, key, smaller), expected));
  RC_ASSERT(same(run_by(3, *program, image, key, smaller), expected));
}

class OnTheProcessorAlone final : public Policy {
 public:
  std::string_view name() const override { return "on_the_processor_alone"; }
  void apply(Image&, core::Random&) const override {}
};

TEST(Program, is_refused_to_what_has_no_room_in_it) {
  Pipeline many;
  for (int i = 0; i <= most_instructions; ++i) many.add(std::make_unique<HorizontalFlip>());
  EXPECT_FALSE(compile(many, {32, 32}, 3));
  EXPECT_TRUE(compile({}, {32, 32}, 3));
  EXPECT_FALSE(compile({}, {32, 32}, most_channels + 1));
  EXPECT_FALSE(compile({}, {16'384, 16'384}, 3));
  Pipeline other;
  other.add(std::make_unique<OnTheProcessorAlone>());
  EXPECT_FALSE(compile(other, {32, 32}, 3));
}

TEST(Program, knows_the_largest_image_on_the_way) {
  Pipeline pipeline;
  pipeline.add(std::make_unique<Pad>(PadOptions{.height = 40, .width = 40}));
  pipeline.add(std::make_unique<RandomCrop>(RandomCropOptions{.height = 32, .width = 32}));
  EXPECT_EQ(compile(pipeline, {32, 32}, 3)->bytes, 40 * 40 * 3);
  EXPECT_EQ(compile(pipeline, {32, 32}, 3)->output, (Size{32, 32}));
  Pipeline window;
  window.add(std::make_unique<RandomCrop>(RandomCropOptions{.height = 40, .width = 40}));
  EXPECT_THROW(compile(window, {32, 32}, 3), core::UserError);
}

}  // namespace
}  // namespace reslab::augment
