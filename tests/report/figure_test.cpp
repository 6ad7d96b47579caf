#include "reslab/report/figure.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "report/support.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/process.h"
#include "reslab/image/png.h"
#include "reslab/report/calibration_plot.h"
#include "reslab/report/curves_plot.h"
#include "reslab/report/gnuplot.h"
#include "reslab/report/lr_plot.h"
#include "reslab/report/matrix_plot.h"
#include "support/environment.h"
#include "support/file_size_limit.h"
#include "support/message.h"
#include "support/temporary_folder.h"

namespace reslab::report {
namespace {

using augment::Image;
using support::contains;

#define NEEDS_GNUPLOT \
  if (!has_gnuplot()) GTEST_SKIP() << "gnuplot isn't installed: what it draws is not tested"

// Pixels within a few steps of "#rrggbb"; lines have soft edges.
int count_colour(const Image& image, const std::string& colour) {
  const long wanted = std::stol(colour.substr(1), nullptr, 16);
  int count = 0;
  for (std::size_t i = 0; i + 2 < image.pixels.size(); i += 3) {
    bool same = true;
    for (int channel = 0; channel < 3; ++channel) {
      const long value = (wanted >> (8 * (2 - channel))) & 255;
      same = same && std::abs(image.pixels[i + static_cast<std::size_t>(channel)] - value) <= 6;
    }
    count += same ? 1 : 0;
  }
  return count;
}

class Figures : public ::testing::Test {
 protected:
  Image draw(const Figure& figure) {
    const std::filesystem::path file = folder_.path() / "figure.png";
    EXPECT_TRUE(write_figure(file, figure));
    return image::decode_png(core::read_bytes(file, 1 << 26), file.string());
  }
  support::TemporaryFolder folder_;
};

Figure line(double height = 2) {
  Figure figure{.width = 3, .height = height, .dpi = 100};
  figure.data.emplace_back("line.dat", columns({{0, 1, 2}, {1, 3, 2}}));
  figure.script = "plot 'line.dat' with lines linestyle 1\n";
  return figure;
}

TrainingCurves run(const std::string& name, std::size_t epochs, bool holdout = false) {
  TrainingCurves curves{.name = name};
  for (std::size_t i = 1; i <= epochs; ++i) {
    const auto epoch = static_cast<double>(i);
    curves.epochs.push_back(epoch);
    for (SplitCurves* split : {&curves.train, &curves.test, &curves.holdout}) {
      if (split == &curves.holdout && !holdout) continue;
      const double shift = split == &curves.train ? 0 : split == &curves.test ? 0.1 : 0.25;
      split->loss.push_back(2 / epoch + shift);
      split->accuracy.push_back(0.9 - 0.5 / epoch - shift);
    }
    curves.steps.push_back(epoch), curves.lr.push_back(0.1 / epoch), curves.momentum.push_back(0.9);
  }
  return curves;
}

TEST_F(Figures, HaveTheirSizeInEveryFormat) {
  NEEDS_GNUPLOT;
  const Image png = draw(line());
  EXPECT_EQ(png.width, 300);
  EXPECT_EQ(png.height, 200);
  EXPECT_GT(count_colour(png, palette[0]), 100) << "the line";
  EXPECT_GT(count_colour(png, "#ffffff"), 300 * 200 / 2) << "white paper";

  ASSERT_TRUE(write_figure(folder_.path() / "figure.svg", line()));
  const std::string svg = core::read_text(folder_.path() / "figure.svg");
  EXPECT_TRUE(contains(svg, "viewBox=\"0 0 300 200\"")) << svg.substr(0, 500);
  ASSERT_TRUE(write_figure(folder_.path() / "figure.pdf", line()));
  const std::string pdf = core::read_text(folder_.path() / "figure.pdf");
  EXPECT_TRUE(pdf.starts_with("%PDF-"));
  EXPECT_TRUE(contains(pdf, "/MediaBox [ 0 0 216 144 ]")) << "3 × 2 inches of 72 points";
}

TEST_F(Figures, UnknownFormatsAreRefusedWithTheNearest) {
  const std::string message =
      support::message_of<core::UserError>([&] { write_figure(folder_.path() / "figure.pmg", line()); });
  EXPECT_TRUE(contains(message, "did you mean 'png'")) << message;
}

TEST_F(Figures, WithoutGnuplotNothingIsWritten) {
  const support::EnvironmentVariable path("PATH", folder_.path().string());
  EXPECT_FALSE(write_figure(folder_.path() / "figure.png", line()));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "figure.png"));
}

