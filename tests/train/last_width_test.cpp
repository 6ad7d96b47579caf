// model.last_width on its way from a recipe's key into the network, the file of weights and back.
#include <gtest/gtest.h>

#include "reslab/core/error.h"
#include "reslab/serialization/safetensors.h"
#include "reslab/train/build.h"
#include "reslab/train/weights_file.h"
#include "support/temporary_folder.h"
#include "train/trainer_support.h"

namespace reslab::train {
namespace {

recipe::Recipe narrow_fast96(const std::string& last_width) {
  return recipe::load_recipe("fast96",
                             {{"model.width", "8"}, {"model.group_width", "12"}, {"model.last_width", last_width}});
}

std::int64_t last_width_of(const models::Network& network) { return network.named_parameters()["head.weight"].size(1); }

class LastWidth : public testing::Test {
 protected:
  std::filesystem::path save(const recipe::Recipe& recipe, const std::string& options = "") const {
    const auto network = build_network(recipe, splits_.info());
    nn::initialise(*network, 3);
    NetworkDescription description =
        describe_network(recipe, splits_.info(), build_transform(recipe, splits_.train), "fp32");
    if (!options.empty()) description.weights.model_options = options;
    const std::filesystem::path path = folder_.path() / "weights.safetensors";
    save_network(path, *network, description);
    return path;
  }

  const support::TemporaryFolder folder_;
  const data::Splits splits_ = test::samples();
};

TEST_F(LastWidth, OfARecipeIsTheNetworks) {
  EXPECT_EQ(last_width_of(*build_network(narrow_fast96("20"), splits_.info())), 20);
  EXPECT_EQ(last_width_of(*build_network(narrow_fast96("0"), splits_.info())), 12) << "that of the group before";
  EXPECT_EQ(recipe::load_recipe("fast96").model.values.at("last_width"), models::OptionValue(512));
  EXPECT_FALSE(recipe::load_recipe("airbench94").model.values.contains("last_width"));
  EXPECT_NE(recipe_hash(narrow_fast96("20")), recipe_hash(narrow_fast96("24")));
  for (const char* wrong : {"-1", "4097", "2.5"}) EXPECT_THROW(narrow_fast96(wrong), core::UserError) << wrong;
}

TEST_F(LastWidth, IsKeptWithTheWeights) {
  for (const char* width : {"20", "0"}) {
    const recipe::Recipe recipe = narrow_fast96(width);
    const auto network = build_network(recipe, splits_.info());
    nn::initialise(*network, 3);
    network->eval();
    const LoadedNetwork loaded = load_network(save(recipe));
    EXPECT_EQ(last_width_of(*loaded.network), last_width_of(*network)) << width;
    EXPECT_EQ(nn::state_hash(nn::state_of(*loaded.network)), nn::state_hash(nn::state_of(*network))) << width;
    const at::Tensor images = at::ones({2, 3, 32, 32}).contiguous(at::MemoryFormat::ChannelsLast);
    EXPECT_TRUE(at::equal(loaded.network->forward(images), network->forward(images))) << width;
  }
}

// Files of versions that didn't know it.
TEST_F(LastWidth, IsTheGroupsWhereAFileDoesNotSay) {
  const LoadedNetwork loaded =
      load_network(save(narrow_fast96("0"), R"({"activation":"silu","depth":3,"group_width":12,"width":8})"));
  EXPECT_EQ(last_width_of(*loaded.network), 12);
}

TEST_F(LastWidth, OfAFileIsRefusedWhereItCannotBe) {
  for (const char* wrong : {"-1", "4097", "16", "\"20\""}) {
    const std::string options =
        std::string(R"({"activation":"silu","depth":3,"group_width":12,"width":8,"last_width":)") + wrong + "}";
    const std::filesystem::path path = save(narrow_fast96("20"), options);
    EXPECT_THROW(load_network(path), core::UserError) << wrong;
  }
}

}  // namespace
}  // namespace reslab::train
