#include "reslab/report/mistakes.h"

#include <gtest/gtest.h>

#include "report/support.h"
#include "reslab/core/error.h"
#include "reslab/report/csv.h"
#include "support/environment.h"
#include "support/file_size_limit.h"
#include "support/message.h"
#include "support/temporary_folder.h"

namespace reslab::report {
namespace {

using support::contains;

struct Sample {
  data::Split samples = coloured_samples(40), train = coloured_samples(80, "tiny train");
  explain::Predictions predictions = always_dog(samples);

  MistakesReport report() const {
    return {.samples = samples, .predictions = predictions, .mistakes = explain::find_mistakes(predictions)};
  }
  MistakesReport with_neighbours() const {
    MistakesReport report = this->report();
    report.train = &train;
    for (std::size_t i = 0; i < report.mistakes.size(); ++i)
      report.neighbours.push_back(
          {{.sample = static_cast<std::int64_t>(i) + 3, .similarity = 0.875}, {.sample = 2, .similarity = 0.5}});
    return report;
  }
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

TEST(MistakesGallery, IsTheOriginals) {
  const Sample sample;
  const Gallery gallery = mistakes_gallery(sample.report());
  EXPECT_EQ(gallery.columns, 5U);
  ASSERT_EQ(gallery.cells.size(), 20U);
  // Samples 0, 2, 3, 5, 6, … are no dogs.
  EXPECT_EQ(gallery.cells[0].title, "actual : cat\npredicted : dog");
  EXPECT_EQ(gallery.cells[3].title, "actual : a, \"b\"\npredicted : dog");
  EXPECT_EQ(pixel(gallery.cells[3].image, 1, 2), (std::vector<std::uint8_t>{5, 10, 15})) << "true colours";
}

TEST(MistakesGallery, ShowsNoMoreThanThereAre) {
  const Sample sample;
  MistakesReport report = sample.report();
  report.count = 500;
  EXPECT_EQ(mistakes_gallery(report).cells.size(), report.mistakes.size());
  report.count = 2;
  EXPECT_EQ(mistakes_gallery(report).cells.size(), 2U);
}

TEST(MistakesCsv, HasARowForEachMistake) {
  const Sample sample;
  const std::vector<std::string> lines = lines_of(mistakes_csv(sample.report()));
  ASSERT_EQ(lines.size(), 1 + sample.report().mistakes.size());
  EXPECT_EQ(lines[0], "sample,actual,predicted,probability,actual_probability,loss,p_cat,p_dog,\"p_a, \"\"b\"\"\"");
  EXPECT_TRUE(lines[1].starts_with("0,cat,dog,0.5,0.3,1.2")) << lines[1];
  EXPECT_TRUE(lines[2].starts_with("2,\"a, \"\"b\"\"\",dog,0.5,0.2,")) << lines[2];
  EXPECT_TRUE(lines[2].ends_with(",0.3,0.5,0.2")) << lines[2];
  EXPECT_FLOAT_EQ(std::stof(lines[1].substr(lines[1].find("1.2"))), -at::tensor(0.3F).log().item<float>());
}

TEST(MistakesCsv, NamesTheNeighbours) {
  const Sample sample;
  const std::vector<std::string> lines = lines_of(mistakes_csv(sample.with_neighbours()));
  EXPECT_TRUE(lines[0].ends_with(
      ",neighbour1,neighbour1_class,neighbour1_similarity,neighbour2,neighbour2_class,neighbour2_similarity"));
  EXPECT_TRUE(lines[2].ends_with(",4,dog,0.875,2,\"a, \"\"b\"\"\",0.5")) << lines[2];
}

TEST(NeighboursGallery, HasARowForEachMistake) {
  const Sample sample;
  const Gallery gallery = neighbours_gallery(sample.with_neighbours());
  EXPECT_EQ(gallery.columns, 3U);
  ASSERT_EQ(gallery.cells.size(), 60U);
  EXPECT_EQ(pixel(gallery.cells[4].image, 0, 0), (std::vector<std::uint8_t>{4, 8, 12})) << "of the training set";
  EXPECT_EQ(gallery.cells[4].title, "dog\n0.875");
}

TEST(WriteMistakes, WritesGalleriesAndTable) {
  const Sample sample;
  const support::TemporaryFolder folder;
  const WrittenFiles written = write_mistakes(folder.path(), sample.with_neighbours());
  std::vector<std::string> names;
  for (const auto& path : written.paths) names.push_back(path.filename().string());
  EXPECT_EQ(names, (std::vector<std::string>{"mistakes.csv", "mistakes.png", "mistakes-neighbours.png"}));
  EXPECT_EQ(core::read_text(folder.path() / "mistakes.csv"), mistakes_csv(sample.with_neighbours()));
  if (!has_gnuplot()) GTEST_SKIP() << "gnuplot isn't installed: titled pictures aren't tested";
  EXPECT_EQ(written.why_no_titles, "");
  const augment::Image picture = read_png(folder.path() / "mistakes.png");
  // Margins as in gallery.cpp: 16 left and right; 40 for the heading, 2 lines of 17 and 6 above each row.
  EXPECT_EQ(picture.width, 16 + 5 * (16 + 6) - 6 + 16);
  EXPECT_EQ(picture.height, 40 + 4 * (40 + 16 + 6) - 6 + 16);
  EXPECT_EQ(pixel(picture, 40 + 40 + 8, 16 + 3 * 22 + 8), (std::vector<std::uint8_t>{5, 10, 15}));
}

TEST(WriteMistakes, WithoutGnuplotLeavesTitlesOutAndSaysSo) {
  const Sample sample;
  const support::TemporaryFolder folder;
  const support::EnvironmentVariable path("PATH", folder.path().string());
  EXPECT_FALSE(write_mistakes(folder.path(), sample.report()).why_no_titles.empty());
  EXPECT_EQ(read_png(folder.path() / "mistakes.png").pixels, plain_grid(mistakes_gallery(sample.report())).pixels);
}

TEST(WriteMistakes, AFullDiskIsTheUsersErrorAndLeavesNothing) {
  const Sample sample;
  const support::TemporaryFolder folder;
  const support::FileSizeLimit limit(100);
  const std::string message =
      support::message_of<core::UserError>([&] { write_mistakes(folder.path(), sample.report()); });
  EXPECT_TRUE(contains(message, "mistakes.csv")) << message;
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Csv, QuotesWhatNeedsItAndKeepsEveryBitOfANumber) {
  EXPECT_EQ(csv_field("plain text"), "plain text");
  EXPECT_EQ(csv_field("a\nb"), "\"a\nb\"");
  EXPECT_EQ(csv_field("say \"x\", y"), "\"say \"\"x\"\", y\"");
  EXPECT_EQ(std::stod(csv_number(0.1 + 0.2)), 0.1 + 0.2);
  EXPECT_EQ(csv_number(0.1F), "0.1");
}

}  // namespace
}  // namespace reslab::report
