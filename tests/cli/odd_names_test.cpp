// Whatever folders and files are called: what is written reads back, or is refused before the training; and nothing of
// it steers the terminal.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/run_fixture.h"
#include "reslab/core/command.h"
#include "reslab/core/file.h"
#include "reslab/core/printable.h"
#include "reslab/core/process.h"

namespace reslab::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* sample_folder = RESLAB_SOURCE_DIR "/tests/data_samples/cifar10";

const std::string evil = "\x1b]0;TITLE\x07 \u009b31m \u202egnp.exe \u2066x \x7f";

class OddNames : public RunFixture {
 protected:
  // No shell comes in between.
  Result run(core::Words words) const {
    words.insert(words.begin(), RESLAB_BINARY);
    const core::ProcessResult result = core::run_process({.arguments = words, .folder = folder_});
    return {.exit_code = result.exit_code, .output = result.output};
  }

  core::Words train(const std::string& data, const core::Words& more = {}) const {
    return core::joined({{"train", "original", "--set", "model.width=4", "--epochs", "1", "--limit-batches", "1",
                          "--batch-size", "20", "--threads", "1", "--no-report", "--data", data},
                         more});
  }

  static void expect_printable(const std::string& output) { EXPECT_EQ(core::printable_lines(output), output); }

  // A run as training leaves it, without its large files, in a folder of runs of its own.
  fs::path make_run(const fs::path& runs, const std::string& name) const {
    const fs::path run = runs / name;
    fs::create_directories(run);
    core::write_file(run / "recipe.toml", "inherit = \"original\"\ndescription = \"a \\u202eb\"\nmodel.width = 4\n" +
                                              ("data.name = \"" + std::string(sample_folder) + "\"\n"));
    const json record{{"started", "2026-01-01T00:00:00" + evil},
                      {"precision", evil},
                      {"extends", evil},
                      {"device", evil},
                      {evil, evil},
                      {"kind", "train"}};
    core::write_file(run / "environment.json", record.dump());
    core::write_file(run / "epochs.csv",
                     "epoch,train_loss,train_accuracy,train_seconds,test_loss,test_accuracy,test_correct,test_samples,"
                     "test_top5,test_average_loss_as_printed,test_seconds,holdout_loss,holdout_accuracy,"
                     "holdout_correct,holdout_samples\n1,1.5,0.25,60,2.5,0.5,10,20,20,2.5,5,,,,\n");
    return run;
  }
};

TEST_F(OddNames, ADataSetsFolderThatARecipeKeepsIsFoundAgain) {
  for (const std::string name : {"it's a \"set\" \\ $x `y`", "größe\u202e"}) {
    fs::create_directory_symlink(sample_folder, folder_ / "to the samples");
    fs::create_directories(folder_ / name);
    for (const auto& file : fs::directory_iterator(sample_folder))
      fs::create_symlink(file.path(), folder_ / name / file.path().filename());
    const Result trained = run(train(name, {"--name", "a"}));
    ASSERT_EQ(trained.exit_code, 0) << trained.output;
    expect_printable(trained.output);
    const json runs = json::parse(run({"runs", "list", "--json"}).output);
    EXPECT_EQ(runs[0]["state"], "finished") << runs[0];
    EXPECT_EQ(runs[0]["problem"], nullptr);
    EXPECT_EQ(run({"evaluate", "a", "--threads", "1"}).exit_code, 0) << "the recipe's folder is read again";
    fs::remove_all(folder_ / "runs");
    fs::remove(folder_ / "to the samples");
  }
}

