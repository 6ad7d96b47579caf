#include "reslab/report/page.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reslab/core/printable.h"
#include "reslab/image/png.h"
#include "reslab/report/sheet.h"
#include "support/message.h"

namespace reslab::report {
namespace {

using support::contains;

const std::string evil = "</script><script>alert(1)</script><!-- & \xE2\x80\xA8 \"'";

augment::Image image_of(std::uint8_t value, int side = 4) {
  augment::Image image{.height = side, .width = side, .channels = 3, .pixels = {}};
  image.pixels.assign(image.offset(side, 0), value);
  return image;
}

Page page_of(const std::string& name) {
  Errors errors{.classes = {name, "dog"}, .confusion = {{3, 1}, {0, 4}}, .map_side = 2, .notes = {name}};
  errors.mistakes.push_back({.mistake = {.sample = 7, .actual = 0, .predicted = 1, .probability = 0.75, .loss = 1.5},
                             .suspect = 1,
                             .image = image_of(10),
                             .predicted_map = {0, 85, 170, 255},
                             .actual_map = {255, 0, 0, 0},
                             .nearest = {{.sample = 3, .label = 1, .similarity = 0.5, .image = image_of(20)}}});
  return {.title = name,
          .subtitle = name,
          .made = name,
          .runs = {{.name = name,
                    .headlines = {{"Test accuracy", "87.50 %", name}},
                    .epochs = {{.epoch = 1, .train_loss = std::nan(""), .test_accuracy = 0.875}},
                    .steps = {{.epoch = 1, .step = 0, .lr = 0.1}},
                    .recipe = {{name, name}},
                    .environment = {{name, name}},
                    .layers = {{.name = name, .kind = name, .output = name, .parameters = 16, .multiply_adds = 32}},
                    .errors = errors,
                    .missing = {name}}}};
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++found;
  return found;
}

// What stands in the data block.
std::string data_of(const std::string& html) {
  const std::string open = "id=\"data\">";
  const std::size_t begin = html.find(open) + open.size();
  return html.substr(begin, html.find("</script>", begin) - begin);
}

TEST(Page, NoNameBecomesMarkup) {
  const std::string plain = render_page(page_of("cat")), html = render_page(page_of(evil));
  for (const char* tag : {"<script", "</script", "<!--", "alert(1)<", "</title"})
    EXPECT_EQ(count(html, tag), count(plain, tag)) << tag;
  EXPECT_EQ(count(html, "<script"), 3U);
  EXPECT_TRUE(contains(html, "<title>&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;"));
  EXPECT_EQ(data_of(html).find_first_of("<>&"), std::string::npos);
  EXPECT_EQ(data_of(html).find("\xE2\x80\xA8"), std::string::npos);
  const auto json = nlohmann::json::parse(data_of(html));
  const std::string shown = core::printable(evil);
  EXPECT_EQ(json["title"], shown);
  EXPECT_EQ(json["runs"][0]["errors"]["classes"][0], shown);
  EXPECT_EQ(json["runs"][0]["recipe"][0][0], shown);
  EXPECT_EQ(json["runs"][0]["layers"][0]["output"], shown);
}

TEST(Page, WhatTurnsTheDirectionOfWritingOrIsNoLetterIsShownAsAnEscape) {
  const std::string html = render_page(page_of("a\u202egnp.exe\x1b\u0085\x7f\n"));
  EXPECT_TRUE(contains(html, "<title>a\\u202egnp.exe\\u001b\\u0085\\u007f\\n"));
  EXPECT_EQ(nlohmann::json::parse(data_of(html))["title"], "a\\u202egnp.exe\\u001b\\u0085\\u007f\\n");
}

TEST(Page, PlacesInTextsAreNotFilled) {
  const std::string html = render_page(page_of("{{script}} {{data}}"));
  EXPECT_EQ(nlohmann::json::parse(data_of(html))["title"], "{{script}} {{data}}");
}

TEST(Page, BytesThatAreNoTextAreShownAsEscapes) {
  const auto json = nlohmann::json::parse(page_json(page_of("caf\xE9")));
  EXPECT_EQ(json["title"], "caf\\xe9");
}

TEST(Page, LetsNothingBeFetchedAndOnlyItsOwnScriptsRun) {
  const std::string html = render_page(page_of("cat"));
  const std::size_t begin = html.find("Content-Security-Policy");
  const std::string policy = html.substr(begin, html.find('>', begin) - begin);
  EXPECT_TRUE(contains(policy, "default-src 'none'")) << policy;
  EXPECT_FALSE(contains(policy, "unsafe")) << policy;
  EXPECT_FALSE(contains(policy, "http")) << policy;
  EXPECT_EQ(count(policy, "'sha256-"), 3U) << policy;
  for (const char* reference : {" src=\"", "@import", "url(", "<link"})
    EXPECT_FALSE(contains(html, reference)) << reference;
  EXPECT_FALSE(contains(html, ".innerHTML"));
}

TEST(Page, TheDataIsWhole) {
  const auto run = nlohmann::json::parse(page_json(page_of("cat")))["runs"][0];
  EXPECT_TRUE(run["epochs"][0]["train_loss"].is_null()) << "no number is no number";
  EXPECT_EQ(run["epochs"][0]["test_accuracy"], 0.875);
  EXPECT_EQ(run["layers"], nlohmann::json::parse(R"([{"name": "cat", "kind": "cat", "output": "cat", "parameters": 16,
                                                      "multiply_adds": 32}])"));
  const auto& errors = run["errors"];
  EXPECT_EQ(errors["confusion"], nlohmann::json::parse("[[3, 1], [0, 4]]"));
  const auto& mistake = errors["mistakes"][0];
  EXPECT_EQ(mistake["picture"], 0);
  EXPECT_EQ(mistake["nearest"][0]["picture"], 1);
  EXPECT_EQ(mistake["predicted_map"], "AFWq/w==");
  EXPECT_EQ(errors["width"], 4);
  if (image::has_png()) {
    EXPECT_TRUE(errors["sheet"].get<std::string>().starts_with("data:image/png;base64,iVBOR"));
  }
  Page without = page_of("cat");
  without.runs[0].errors.reset();
  EXPECT_TRUE(nlohmann::json::parse(page_json(without))["runs"][0]["errors"].is_null());
}

TEST(Sheet, LaysPicturesInRows) {
  Sheet sheet;
  EXPECT_EQ(sheet.data_uri(), "");
  for (int i = 0; i < 34; ++i)
    EXPECT_EQ(sheet.add(image_of(static_cast<std::uint8_t>(i + 1), 2)), static_cast<std::size_t>(i));
  const augment::Image picture = sheet.picture();
  EXPECT_EQ(picture.width, 64);
  EXPECT_EQ(picture.height, 4);
  EXPECT_EQ(picture.pixels[picture.offset(0, 0)], 1);
  EXPECT_EQ(picture.pixels[picture.offset(1, 63)], 32);
  EXPECT_EQ(picture.pixels[picture.offset(3, 1)], 33);
  EXPECT_EQ(picture.pixels[picture.offset(2, 2)], 34);
  EXPECT_EQ(picture.pixels[picture.offset(2, 4)], 0) << "the rest is black";
}

}  // namespace
}  // namespace reslab::report
