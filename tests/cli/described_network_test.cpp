// Files of weights that reslab didn't write: half floats, other dtypes, and no metadata.
#include "reslab/cli/described_network.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/run_fixture.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/data/cifar10.h"
#include "reslab/data/statistics.h"
#include "reslab/serialization/safetensors.h"
#include "support/message.h"

namespace reslab::cli {
namespace {

namespace fs = std::filesystem;

class DescribedNetwork : public RunFixture {
 protected:
  void SetUp() override {
    const Result trained = run_reslab(
        "train original --set model.width=8 --batch-size 50 --epochs 1 --no-report -q "
        "--name run" +
        where());
    ASSERT_EQ(trained.exit_code, 0) << trained.output;
  }

  // The run's weights as another program writes them.
  fs::path foreign(const std::string& name, at::ScalarType dtype = at::kFloat,
                   const std::vector<std::string>& keys = {}) const {
    const serialization::SafetensorsFile whole = serialization::read_safetensors(run_ / "weights.safetensors");
    std::vector<serialization::NamedTensor> tensors;
    for (const auto& [tensor_name, tensor] : whole.tensors)
      tensors.push_back({tensor_name, tensor.is_floating_point() ? tensor.to(dtype) : tensor});
    serialization::Metadata metadata{{"format", "pt"}};
    for (const std::string& key : keys) metadata.insert(*whole.metadata.find(key));
    serialization::write_safetensors(folder_ / name, tensors, metadata);
    return folder_ / name;
  }

  static Result evaluate(const std::string& what, const std::string& more = "") {
    return run_reslab(
        "evaluate '" + what +
        "' --threads 1 --data '" RESLAB_SOURCE_DIR "/tests/data_samples/cifar10' --precision fp32 --json " + more);
  }
  // What `evaluate --json` says; its notes come before.
  static nlohmann::json figures(const Result& result) {
    EXPECT_EQ(result.exit_code, 0) << result.output;
    return nlohmann::json::parse(result.output.substr(result.output.find("{\n")), nullptr, false);
  }
  static void expect_refusal(const Result& result, const std::vector<std::string>& parts) {
    EXPECT_EQ(result.exit_code, 2) << result.output;
    for (const std::string& part : parts) EXPECT_TRUE(contains(result.output, part)) << part << '\n' << result.output;
  }

