#include "reslab/serialization/weights.h"

#include <gtest/gtest.h>

#include "reslab/core/error.h"

namespace reslab::serialization {
namespace {

WeightsMetadata example() {
  return {.model = "custom_resnet",
          .model_options = R"({"softmax":true})",
          .classes = {"plane", "Fußgänger", "a, \"b\""},
          .mean = {0.49139968, 1.0 / 3, 0.44653091},
          .std = {0.24703223, 0.1 + 0.2, 5e-324},
          .height = 32,
          .width = 48,
          .channels = 3,
          .recipe_hash = "ab12"};
}

std::string refusal(const Metadata& metadata) {
  try {
    static_cast<void>(weights_metadata(metadata, "w.safetensors"));
  } catch (const core::UserError& error) {
    return error.what();
  }
  return "";
}

TEST(Weights, MetadataComesBackExactly) {
  const WeightsMetadata weights = example(), back = weights_metadata(to_metadata(weights), "w");
  EXPECT_EQ(back.model, weights.model);
  EXPECT_EQ(back.model_options, weights.model_options);
  EXPECT_EQ(back.classes, weights.classes);
  EXPECT_EQ(back.mean, weights.mean);
  EXPECT_EQ(back.std, weights.std);
  EXPECT_EQ(back.height, 32);
  EXPECT_EQ(back.width, 48);
  EXPECT_EQ(back.channels, 3);
  EXPECT_EQ(back.recipe_hash, "ab12");
}

TEST(Weights, HowImagesAreFittedComesBack) {
  EXPECT_FALSE(weights_metadata(to_metadata(example()), "w").fit);
  WeightsMetadata weights = example();
  weights.fit = {.kind = "crop", .resize = 60};
  const auto crop = weights_metadata(to_metadata(weights), "w").fit;
  ASSERT_TRUE(crop);
  EXPECT_EQ(crop->kind, "crop");
  EXPECT_EQ(crop->resize, 60);
  weights.fit = {.kind = "pad", .background = {255, 0, 7}};
  EXPECT_EQ(weights_metadata(to_metadata(weights), "w").fit->background, (std::vector<std::int64_t>{255, 0, 7}));
}

TEST(Weights, HowPicturesWereDecodedComesBack) {
  WeightsMetadata weights = example();
  weights.range16 = {100, 4'000};
  weights.background = {255, 254, 0};
  const WeightsMetadata back = weights_metadata(to_metadata(weights), "w");
  EXPECT_EQ(back.range16, weights.range16);
  EXPECT_EQ(back.background, weights.background);
}

TEST(Weights, OtherKeysAreLeftAlone) {
  Metadata metadata = to_metadata(example());
  metadata["format"] = "pt";
  EXPECT_EQ(refusal(metadata), "");
}

TEST(Weights, EveryKeyIsNeeded) {
  for (const auto& [key, value] : to_metadata(example())) {
    Metadata metadata = to_metadata(example());
    metadata.erase(key);
    EXPECT_NE(refusal(metadata).find("w.safetensors: no metadata key " + key), std::string::npos) << refusal(metadata);
  }
}

TEST(Weights, WrongValuesAreRefusedWithTheirKey) {
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"reslab.format", "2"},
      {"reslab.classes", "[]"},
      {"reslab.classes", "[1]"},
      {"reslab.classes", "plane"},
      {"reslab.mean", "[0.5]"},
      {"reslab.mean", "[0.5,0.5,\"x\"]"},
      {"reslab.mean", "[0.5,0.5,1e999]"},
      {"reslab.std", "[0.5,0.5,0]"},
      {"reslab.std", "[0.5,0.5,-1]"},
      {"reslab.std", "{}"},
      {"reslab.image_size", "[32,32]"},
      {"reslab.image_size", "[0,32,3]"},
      {"reslab.image_size", "[32,32,-3]"},
      {"reslab.image_size", "[99999999,32,3]"},
      {"reslab.image_size", "[32,32,18446744073709551615]"},
      {"reslab.image_size", "[32.5,32,3]"},
      {"reslab.range16", "[5,5]"},
      {"reslab.range16", "[0,65536]"},
      {"reslab.background", "[0,0]"},
      {"reslab.background", "[0,0,256]"},
      {"reslab.fit", "crop"},
      {"reslab.fit", R"({"kind":"zoom"})"},
      {"reslab.fit", R"({"kind":"crop"})"},
      {"reslab.fit", R"({"kind":"crop","resize":47})"},
      {"reslab.fit", R"({"kind":"crop","resize":1e9})"},
      {"reslab.fit", R"({"kind":"pad","background":[0,0]})"},
      {"reslab.fit", R"({"kind":"pad","background":[0,0,256]})"},
      {"reslab.fit", R"({"kind":"stretch","interpolation":"bicubic"})"},
      {"reslab.fit", R"({"kind":"stretch","antialias":false})"},
      {"reslab.model_options", "[]"},
      {"reslab.model_options", "{"},
      {"reslab.classes", std::string(1 << 20, '[')},
  };
  for (const auto& [key, value] : wrong) {
    Metadata metadata = to_metadata(example());
    metadata[key] = value;
    const std::string message = refusal(metadata);
    EXPECT_NE(message.find(key + " is "), std::string::npos) << key << ' ' << value.substr(0, 30) << ": " << message;
    EXPECT_LT(message.size(), 600U);
  }
}

}  // namespace
}  // namespace reslab::serialization
