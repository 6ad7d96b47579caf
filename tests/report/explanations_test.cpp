#include "reslab/report/explanations.h"

#include <gtest/gtest.h>

#include <sstream>

#include "report/support.h"
#include "reslab/core/error.h"
#include "reslab/data/cifar10.h"
#include "reslab/data/tensor_source.h"
#include "reslab/explain/overlay.h"
#include "reslab/nn/layer.h"
#include "reslab/report/faithfulness_table.h"
#include "support/environment.h"
#include "support/message.h"
#include "support/temporary_folder.h"

namespace reslab::report {
namespace {

using support::contains;
using Kind = ExplainedClass::Kind;

class Explanations : public testing::Test {
 protected:
  Explanations() { nn::initialise(*network_, 3); }

  Explanation explanation(const ExplainedClass& explained = {}) const {
    return {.network = *network_,
            .source = source_,
            .samples = {{.sample = 5, .actual = 3, .predicted = 5, .probability = 0.75, .actual_probability = 0.2},
                        {.sample = 9, .actual = 1, .predicted = 0, .probability = 0.5, .actual_probability = 0.125}},
            .explained = explained};
  }
  // Without gnuplot the picture is the grid alone, whose pixels are known.
  augment::Image cell_of(const std::string& name, int row, int column) const {
    const augment::Image grid = read_png(folder_.path() / name);
    constexpr int scale = 4, space = 2 * scale, step = 32 * scale + space;
    augment::Image cell{.height = 32, .width = 32, .channels = 3};
    for (int y = 0; y < 32; ++y)
      for (int x = 0; x < 32; ++x)
        for (const std::uint8_t value : pixel(grid, space + row * step + y * scale, space + column * step + x * scale))
          cell.pixels.push_back(value);
    return cell;
  }

  std::shared_ptr<models::Network> network_ =
      models::create("custom_resnet", {.classes = 10, .in_channels = 3, .values = {{"width", 8}}});
  data::BatchSource source_{.samples = data::read_cifar10(RESLAB_SOURCE_DIR "/tests/data_samples/cifar10").test,
                            .transform = {.normalizer = {std::vector{0.5, 0.5, 0.5}, std::vector{0.25, 0.25, 0.25}}}};
  support::TemporaryFolder folder_;
  support::EnvironmentVariable path_{"PATH", folder_.path().string()};
};

std::vector<std::string> names(const WrittenMaps& result) {
  std::vector<std::string> all;
  for (const auto& path : result.written.paths) all.push_back(path.filename().string());
  return all;
}

TEST_F(Explanations, OfEachLayerAreTheOriginalsOverlays) {
  const Explanation explanation = this->explanation();
  const WrittenMaps result = write_cam_galleries(folder_.path(), explanation);
  EXPECT_EQ(names(result),
            (std::vector<std::string>{"explain-layer1.png", "explain-layer2.png", "explain-layer3.png"}));
  EXPECT_EQ(result.maps, 6);
  EXPECT_FALSE(result.written.why_no_titles.empty());
  const at::Tensor maps = explain::class_activation_maps(*network_, images_of(explanation),
                                                         at::tensor({5, 0}, at::kLong), {.layer = "layer2"});
  const at::Tensor pixels = source_.samples.tensor()[9].contiguous();
  const augment::Image image{
      .height = 32,
      .width = 32,
      .channels = 3,
      .pixels = {pixels.const_data_ptr<std::uint8_t>(), pixels.const_data_ptr<std::uint8_t>() + pixels.numel()}};
  const augment::Image expected = explain::overlay(image, maps[1]), found = cell_of("explain-layer2.png", 0, 1);
  int largest = 0;  // one pass for three layers may round otherwise than one for one
  for (std::size_t i = 0; i < found.pixels.size(); ++i)
    largest = std::max(largest, std::abs(found.pixels[i] - expected.pixels[i]));
  EXPECT_LE(largest, 1);
}

TEST_F(Explanations, OfBothClassesStandSideBySideUnderOtherNames) {
  const WrittenMaps result =
      write_cam_galleries(folder_.path(), explanation({.kind = Kind::both}),
                          {.layers = {"layer3"}, .cam = {.method = explain::CamMethod::hi_res_cam}});
  EXPECT_EQ(names(result), (std::vector<std::string>{"explain-layer3-hires-cam-both.png"}));
  EXPECT_EQ(result.maps, 4);
  const at::Tensor pixels = source_.samples.tensor()[9].contiguous();
  const augment::Image image = cell_of("explain-layer3-hires-cam-both.png", 0, 3);
  EXPECT_EQ(image.pixels, std::vector<std::uint8_t>(pixels.const_data_ptr<std::uint8_t>(),
                                                    pixels.const_data_ptr<std::uint8_t>() + pixels.numel()));
  EXPECT_NE(cell_of("explain-layer3-hires-cam-both.png", 0, 1).pixels,
            cell_of("explain-layer3-hires-cam-both.png", 0, 2).pixels);
}

TEST_F(Explanations, AClassIsTheSameForAllSamples) {
  const auto choices = chosen_classes(explanation({.kind = Kind::named, .label = 8}));
  ASSERT_EQ(choices.size(), 1U);
  EXPECT_EQ(choices[0].name, "ship");
  EXPECT_TRUE(choices[0].classes.equal(at::tensor({8, 8}, at::kLong)));
  const auto both = chosen_classes(explanation({.kind = Kind::both}));
  EXPECT_TRUE(both[0].classes.equal(at::tensor({5, 0}, at::kLong)));
  EXPECT_TRUE(both[1].classes.equal(at::tensor({3, 1}, at::kLong)));
}

TEST_F(Explanations, ANameOfAClassCantLeadOutOfTheFolder) {
  std::vector<std::string> classes = source_.samples.classes();
  classes[8] = "../../x";
  source_.samples = data::in_memory("renamed", source_.samples.tensor(), source_.samples.labels(), classes);
  const WrittenMaps result =
      write_cam_galleries(folder_.path(), explanation({.kind = Kind::named, .label = 8}), {.layers = {"layer1"}});
  EXPECT_EQ(names(result), (std::vector<std::string>{"explain-layer1-.._.._x.png"}));
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / "explain-layer1-.._.._x.png"));
}

