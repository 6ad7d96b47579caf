#include "reslab/cli/data_show.h"

#include "reslab/cli/written_files.h"
#include "reslab/data/split.h"
#include "reslab/recipe/recipe.h"
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

report::Gallery make_gallery(const data::Split& split, const augment::Pipeline& pipeline, const data::ImageFit& fit,
                             const ShowOptions& options) {
  report::Gallery gallery{.title = split.name + ": plain, and augmented by the recipe " + options.recipe,
                          .columns = static_cast<std::size_t>(1 + options.versions),
                          .scale = std::min(3, report::shown_scale(split, fit))};
  gallery.column_titles.emplace_back("plain");
  for (int i = 0; i < options.versions; ++i) gallery.column_titles.push_back("epoch " + std::to_string(i + 1));
  for (const std::int64_t place : choose_samples(split, options)) {
    const augment::Image plain = report::shown_image(split, place, fit);
    const augment::Image stored = pipeline.takes_any_size() ? report::shown_image(split, place, {}) : plain;
    gallery.row_titles.push_back(split.classes()[static_cast<std::size_t>(split.label(place))]);
    gallery.cells.push_back({.image = plain});
    for (int i = 0; i < options.versions; ++i) {
      augment::Image augmented = stored;
      pipeline.apply(augmented, {.seed = options.seed,
                                 .epoch = static_cast<std::uint32_t>(i),
                                 .sample = static_cast<std::uint32_t>(split.id(place))});
      gallery.cells.push_back({.image = std::move(augmented)});
    }
  }
  return gallery;
}

}  // namespace

core::ExitCode show_samples(const data::Splits& splits, const ShowOptions& options) {
  if (options.output.extension() != ".png")
    throw core::UserError({.attempted = "write the samples to " + options.output.string(),
                           .found = "the ending '" + options.output.extension().string() + "'",
                           .allowed = "a .png file"});
  const recipe::Recipe recipe = recipe::load_recipe(options.recipe);
  const auto pipeline = train::build_pipeline(recipe, train::build_transform(recipe, splits.train).normalizer);
  const report::Gallery gallery =
      make_gallery(options.test ? splits.test : splits.train, *pipeline, train::build_fit(recipe), options);
  report::WrittenFiles written;
  written.add_gallery(options.output, gallery);
  print_written(written);
  return core::ExitCode::ok;
}

}  // namespace reslab::cli
