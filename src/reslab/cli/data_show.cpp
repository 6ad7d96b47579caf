#include "reslab/cli/data_show.h"

#include "reslab/cli/written_files.h"
#include "reslab/data/image_at.h"
#include "reslab/recipe/recipe.h"
#include "reslab/report/gallery.h"
#include "reslab/train/build.h"

namespace reslab::cli {
namespace {

// For each row a sample of the next class that has one, drawn by the seed.
std::vector<std::int64_t> choose_samples(const data::Dataset& dataset, const ShowOptions& options) {
  std::vector<std::vector<std::int64_t>> by_class(dataset.classes.size());
  const auto* labels = dataset.labels.const_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < dataset.size(); ++i) by_class[static_cast<std::size_t>(labels[i])].push_back(i);
  std::erase_if(by_class, [](const auto& samples) { return samples.empty(); });
  core::Random random({.seed = options.seed, .stream = core::Stream::shuffle});
  std::vector<std::int64_t> chosen;
  for (std::size_t row = 0; row < static_cast<std::size_t>(options.rows); ++row) {
    const auto& samples = by_class[row % by_class.size()];
    chosen.push_back(samples[random.below(static_cast<std::uint32_t>(samples.size()))]);
  }
  return chosen;
}

report::Gallery make_gallery(const data::Dataset& dataset, const augment::Pipeline& pipeline,
                             const ShowOptions& options) {
  report::Gallery gallery{.title = dataset.name + ": plain, and augmented by the recipe " + options.recipe,
                          .columns = static_cast<std::size_t>(1 + options.versions)};
  gallery.column_titles.emplace_back("plain");
  for (int i = 0; i < options.versions; ++i) gallery.column_titles.push_back("epoch " + std::to_string(i + 1));
  const auto* labels = dataset.labels.const_data_ptr<std::int64_t>();
  for (const std::int64_t index : choose_samples(dataset, options)) {
    const augment::Image plain = data::image_at(dataset, index);
    gallery.row_titles.push_back(dataset.classes[static_cast<std::size_t>(labels[index])]);
    gallery.cells.push_back({.image = plain});
    for (int i = 0; i < options.versions; ++i) {
      augment::Image augmented = plain;
      pipeline.apply(
          augmented,
          {.seed = options.seed, .epoch = static_cast<std::uint32_t>(i), .sample = static_cast<std::uint32_t>(index)});
      gallery.cells.push_back({.image = std::move(augmented)});
    }
  }
  return gallery;
}

}  // namespace

core::ExitCode show_samples(const data::Parts& parts, const ShowOptions& options) {
  if (options.output.extension() != ".png")
    throw core::UserError({.attempted = "write the samples to " + options.output.string(),
                           .found = "the ending '" + options.output.extension().string() + "'",
                           .allowed = "a .png file"});
  const recipe::Recipe recipe = recipe::load_recipe(options.recipe);
  const auto pipeline = train::build_pipeline(recipe, train::build_normalizer(recipe, parts.train));
  const report::Gallery gallery = make_gallery(options.test ? parts.test : parts.train, *pipeline, options);
  report::WrittenFiles written;
  written.add_gallery(options.output, gallery);
  print_written(written);
  return core::ExitCode::ok;
}

}  // namespace reslab::cli