TEST_F(Explanations, ByGradientsShowTheImageAndItsGradient) {
  EXPECT_EQ(names(write_gradient_gallery(folder_.path(), explanation())),
            (std::vector<std::string>{"explain-saliency.png"}));
  const augment::Image saliency = cell_of("explain-saliency.png", 0, 1);
  EXPECT_EQ(*std::ranges::max_element(saliency.pixels), 255);
  for (std::size_t i = 0; i < saliency.pixels.size(); i += 3) ASSERT_EQ(saliency.pixels[i], saliency.pixels[i + 1]);
  EXPECT_EQ(names(write_gradient_gallery(folder_.path(), explanation(), {.guided = true})),
            (std::vector<std::string>{"explain-guided-backprop.png"}));
  EXPECT_NE(cell_of("explain-guided-backprop.png", 0, 1).pixels, saliency.pixels);
}

TEST_F(Explanations, OfAnUnknownLayerAreRefusedBeforeAnythingIsWritten) {
  const std::string message = support::message_of<core::UserError>([&] {
    write_cam_galleries(folder_.path(), explanation(), {.layers = {"layer1", "layre3"}});
  });
  EXPECT_TRUE(contains(message, "did you mean 'layer3'?")) << message;
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST(FaithfulnessTable, ShowsTheNumbersToPeopleAndPrograms) {
  const std::vector<MeasuredMaps> rows{
      {.layer = "layer1",
       .method = "grad-cam",
       .explained = "predicted",
       .faithfulness = {.samples = 19,
                        .flat = 1,
                        .road_most = -0.5,
                        .road_least = -0.25,
                        .drop = 0.125,
                        .increase = 0.0625,
                        .deletion = 0.375,
                        .insertion = 0.75},
       .randomisation = {{.part = "FC", .correlation = 0.5}, {.part = "layer1_x", .correlation = -0.25}}}};
  EXPECT_EQ(faithfulness_csv(rows),
            "layer,method,class,samples,empty,road,road_most,road_least,drop,increase,deletion,insertion,random_FC,"
            "random_layer1_x\nlayer1,grad-cam,predicted,19,1,0.125,-0.5,-0.25,0.125,0.0625,0.375,0.75,0.5,-0.25\n");
  const std::string text = faithfulness_text(rows);
  for (const char* part : {"ROAD", "0.125", "19 (1 empty)", "layer1_x", "-0.250"})
    EXPECT_TRUE(contains(text, part)) << part << " in\n" << text;
  // A number ends where its column's name does.
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  ASSERT_EQ(lines.size(), 8U) << text;
  const auto end_of = [](const std::string& line, const std::string& word) { return line.find(word) + word.size(); };
  EXPECT_EQ(end_of(lines[0], "insertion"), end_of(lines[2], "0.750")) << text;
  EXPECT_EQ(end_of(lines[6], "layer1_x"), end_of(lines[7], "-0.250")) << text;
}

TEST(FaithfulnessTable, AnEmptyMapHasNoCorrelationAndZeroHasNoSign) {
  const std::vector<MeasuredMaps> rows{
      {.layer = "layer1",
       .method = "grad-cam",
       .explained = "cat",
       .faithfulness = {.samples = 2, .road_most = 0.0002, .drop = -0.0},
       .randomisation = {{.part = "FC", .correlation = std::nullopt}, {.part = "prep", .correlation = -0.0004}}}};
  const std::string text = faithfulness_text(rows), csv = faithfulness_csv(rows);
  EXPECT_FALSE(contains(text, "-0.000")) << text;
  EXPECT_TRUE(text.ends_with("layer1  cat              -     0.000\n")) << text;
  EXPECT_TRUE(csv.ends_with(",0,0,0,0,,-4e-04\n")) << csv;
}

// A zero would be a measurement.
TEST(FaithfulnessTable, WhereAllMapsAreEmptyNothingWasMeasured) {
  const std::vector<MeasuredMaps> rows{{.layer = "layer1",
                                        .method = "grad-cam",
                                        .explained = "cat",
                                        .faithfulness = {.samples = 0, .flat = 4},
                                        .randomisation = {{.part = "FC", .correlation = 0}}}};
  EXPECT_TRUE(faithfulness_csv(rows).ends_with("\nlayer1,grad-cam,cat,0,4,,,,,,,,\n")) << faithfulness_csv(rows);
  const std::string text = faithfulness_text(rows);
  EXPECT_FALSE(contains(text, "0.000")) << text;
  EXPECT_TRUE(contains(text, "0 (4 empty)")) << text;
}

}  // namespace
}  // namespace reslab::report
