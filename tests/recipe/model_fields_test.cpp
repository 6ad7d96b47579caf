#include "reslab/recipe/model_fields.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "recipe/support.h"
#include "reslab/models/graph_network.h"
#include "reslab/nn/conv2d.h"
#include "reslab/nn/linear.h"
#include "reslab/recipe/entries.h"
#include "reslab/recipe/idle_keys.h"
#include "reslab/train/build.h"
#include "reslab/train/weights_file.h"
#include "support/temporary_folder.h"

namespace reslab::recipe {
namespace {

// A network that only this file knows: a convolution and a linear layer.
std::shared_ptr<models::Network> make_tiny(const models::Settings& settings) {
  const std::int64_t w = settings.whole("width");
  nn::Graph graph("Tiny");
  nn::Value x = graph.add(
      "stem", std::make_shared<nn::Conv2d>(nn::Conv2dOptions{.in_channels = settings.in_channels(), .out_channels = w}),
      nn::Graph::images);
  graph.enter(nn::Place::head);
  x = graph.add(nn::MaxPool{.window = 0}, {x});
  x = graph.add(
      "head", std::make_shared<nn::Linear>(nn::LinearOptions{.in_features = w, .out_features = settings.classes()}), x);
  graph.add(nn::Scale{.divisor = settings.number("temperature")}, {x});
  return std::make_shared<models::GraphNetwork>(graph);
}

const bool added = [] {
  models::add({.name = "tiny",
               .options = {{.name = "width", .initial = 8, .meaning = "channels", .least = 2, .most = 16},
                           {.name = "temperature", .initial = 1.0, .meaning = "of the scores", .least = 0.5, .most = 4},
                           {.name = "note", .initial = "plain", .meaning = "nothing", .choices = {"plain", "other"}}},
               .make = &make_tiny,
               .least_parameters = [](const models::Settings& settings) {
                 return static_cast<double>(settings.whole("width") *
                                            (9 * settings.in_channels() + settings.classes()));
               }});
  return true;
}();

const data::DatasetInfo grey{.name = "grey", .classes = {"a", "b", "c"}, .channels = 1, .size = augment::Size{6, 5}};

const data::EvalTransform transform{.normalizer = {std::vector{0.5}, std::vector{0.25}}};

Recipe tiny(const Overrides& more = {}) {
  Overrides overrides{{"model.name", "tiny"}, {"data.mean", "[0.5]"}, {"data.std", "[0.25]"}};
  overrides.insert(overrides.end(), more.begin(), more.end());
  return parse_recipe("", "x", overrides);
}

TEST(ModelFields, OfANetworkAreKeysOfItsRecipes) {
  ASSERT_TRUE(added);
  const Recipe recipe = tiny({{"model.width", "4"}, {"model.temperature", "3/2"}, {"model.note", "other"}});
  EXPECT_EQ(recipe.model.values, (models::OptionValues{{"width", 4}, {"temperature", 1.5}, {"note", "other"}}));
  const auto network = train::build_network(recipe, grey);
  EXPECT_EQ(network->named_parameters()["stem.weight"].sizes(), (at::IntArrayRef{4, 1, 3, 3}));
  EXPECT_EQ(network->named_parameters()["head.weight"].sizes(), (at::IntArrayRef{3, 4}));
}

TEST(ModelFields, AreCheckedByTheRecipesOwnNetwork) {
  EXPECT_EQ(error_of([] { tiny({{"model.width", "17"}}); }).allowed, "a whole number from 2 to 16");
  EXPECT_NO_THROW(parse_recipe("model.width = 17", "x"));
  EXPECT_EQ(error_of([] { tiny({{"model.width", "5000"}}); }).found, "model.width must be at most 4096");
  EXPECT_EQ(error_of([] { tiny({{"model.note", "othr"}}); }).remedy, "did you mean 'other'?");
}

TEST(ModelFields, HaveTheNetworksOwnInitialValue) {
  const std::string text = to_toml(tiny());
  EXPECT_NE(text.find("\nwidth = 8\n"), std::string::npos) << text;
  EXPECT_EQ(recipe_hash(tiny()), recipe_hash(tiny({{"model.width", "8"}})));
  EXPECT_NE(recipe_hash(tiny()), recipe_hash(tiny({{"model.width", "9"}})));
  EXPECT_NE(recipe_hash(tiny({{"model.width", "9"}})), recipe_hash(tiny({{"model.temperature", "2"}})));
  EXPECT_EQ(recipe_hash(parse_recipe("", "x")), recipe_hash(parse_recipe("model.width = 64", "x")));
}

// Also so that a run's recipe of an older version, which has the keys of all networks, is the same recipe.
TEST(ModelFields, OfOtherNetworksAreWrittenOnlyWhereTheyAreSet) {
  const std::string text = to_toml(tiny());
  EXPECT_EQ(text.find("\ndepth"), std::string::npos) << text;
  EXPECT_EQ(text.find("\nsoftmax"), std::string::npos) << text;
  const Recipe all = tiny({{"model.depth", "2"}, {"model.group_width", "256"}, {"model.softmax", "false"}});
  EXPECT_EQ(to_toml(all), text);
  EXPECT_EQ(recipe_hash(all), recipe_hash(tiny()));
  const Recipe other = tiny({{"model.depth", "3"}});
  EXPECT_NE(to_toml(other).find("\ndepth = 3\n"), std::string::npos);
  EXPECT_EQ(recipe_hash(parse_recipe(to_toml(other), "x")), recipe_hash(other));
  EXPECT_NE(recipe_hash(other), recipe_hash(tiny()));
  const auto entries = recipe_entries(tiny());
  EXPECT_EQ(std::ranges::count(entries, "model.depth", &std::pair<std::string, std::string>::first), 0);
  EXPECT_EQ(std::ranges::count(entries, "model.note", &std::pair<std::string, std::string>::first), 1);
}

TEST(ModelFields, OfAnotherNetworkAreRefusedWithTheOnesThereAre) {
  const Recipe recipe = tiny({{"model.depth", "3"}});
  const core::ErrorParts parts = error_of([&] { refuse_option_of_another(recipe, "model.depth", "3"); });
  EXPECT_EQ(parts.attempted, "set model.depth to '3'");
  EXPECT_EQ(parts.found, "it would have no effect: model.name is 'tiny', and only speednet has it");
  EXPECT_EQ(parts.allowed, "options of tiny: model.width, model.temperature, model.note");
  EXPECT_EQ(parts.remedy, "leave it out");
  const Recipe near = tiny({{"model.group_width", "8"}});
  EXPECT_EQ(error_of([&] { refuse_option_of_another(near, "model.group_width", "8"); }).remedy, "leave it out");
  const Recipe last = parse_recipe("", "x", {{"model.last_width", "8"}});
  EXPECT_EQ(error_of([&] { refuse_option_of_another(last, "model.last_width", "8"); }).allowed,
            "options of custom_resnet: model.width, model.softmax, model.dirac, model.whitening, model.zero_head");
  EXPECT_NO_THROW(refuse_option_of_another(tiny({{"model.depth", "2"}}), "model.depth", "2")) << "its initial value";
  EXPECT_NO_THROW(refuse_option_of_another(recipe, "model.width", "8"));
  EXPECT_NO_THROW(refuse_option_of_another(recipe, "epochs", "8"));
}

TEST(ModelFields, SayWhoseTheyAre) {
  EXPECT_EQ(find_field("model.depth")->meaning, "speednet: convolutions in a group");
  EXPECT_EQ(find_field("model.width")->meaning,
            "channels of the first layer; the other layers' follow from it; tiny: initially 8");
  EXPECT_EQ(why_idle(parse_recipe("", "x"), "model.temperature"),
            "model.name is 'custom_resnet', and only tiny has it");
}

// What files of weights say is read by other versions, and must stay as it is.
TEST(ModelFields, StandInFilesOfWeights) {
  const auto options_of = [](const Recipe& recipe) {
    return train::describe_network(recipe, grey, transform, "fp32").weights.model_options;
  };
  const Overrides one_channel{{"data.mean", "[0.5]"}, {"data.std", "[0.25]"}};
  const auto with = [&](Overrides more) {
    more.insert(more.end(), one_channel.begin(), one_channel.end());
    return parse_recipe("", "x", more);
  };
  EXPECT_EQ(options_of(with({{"model.dirac", "true"}, {"model.zero_head", "true"}})),
            R"({"softmax":false,"width":64})");
  EXPECT_EQ(options_of(with({{"model.name", "speednet"}, {"model.last_width", "12"}, {"model.activation", "silu"}})),
            R"({"activation":"silu","depth":2,"group_width":256,"last_width":12,"patch":2,"stride":1,"width":64})");
  EXPECT_EQ(options_of(tiny({{"model.width", "3"}})), R"({"note":"plain","temperature":1.0,"width":3})");
}

TEST(ModelFields, ComeBackFromFilesOfWeights) {
  const support::TemporaryFolder folder;
  const Recipe recipe = tiny({{"model.width", "3"}, {"model.temperature", "2"}});
  const auto network = train::build_network(recipe, grey);
  nn::initialise(*network, 1);
  train::NetworkDescription description = train::describe_network(recipe, grey, transform, "fp32");
  const std::filesystem::path path = folder.path() / "weights.safetensors";
  train::save_network(path, *network, description);
  const at::Tensor images = at::ones({2, 1, 6, 5});
  network->eval();
  EXPECT_TRUE(at::equal(train::load_network(path).network->forward(images), network->forward(images)));
  description.weights.model_options = R"({"width":17,"temperature":2.0})";
  train::save_network(path, *network, description);
  EXPECT_THROW(train::load_network(path), core::UserError);
  description.weights.model_options = R"({"width":"3"})";
  train::save_network(path, *network, description);
  const core::ErrorParts parts = error_of([&] { train::load_network(path); });
  EXPECT_EQ(parts.found, "model.width is the text '3'");
  EXPECT_NE(parts.attempted.find("read the model's options in "), std::string::npos);
}

}  // namespace
}  // namespace reslab::recipe