TEST_F(Figures, AFullDiskOrAMissingFolderIsTheUsersError) {
  NEEDS_GNUPLOT;
  const std::filesystem::path missing = folder_.path() / "missing" / "figure.png", file = folder_.path() / "figure.png";
  EXPECT_TRUE(contains(support::message_of<core::UserError>([&] { write_figure(missing, line()); }), missing.string()));
  const support::FileSizeLimit full(1000);
  EXPECT_FALSE(support::message_of<core::UserError>([&] { write_figure(file, line()); }).empty());
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(Figures, ValidationIsTheOriginalsPanels) {
  NEEDS_GNUPLOT;
  const Image image = draw(validation_figure({run("one", 24)}));
  EXPECT_EQ(image.width, 2500);
  EXPECT_EQ(image.height, 600);
  // The test set's curve alone, once in each half.
  EXPECT_GT(count_colour(image, palette[0]), 1000);
  EXPECT_EQ(count_colour(image, palette[1]), 0);
}

TEST_F(Figures, TrainingShowsEachPartOrEachRunInItsColour) {
  NEEDS_GNUPLOT;
  const Image one = draw(training_figure({run("one", 24, true)}));
  EXPECT_EQ(one.width, 2000);
  EXPECT_EQ(one.height, 1400);
  for (int split = 0; split < 3; ++split) EXPECT_GT(count_colour(one, palette[split]), 300) << split;
  EXPECT_EQ(count_colour(one, palette[3]), 0);
  const Image four = draw(training_figure({run("a", 24), run("b_c `touch x` \"", 1), run("c", 3), run("d", 300)}));
  for (int number = 0; number < 4; ++number) EXPECT_GT(count_colour(four, palette[number]), 30) << number;
}

TEST_F(Figures, ARunWithoutStepsHasItsEpochs) {
  NEEDS_GNUPLOT;
  TrainingCurves curves = run("one", 5);
  curves.steps.clear(), curves.lr.clear(), curves.momentum.clear();
  curves.test.loss[2] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_GT(count_colour(draw(training_figure({curves})), palette[0]), 100);
}

// What gnuplot is to plot nothing of, it fails at.
TEST_F(Figures, APanelWithoutAFiniteValueSaysSoAndTheOthersAreDrawn) {
  NEEDS_GNUPLOT;
  const auto svg = [&](const Figure& figure) {
    EXPECT_TRUE(write_figure(folder_.path() / "figure.svg", figure));
    return core::read_text(folder_.path() / "figure.svg");
  };
  TrainingCurves curves = run("one", 3);
  EXPECT_FALSE(contains(svg(training_figure({curves})), "no finite value"));
  for (double& loss : curves.test.loss) loss = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(contains(svg(validation_figure({curves})), "no finite value"));
  EXPECT_GT(count_colour(draw(validation_figure({curves})), palette[0]), 300) << "its accuracy";
  // The other split's loss is drawn, and the legend says why this one isn't.
  EXPECT_TRUE(contains(svg(training_figure({curves})), "test (no finite value)"));
  EXPECT_TRUE(contains(svg(training_figure({curves, run("two_b", 4)})), "one, test (no finite value)"));
  for (double& loss : curves.train.loss) loss = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(contains(svg(training_figure({curves})), ">no finite value<"));
  for (std::vector<double>* values : {&curves.train.accuracy, &curves.test.accuracy, &curves.lr, &curves.momentum})
    for (double& value : *values) value = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(contains(svg(training_figure({curves})), "no finite value"));
  EXPECT_TRUE(contains(svg(training_figure({curves, curves})), "no finite value"));
  LrPlot plot{.title = "t", .lr = {1e-3, 1e-2}, .loss = {1, 1}, .smoothed = {std::nan(""), std::nan("")}};
  EXPECT_TRUE(contains(svg(lr_figure(plot)), "no finite value"));
  plot.smoothed[0] = 2;
  EXPECT_FALSE(contains(svg(lr_figure(plot)), "no finite value"));
}

TEST_F(Figures, NoAxisGoesWhereItsQuantityCantBe) {
  NEEDS_GNUPLOT;
  TrainingCurves curves = run("one", 3);
  for (std::vector<double>* values :
       {&curves.train.accuracy, &curves.test.accuracy, &curves.train.loss, &curves.test.loss, &curves.momentum})
    for (double& value : *values) value = 0;
  for (const Figure& figure : {training_figure({curves}), validation_figure({curves})}) {
    ASSERT_TRUE(write_figure(folder_.path() / "figure.svg", figure));
    const std::string svg = core::read_text(folder_.path() / "figure.svg");
    EXPECT_FALSE(contains(svg, ">-") || contains(svg, "> -") || contains(svg, "\xE2\x88\x92")) << "a label below 0";
  }
}

TEST_F(Figures, AGnuplotThatFailsIsNotTakenForOneThatIsMissing) {
  const auto fails_with = [&](const std::string& script) {
    core::write_file(folder_.path() / "gnuplot", "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(folder_.path() / "gnuplot", std::filesystem::perms::owner_all);
    const support::EnvironmentVariable path("PATH", folder_.path().string() + ":/usr/bin:/bin");
    return support::message_of<GnuplotFailed>([&] { write_figure(folder_.path() / "figure.png", line()); });
  };
  const std::string undefined = fails_with("echo 'all points y value undefined!' >&2; exit 1");
  EXPECT_TRUE(contains(undefined, "exit code 1") && contains(undefined, "all points y value undefined!")) << undefined;
  EXPECT_FALSE(contains(undefined, "cairo")) << undefined;
  const std::string terminal = fails_with("echo 'unknown or ambiguous terminal type' >&2; exit 1");
  EXPECT_TRUE(contains(terminal, "cairo terminals")) << terminal;
  EXPECT_TRUE(contains(fails_with("kill -9 $$"), "a signal (9) ended it"));
  EXPECT_TRUE(contains(fails_with("exit 0"), "it wrote no picture"));
}

TEST_F(Figures, ConfusionColoursTheShareOfTheTrueClass) {
  NEEDS_GNUPLOT;
  const ConfusionPlot plot{.title = "all_right", .classes = {"a", "b"}, .counts = {{10, 0}, {0, 90}}};
  const Image right = draw(confusion_figure(plot));
  const int dark = count_colour(right, "#08457E");
  EXPECT_GT(dark, right.width * right.height / 10) << "two of four cells, whatever their counts";
  ConfusionPlot half = plot;
  half.counts = {{5, 5}, {0, 90}};
  EXPECT_LT(count_colour(draw(confusion_figure(half)), "#08457E"), dark * 3 / 4);
  ConfusionPlot empty = plot;
  empty.counts = {{0, 0}, {0, 0}};
  EXPECT_LT(count_colour(draw(confusion_figure(empty)), "#08457E"), dark / 4);
}

TEST_F(Figures, CalibrationDrawsOneRunOrSeveral) {
  NEEDS_GNUPLOT;
  explain::Calibration calibration{.samples = 100, .error = 0.05};
  for (int i = 0; i < 10; ++i)
    calibration.bins.push_back({.low = i / 10.0,
                                .high = (i + 1) / 10.0,
                                .samples = i == 3 ? 0 : 10,
                                .confidence = (i + 0.5) / 10,
                                .accuracy = (i + 0.2) / 10});
  const Image one = draw(calibration_figure({{.name = "one", .calibration = calibration}}));
  EXPECT_EQ(one.width, 1040);
  EXPECT_EQ(one.height, 1200);
  EXPECT_GT(count_colour(one, palette[0]), 300);
  const Image two = draw(calibration_figure({{"one", calibration}, {"two", calibration}}));
  EXPECT_GT(count_colour(two, palette[1]), 300);
}

TEST_F(Figures, TheRangeTestShowsItsMarks) {
  NEEDS_GNUPLOT;
  LrPlot plot{.title = "a `title`"};
  for (int i = 0; i < 50; ++i) {
    plot.lr.push_back(1e-4 * std::pow(1e4, i / 49.0));
    plot.loss.push_back(2.3 - 0.02 * i + 0.05 * (i % 2));
    plot.smoothed.push_back(2.3 - 0.02 * i);
  }
  plot.marks = {{.name = "valley", .lr = 0.01, .loss = 1.8, .chosen = true}};
  const Image one = draw(lr_figure(plot));
  EXPECT_EQ(one.width, 1700);
  EXPECT_EQ(one.height, 860);
  EXPECT_GT(count_colour(one, palette[1]), 100) << "the mark, and in the legend";
  plot.deviation.assign(50, 0.1);
  // The band: the line's colour at 18 %.
  EXPECT_GT(count_colour(draw(lr_figure(plot)), "#D1E5F0"), 10'000);
}

TEST(FigureData, IsWrittenInFullAndWithoutInfinities) {
  EXPECT_EQ(columns({{0.1, 2}, {1e-300, std::numeric_limits<double>::infinity()}}), "0.1 1e-300\n2 NaN\n");
}

}  // namespace
}  // namespace reslab::report