  fs::path run_ = folder_ / "run";
};

TEST_F(DescribedNetwork, ByItsRecipeGivesWhatTheRunGives) {
  const nlohmann::json run = figures(evaluate(run_.string()));
  const fs::path file = foreign("pt.safetensors");
  const std::string recipe = "--recipe '" + (run_ / "recipe.toml").string() + "'";
  const Result described = evaluate(file.string(), recipe);
  const nlohmann::json same = figures(described);
  EXPECT_EQ(same["loss"], run["loss"]);
  EXPECT_EQ(same["confusion"], run["confusion"]);
  EXPECT_TRUE(contains(described.output, "taken for it are:") && contains(described.output, "mean [0.49139968,"))
      << described.output;
  // By the model's name, with what isn't initial: to the same bits.
  const nlohmann::json by_model = figures(evaluate(
      file.string(),
      "--model custom_resnet --set model.width=8 --set model.softmax=true --set "
      "'data.mean=[0.49139968, 0.48215841, 0.44653091]' --set 'data.std=[0.24703223, 0.24348513, 0.26158784]'"));
  EXPECT_EQ(by_model["loss"], run["loss"]);
  for (const char* command : {"mistakes --output ", "explain --count 2 --layer layer1 --output "}) {
    const Result done =
        run_reslab(std::string(command) + "'" + (folder_ / "out").string() + "' '" + file.string() + "' " + recipe +
                   " --threads 1 --data '" RESLAB_SOURCE_DIR "/tests/data_samples/cifar10'");
    EXPECT_EQ(done.exit_code, 0) << command << done.output;
  }
}

TEST_F(DescribedNetwork, ItsLayersAreSummarised) {
  const fs::path file = foreign("pt.safetensors");
  // The data set isn't fetched for it, wherever it would be kept.
  const auto summary = [&](const fs::path& path, const std::string& more) {
    return run_reslab("summary '" + path.string() + "' --json --cache-dir '" + (folder_ / "none").string() + "' " +
                      more);
  };
  const auto layers = [](const Result& result) {
    EXPECT_EQ(result.exit_code, 0) << result.output;
    return nlohmann::json::parse(result.output, nullptr, false)["layers"];
  };
  const nlohmann::json known = layers(summary(run_ / "weights.safetensors", "--batch 1"));
  EXPECT_EQ(layers(summary(file, "--batch 1 --model custom_resnet --set model.width=8 --set model.softmax=true")),
            known);
  EXPECT_EQ(layers(summary(file, "--batch 1 --recipe '" + (run_ / "recipe.toml").string() + "'")), known);
  EXPECT_EQ(layers(summary(file, "--batch 1 --recipe original --set model.width=8 --data '" RESLAB_SOURCE_DIR
                                 "/tests/data_samples/cifar10'")),
            known);
  expect_refusal(summary(file, ""),
                 {"no metadata reslab.classes", "--model custom_resnet|speednet", "--recipe NAME|FILE"});
  expect_refusal(summary(file, "--model custom_resnet --epochs 2"), {"--epochs 2", "say nothing of its layers"});
  expect_refusal(summary(file, "--model custom_resnet --set evaluation.views=six"), {"says nothing of its layers"});
  expect_refusal(summary(run_ / "weights.safetensors", "--model custom_resnet"), {"leave out --model"});
  expect_refusal(summary(run_, "--model custom_resnet"), {"a recipe or a run", "leave them out"});
}

TEST_F(DescribedNetwork, MeanAndDeviationAreTheTrainingImagesWhereNobodySaysThem) {
  const Result result = evaluate(foreign("pt.safetensors").string(),
                                 "--model custom_resnet --set model.width=8 --set model.softmax=true");
  const data::Split train = data::read_cifar10(RESLAB_SOURCE_DIR "/tests/data_samples/cifar10").train;
  const std::string mean = nlohmann::json(data::statistics(train).mean).dump();
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_TRUE(contains(result.output, "mean " + mean)) << mean << '\n' << result.output;
}

TEST_F(DescribedNetwork, HalfFloatsAreRead) {
  const nlohmann::json run = figures(evaluate(run_.string()));
  for (const at::ScalarType dtype : {at::kHalf, at::kBFloat16}) {
    // With the metadata of the run, and without.
    const serialization::SafetensorsFile whole = serialization::read_safetensors(run_ / "weights.safetensors");
    std::vector<std::string> keys;
    for (const auto& [key, value] : whole.metadata) keys.push_back(key);
    for (const bool described : {false, true}) {
      const fs::path file = foreign("half.safetensors", dtype, described ? std::vector<std::string>{} : keys);
      const nlohmann::json half =
          figures(evaluate(file.string(), described ? "--recipe '" + (run_ / "recipe.toml").string() + "'" : ""));
      EXPECT_NEAR(half["loss"].get<double>(), run["loss"].get<double>(), 0.01) << dtype;
    }
  }
}

TEST_F(DescribedNetwork, OtherDtypesAreNamed) {
  expect_refusal(evaluate(foreign("double.safetensors", at::kDouble).string(), "--recipe original --set model.width=8"),
                 {"is F64 [", "F16 and BF16 for F32", "tensor.float()"});
  const std::string header = R"({"FC.weight":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]}})";
  const std::uint64_t length = header.size();
  core::write_file(folder_ / "f8.safetensors",
                   std::string(reinterpret_cast<const char*>(&length), 8) + header + std::string(2, '\0'));
  const Result result = evaluate((folder_ / "f8.safetensors").string());
  expect_refusal(result, {"tensor \"FC.weight\" has the dtype F8_E4M3", "F32, F16 or BF16", "tensor.float()"});
  EXPECT_FALSE(contains(result.output, "damaged")) << result.output;
}

TEST_F(DescribedNetwork, WhatIsMissingIsNamedWithTheOptionsThatHelp) {
  const fs::path file = foreign("pt.safetensors");
  expect_refusal(evaluate(file.string()),
                 {"no metadata reslab.classes, reslab.format, reslab.image_size, reslab.mean, reslab.model",
                  "--recipe NAME|FILE", "--model custom_resnet|speednet", "--set model.width=N", "--classes"});
  expect_refusal(evaluate(file.string(), "--model custom_resnte"), {"did you mean 'custom_resnet'"});
  expect_refusal(evaluate(file.string(), "--model custom_resnet"), {"width 64"});
  expect_refusal(evaluate(file.string(), "--recipe original --set model.width=8 --set optimizer.lr=1"),
                 {"a key that says nothing of a network that is trained already"});
  // Of other classes than the data set's.
  expect_refusal(evaluate(file.string(), "--recipe original --set model.width=8 --classes a,b,c,d,e,f,g,h,i,j"),
                 {"trained for the classes a, b, c"});
  expect_refusal(evaluate(file.string(), "--recipe original --set model.width=8 --classes a,b"),
                 {"\"FC.weight\" is F32 [10, 64]"});
  // What the file says itself is not for options to say.
  const fs::path whole = run_ / "weights.safetensors";
  expect_refusal(evaluate(whole.string(), "--model custom_resnet"), {"the file says that itself", "leave out --model"});
  expect_refusal(evaluate(whole.string(), "--recipe original"), {"leave out --recipe"});
  expect_refusal(evaluate(run_.string(), "--recipe original"), {"a run has its recipe"});
  // A run whose weights somebody has written over.
  fs::copy_file(file, whole, fs::copy_options::overwrite_existing);
  expect_refusal(evaluate(run_.string()), {"reslab didn't write it", "weights.safetensors", "--recipe"});
}

TEST_F(DescribedNetwork, WhatTheFileSaysStands) {
  // Only the classes are missing: they are the data set's.
  const nlohmann::json run = figures(evaluate(run_.string()));
  const serialization::SafetensorsFile whole = serialization::read_safetensors(run_ / "weights.safetensors");
  std::vector<std::string> keys;
  for (const auto& [key, value] : whole.metadata)
    if (key != "reslab.classes") keys.push_back(key);
  const fs::path file = foreign("most.safetensors", at::kFloat, keys);
  const Result result = evaluate(file.string());
  EXPECT_EQ(figures(result)["loss"], run["loss"]);
  EXPECT_TRUE(contains(result.output, "has no metadata reslab.classes; taken for it are:")) << result.output;
  EXPECT_EQ(figures(evaluate(file.string(), "--classes plane,car,bird,cat,deer,dog,frog,horse,ship,truck"))["loss"],
            run["loss"]);
}

TEST_F(DescribedNetwork, ClassesComeFromCommasOrAFile) {
  EXPECT_EQ(class_names("a,b c"), (std::vector<std::string>{"a", "b c"}));
  core::write_file(folder_ / "names.txt", "a, b\r\nc\n");
  EXPECT_EQ(class_names((folder_ / "names.txt").string()), (std::vector<std::string>{"a, b", "c"}));
  EXPECT_TRUE(support::contains(support::message_of<core::UserError>([] { class_names("a,,b"); }), "an empty name"));
  EXPECT_TRUE(support::contains(support::message_of<core::UserError>([] { class_names("a,b,a"); }), "'a' twice"));
}

}  // namespace
}  // namespace reslab::cli
