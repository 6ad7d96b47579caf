#include "reslab/cli/data_show.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <iostream>

#include "reslab/augment/mix.h"
#include "reslab/cli/format.h"
#include "reslab/cli/written_files.h"
#include "reslab/report/gallery.h"
#include "reslab/report/shown_image.h"
#include "reslab/train/build.h"

namespace reslab::cli {
namespace {

// For each row a sample of the next class that has one, drawn by the seed.
std::vector<std::int64_t> choose_samples(const data::Split& split, const ShowOptions& options) {
  std::vector<std::vector<std::int64_t>> by_class(split.classes().size());
  for (std::int64_t place = 0; place < split.size(); ++place)
    by_class[static_cast<std::size_t>(split.label(place))].push_back(place);
  std::erase_if(by_class, [](const auto& samples) { return samples.empty(); });
  core::Random random({.seed = options.seed, .stream = core::Stream::shuffle});
  std::vector<std::int64_t> chosen;
  for (std::size_t row = 0; row < static_cast<std::size_t>(options.rows); ++row) {
    const auto& samples = by_class[row % by_class.size()];
    chosen.push_back(samples[random.below(static_cast<std::uint32_t>(samples.size()))]);
  }
  return chosen;
}

// How training would change the samples in one epoch: images of one size, 3 channels, in their order.
struct Version {
  std::vector<augment::Image> images;
  augment::Mixing mixing = {};
};

at::Tensor tensor_of(const std::vector<augment::Image>& images) {
  const augment::Image& first = images.front();
  const at::Tensor rows =
      at::empty({std::ssize(images), first.height, first.width, first.channels}, at::TensorOptions(at::kByte));
  auto* to = rows.mutable_data_ptr<std::uint8_t>();
  for (const augment::Image& image : images) to = std::ranges::copy(image.pixels, to).out;
  return rows.permute({0, 3, 1, 2}).to(at::kFloat);
}

// Normalising is linear: mixed bytes are what the mixed images would be without it.
void mix_version(Version& version, const augment::Mixer& mixer, const ShowOptions& options, std::uint32_t epoch) {
  const augment::Size size{version.images.front().height, version.images.front().width};
  for (const augment::Image& image : version.images)
    if (image.height != size.height || image.width != size.width)
      throw core::UserError({.attempted = "mix augmented images",
                             .found = "images of different sizes",
                             .allowed = "one size for all images of a batch"});
  version.mixing = mixer.draw({.samples = std::ssize(version.images), .size = size},
                              {.seed = options.seed, .epoch = epoch, .batch = 0});
  if (version.mixing.partners.empty()) return;
  const at::Tensor mixed = augment::mix_images(tensor_of(version.images), version.mixing)
                               .permute({0, 2, 3, 1})
                               .round()
                               .to(at::kByte)
                               .contiguous();
  const auto* from = mixed.const_data_ptr<std::uint8_t>();
  for (augment::Image& image : version.images) {
    std::copy_n(from, image.pixels.size(), image.pixels.begin());
    from += image.pixels.size();
  }
}

// "cutmix, own share 0.64, window of 20 × 18 pixels at row 3, column 5".
std::string mixing_text(const augment::Mixing& mixing) {
  if (mixing.partners.empty()) return "not mixed";
  std::string text =
      format("%s, own share %.2f", mixing.window ? "cutmix" : "mixup", static_cast<double>(mixing.weight));
  if (const auto& window = mixing.window)
    text += core::concatenate(", window of ", window->size.height, " × ", window->size.width, " pixels at row ",
                              window->top, ", column ", window->left);
  return text;
}

// "0.64 cat\n0.36 dog".
std::string mixed_label(const augment::Mixing& mixing, std::size_t sample, const std::vector<std::string>& labels) {
  if (mixing.partners.empty()) return "";
  const auto weight = static_cast<double>(mixing.weight);
  const std::string& partner = labels[static_cast<std::size_t>(mixing.partners[sample])];
  return format("%.2f ", weight) + labels[sample] + format("\n%.2f ", 1 - weight) + partner;
}

class Shown {
 public:
  Shown(const data::Split& split, const recipe::Recipe& recipe, const augment::Pipeline& pipeline,
        const ShowOptions& options)
      : fit_(train::build_fit(recipe)), samples_(choose_samples(split, options)) {
    const auto mixing = train::build_mix(recipe);
    for (const std::int64_t place : samples_) {
      labels_.push_back(split.classes()[static_cast<std::size_t>(split.label(place))]);
      plain_.push_back(report::shown_image(split, place, fit_));
    }
    for (int epoch = 0; epoch < options.versions; ++epoch) {
      Version& version = versions_.emplace_back();
      for (std::size_t row = 0; row < samples_.size(); ++row) {
        augment::Image image = pipeline.takes_any_size() ? report::shown_image(split, samples_[row], {}) : plain_[row];
        pipeline.apply(image, {.seed = options.seed,
                               .epoch = static_cast<std::uint32_t>(epoch),
                               .sample = static_cast<std::uint32_t>(split.id(samples_[row]))});
        version.images.push_back(std::move(image));
      }
      if (mixing) mix_version(version, augment::Mixer(*mixing), options, static_cast<std::uint32_t>(epoch));
    }
    mixed_ = mixing.has_value();
  }

  report::Gallery gallery(const data::Split& split, const ShowOptions& options) const {
    report::Gallery gallery{.title = split.name + ": plain, and augmented by the recipe " + options.recipe,
                            .columns = 1 + versions_.size(),
                            .row_titles = labels_,
                            .scale = std::min(3, report::shown_scale(split, fit_))};
    gallery.column_titles.emplace_back("plain");
    for (std::size_t i = 0; i < versions_.size(); ++i)
      gallery.column_titles.push_back("epoch " + std::to_string(i + 1));
    for (std::size_t row = 0; row < samples_.size(); ++row) {
      gallery.cells.push_back({.image = plain_[row]});
      for (const Version& version : versions_)
        gallery.cells.push_back({.image = version.images[row], .title = mixed_label(version.mixing, row, labels_)});
    }
    return gallery;
  }

  void print_mixing() const {
    for (std::size_t i = 0; mixed_ && i < versions_.size(); ++i)
      std::cout << "epoch " << i + 1 << ": " << mixing_text(versions_[i].mixing) << '\n';
  }

 private:
  data::ImageFit fit_;
  std::vector<std::int64_t> samples_;  // places in the split
  std::vector<std::string> labels_;    // of these
  std::vector<augment::Image> plain_;
  std::vector<Version> versions_;
  bool mixed_ = false;
};

}  // namespace

core::ExitCode show_samples(const data::Splits& splits, const recipe::Recipe& recipe, const ShowOptions& options) {
  if (options.output.extension() != ".png")
    throw core::UserError({.attempted = "write the samples to " + options.output.string(),
                           .found = "the ending '" + options.output.extension().string() + "'",
                           .allowed = "a .png file"});
  const auto pipeline = train::build_pipeline(recipe, train::build_transform(recipe, splits.train).normalizer);
  const data::Split& split = options.test ? splits.test : splits.train;
  const Shown shown(split, recipe, *pipeline, options);
  report::WrittenFiles written;
  written.add_gallery(options.output, shown.gallery(split, options));
  print_written(written);
  shown.print_mixing();
  return core::ExitCode::ok;
}

}  // namespace reslab::cli