TEST_F(OddNames, ADataSetsFolderThatARecipeCannotKeepIsRefusedBeforeTheTraining) {
  const std::string deep = std::string(200, 'd') + "/" + std::string(200, 'e') + "/" + std::string(200, 'f') + "/" +
                           std::string(200, 'g') + "/" + std::string(200, 'h');
  for (const auto& [name, fault] : {std::pair<std::string, std::string>{"donn\xe9"
                                                                        "es",
                                                                        "bytes that aren't UTF-8"},
                                    {"a\tb", "control characters"},
                                    {"a\nb", "control characters"},
                                    {"a\x1b]0;TITLE\x07", "control characters"},
                                    {deep, "bytes"}}) {
    fs::create_directories((folder_ / name).parent_path());
    fs::create_directory_symlink(sample_folder, folder_ / "samples");
    fs::create_directories(folder_ / name);
    for (const auto& file : fs::directory_iterator(sample_folder))
      fs::create_symlink(file.path(), folder_ / name / file.path().filename());
    for (const core::Words& command : {train(name), train(name, {"--dry-run"}), train(name, {"--repeats", "2"}),
                                       core::Words{"find-lr", "original", "--data", name}}) {
      const Result refused = run(command);
      EXPECT_EQ(refused.exit_code, 2) << refused.output;
      EXPECT_TRUE(contains(refused.output, "a path with ") && contains(refused.output, fault)) << refused.output;
      expect_printable(refused.output);
      EXPECT_FALSE(fs::exists(folder_ / "runs")) << "it was refused too late";
    }
    // As the message says: by a link with another name.
    fs::create_directory_symlink(folder_ / name, folder_ / "link");
    const Result trained = run(train("link", {"--name", "a"}));
    EXPECT_EQ(trained.exit_code, 0) << trained.output;
    EXPECT_EQ(json::parse(run({"runs", "list", "--json"}).output)[0]["state"], "finished");
    for (const char* made : {"runs", "link", "samples"}) fs::remove_all(folder_ / made);
  }
}

TEST_F(OddNames, ARecipesFileIsNoNameOfARecipeWhereItCannotBeKept) {
  for (const std::string name : {"a\tb.toml",
                                 "donn\xe9"
                                 "es.toml"}) {
    core::write_file(folder_ / name, "inherit = \"original\"\n");
    core::Words words = train(sample_folder);
    words[1] = name;
    const Result refused = run(words);
    EXPECT_EQ(refused.exit_code, 2) << refused.output;
    EXPECT_TRUE(contains(refused.output, "write a name into the file")) << refused.output;
    expect_printable(refused.output);
    EXPECT_FALSE(fs::exists(folder_ / "runs"));
    core::write_file(folder_ / name, "inherit = \"original\"\nname = \"b\"\n");
    const Result trained = run(words);
    EXPECT_EQ(trained.exit_code, 0) << trained.output;
    expect_printable(trained.output);
    EXPECT_EQ(json::parse(run({"runs", "list", "--json"}).output)[0]["state"], "finished");
    fs::remove_all(folder_ / "runs");
  }
}

TEST_F(OddNames, RunsAreListedWhateverTheirPath) {
  for (const std::string& folder : {std::string("donn\xe9"
                                                "es"),
                                    evil, std::string("a\nb")}) {
    make_run(folder_ / folder, "first");
    make_run(folder_ / folder, "second" + evil);
    const Result listed = run({"runs", "list", "--json", "--runs-dir", folder});
    EXPECT_EQ(listed.exit_code, 0) << listed.output;
    expect_printable(listed.output);
    EXPECT_EQ(json::parse(listed.output).size(), 2U);
    EXPECT_EQ(json::parse(listed.output)[1]["precision"], evil) << "for programs it is what it is";
    for (const core::Words& command :
         {core::Words{"runs", "list"}, core::Words{"runs", "compare", "first", "second" + evil},
          core::Words{"runs", "rm", "first"}, core::Words{"evaluate", "first"}, core::Words{"resume", "first"},
          core::Words{"extend", "first", "--epochs", "30"}, core::Words{"report", "first"},
          core::Words{"plot", "first", "--figure", "training"}, core::Words{"evaluate", "none" + evil},
          core::Words{"train", "none" + evil}, core::Words{"train" + evil}}) {
      core::Words words = command;
      if (command[0] != "train" && command[0].size() < 20) words.insert(words.end(), {"--runs-dir", folder});
      const Result result = run(words);
      EXPECT_NE(result.exit_code, 70) << core::command(words) << '\n' << result.output;
      expect_printable(result.output);
      EXPECT_FALSE(contains(result.output, "a\nb")) << result.output;
    }
    const std::string page = core::read_text(folder_ / folder / "first" / "report.html");
    const std::string own = page.substr(page.find("id=\"data\">"), page.find("</script>", page.find("id=\"data\">")));
    for (const char* part : {"\x1b", "\u009b", "\u202e", "\\u202e\"", "\x7f"})
      EXPECT_FALSE(contains(own.substr(0, own.find("</script>")), part)) << part;
    EXPECT_TRUE(contains(own, "\\\\u001b]0;TITLE")) << "shown as an escape";
  }
}

}  // namespace
}  // namespace reslab::cli
