#include "reslab/track/run_folder.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/track/environment.h"
#include "support/environment.h"
#include "support/message.h"
#include "support/temporary_folder.h"

namespace reslab::track {
namespace {

class Runs : public ::testing::Test {
 protected:
  // A run that started `seconds` after the epoch.
  RunFolder make(const std::string& name, int seconds) {
    const RunFolder run = create_run({.runs = folder_.path(), .recipe = "original", .name = name});
    write_environment(run.environment(),
                      {.started = std::chrono::system_clock::time_point(std::chrono::seconds(seconds))});
    return run;
  }

  std::string error_of_find(const std::string& name) {
    try {
      static_cast<void>(find_run(name, folder_.path()));
    } catch (const core::UserError& error) {
      return error.what();
    }
    return "";
  }

  std::string error_of_create(const std::string& name) {
    try {
      static_cast<void>(create_run({.runs = folder_.path(), .recipe = "original", .name = name}));
    } catch (const core::UserError& error) {
      return error.what();
    }
    return "";
  }

  support::TemporaryFolder folder_;
};

TEST_F(Runs, AreNamedByTimeAndRecipe) {
  const support::EnvironmentVariable zone("TZ", "UTC");
  ::tzset();
  const auto make_one = [this] {
    return create_run({.runs = folder_.path() / "new", .recipe = "original", .now = 1'700'000'000});
  };
  EXPECT_EQ(make_one().name(), "20231114-221320-original");
  EXPECT_EQ(make_one().name(), "20231114-221320-original-2");
  EXPECT_EQ(make_one().name(), "20231114-221320-original-3");
  EXPECT_TRUE(std::filesystem::is_directory(folder_.path() / "new/20231114-221320-original-3"));
  EXPECT_EQ(create_run({.runs = folder_.path(), .recipe = "my recipe/ä", .now = 0}).name(),
            "19700101-000000-my_recipe___");
}

TEST_F(Runs, AGivenNameMustBeFreeAndAName) {
  EXPECT_EQ(make("first", 1).path, folder_.path() / "first");
  EXPECT_NE(error_of_create("first").find("exists"), std::string::npos);
  EXPECT_NE(error_of_create("first").find("reslab resume " + (folder_.path() / "first").string()), std::string::npos);
  for (const char* name : {"a/b", "..", ".hidden", "-q", "a b", "a\nb"})
    EXPECT_NE(error_of_create(name).find("can't be a run's folder"), std::string::npos) << name;
}

TEST_F(Runs, ALinkThatLeadsNowhereTakesItsName) {
  const NewRun timed{.runs = folder_.path(), .recipe = "original", .now = 1'700'000'000};
  const std::string name = free_name(timed);
  std::filesystem::create_symlink("nowhere", folder_.path() / name);
  EXPECT_EQ(free_name(timed), name + "-2");
  EXPECT_EQ(create_run(timed).name(), name + "-2");
  EXPECT_NE(error_of_create(name).find("is a link that leads nowhere"), std::string::npos) << error_of_create(name);
  EXPECT_NE(error_of_create(name).find("remove that link"), std::string::npos) << error_of_create(name);
}

TEST_F(Runs, ALinkToAnEmptyFolderIsNotTakenAway) {
  std::filesystem::create_directory(folder_.path() / "elsewhere");
  std::filesystem::create_directory_symlink("elsewhere", folder_.path() / "mine");
  EXPECT_FALSE(remove_unbegun({folder_.path() / "mine"}));
  EXPECT_NE(error_of_create("mine").find("exists, and is no run"), std::string::npos) << error_of_create("mine");
  EXPECT_TRUE(std::filesystem::is_symlink(folder_.path() / "mine"));
}

TEST_F(Runs, AFreeNameIsFoundWhereNothingCanBeAsked) {
  const std::filesystem::path too_long = folder_.path() / std::string(300, 'x');
  EXPECT_FALSE(free_name({.runs = too_long, .recipe = "original"}).empty());
}

TEST_F(Runs, WhatCannotBeMadeIsSaidBeforeAnythingIsMade) {
  core::write_file(folder_.path() / "file", "");
  std::filesystem::create_symlink("nowhere", folder_.path() / "link");
  const auto check = [&](const std::filesystem::path& runs, const std::string& name) {
    return support::message_of<core::UserError>([&] { check_new_run({.runs = runs, .recipe = "x", .name = name}); });
  };
  EXPECT_EQ(check(folder_.path(), "free"), "");
  EXPECT_EQ(check(folder_.path() / "none" / "below" / "", "free"), "");
  EXPECT_EQ(check(folder_.path() / "none", ""), "");
  EXPECT_EQ(check("runs", ""), "");
  EXPECT_TRUE(support::contains(check(folder_.path(), "a b"), "can't be a run's folder"));
  EXPECT_TRUE(support::contains(check(folder_.path(), "file"), "exists, and is no run"));
  EXPECT_TRUE(support::contains(check(folder_.path(), "link"), "is a link that leads nowhere"));
  EXPECT_TRUE(support::contains(check(folder_.path() / "file", "free"), "file is no folder"));
  EXPECT_TRUE(support::contains(check(folder_.path() / "link", "free"), "link is no folder"));
  EXPECT_TRUE(support::contains(check(folder_.path() / std::string(300, 'x'), "free"), "too long"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "none"));
}

TEST(RunsOption, IsSaidWhereTheRunsAreElsewhere) {
  EXPECT_EQ(runs_option("runs"), core::Words{});
  EXPECT_EQ(runs_option("/my runs"), (core::Words{"--runs-dir", "/my runs"}));
  EXPECT_EQ(runs_option(""), (core::Words{"--runs-dir", "."}));
}

// Killed before its record was written, a run is none, and its name is free.
TEST_F(Runs, AFolderInWhichNoRunWasBegunIsMadeAnew) {
  const RunFolder run{folder_.path() / "begun"};
  const auto leave = [&] {
    core::make_directories(run.checkpoint());
    core::write_file(run.recipe(), "half a recipe");
    core::write_file(run.lock(), "");
    core::write_file(run.path / "environment.json.12.0.part", "half");
  };
  leave();
  EXPECT_EQ(error_of_create("begun"), "");
  EXPECT_TRUE(std::filesystem::is_empty(run.path));
  // Somebody begins it just now.
  leave();
  {
    const auto held = core::FileLock::try_lock(run.lock());
    EXPECT_NE(error_of_create("begun").find("exists, and is no run"), std::string::npos);
  }
  // Somebody's own things.
  for (const auto& path : {run.path / "thesis.txt", run.checkpoint() / "epoch-0001.safetensors"}) {
    core::write_file(path, "dear");
    EXPECT_FALSE(remove_unbegun(run));
    EXPECT_NE(error_of_create("begun").find("exists, and is no run"), std::string::npos);
    EXPECT_EQ(core::read_text(path), "dear");
    std::filesystem::remove(path);
  }
  EXPECT_TRUE(remove_unbegun(run));
  EXPECT_FALSE(std::filesystem::exists(run.path));
  EXPECT_FALSE(remove_unbegun(run));
  make("real", 1);
  EXPECT_FALSE(remove_unbegun({folder_.path() / "real"}));
}

TEST_F(Runs, TheNewestIsFoundByItsRecordedStart) {
  make("b", 3000);
  make("c", 1000);
  make("a", 2000);
  create_run({.runs = folder_.path(), .recipe = "original", .name = "without-record"});
  EXPECT_EQ(find_run("", folder_.path()).name(), "b");
  std::vector<std::string> names;
  for (const RunFolder& run : list_runs(folder_.path())) names.push_back(run.name());
  EXPECT_EQ(names, (std::vector<std::string>{"b", "a", "c"}));
}

TEST_F(Runs, OfAnotherKindAreLeftOutUnlessAskedFor) {
  make("trained", 1);
  const RunFolder test = create_run({.runs = folder_.path(), .recipe = "original", .name = "test"});
  write_environment(test.environment(), {.kind = RunKind::find_lr,
                                         .started = std::chrono::system_clock::time_point(std::chrono::seconds(2))});
  EXPECT_EQ(run_kind(test.environment()), RunKind::find_lr);
  EXPECT_EQ(run_kind(folder_.path() / "trained/environment.json"), RunKind::train);
  EXPECT_EQ(list_runs(folder_.path()).size(), 1U);
  EXPECT_EQ(find_run("", folder_.path()).name(), "trained");
  EXPECT_EQ(find_run("", folder_.path(), RunKind::find_lr).name(), "test");
  EXPECT_EQ(find_run("test", folder_.path(), std::nullopt).name(), "test");
  EXPECT_EQ(list_runs(folder_.path(), std::nullopt).size(), 2U);
  for (const std::string& name : {std::string("test"), test.path.string()})
    EXPECT_NE(error_of_find(name).find("--lr-from"), std::string::npos) << error_of_find(name);
  core::write_file(test.environment(), "{\"started\": \"2026-11-22T19:40:42.012345Z\"}");
  EXPECT_EQ(run_kind(test.environment()), RunKind::train) << "a run from before there were kinds";
}

TEST_F(Runs, AreFoundByNameAndByPath) {
  make("first", 1);
  EXPECT_EQ(find_run("first", folder_.path()).path, folder_.path() / "first");
  EXPECT_EQ(find_run((folder_.path() / "first").string(), "/nowhere").name(), "first");
  EXPECT_EQ(find_run((folder_.path() / "first/").string(), "/nowhere").name(), "first");
}

// The seeds of a campaign.
TEST_F(Runs, InAFolderOfTheRunsAreFoundByANameWithASlash) {
  make("single", 1);
  const std::filesystem::path runs = folder_.path() / "campaigns";
  for (const char* seed : {"seed-1", "seed-2"}) {
    const RunFolder run = create_run({.runs = runs / "rep", .recipe = "original", .name = seed});
    write_environment(run.environment(), {});
  }
  for (const char* name : {"rep/seed-1", "rep/seed-1/", "rep//seed-1"})
    EXPECT_EQ(find_run(name, runs).path, runs / "rep" / "seed-1") << name;
  EXPECT_EQ(find_run("campaigns/rep/seed-2", folder_.path()).name(), "seed-2");
  for (const char* name : {"../single", "rep/../../single", "./rep/seed-1", "rep/../rep/seed-1"}) {
    const std::string message = support::message_of<core::UserError>([&] { static_cast<void>(find_run(name, runs)); });
    EXPECT_TRUE(support::contains(message, "no such run")) << name << ": " << message;
    EXPECT_FALSE(support::contains(message, "did you mean")) << name << ": " << message;
  }
  const auto remedy = [&](const char* name) {
    return support::message_of<core::UserError>([&] { static_cast<void>(find_run(name, runs)); });
  };
  EXPECT_TRUE(support::contains(remedy("rep/sede-1"), "did you mean 'rep/seed-1'?")) << remedy("rep/sede-1");
  EXPECT_TRUE(support::contains(remedy("rep"), "it is a folder of runs: name one of them, such as rep/seed-"))
      << remedy("rep");
}

TEST_F(Runs, AnUnknownOneGetsASuggestion) {
  make("experiment", 1);
  EXPECT_NE(error_of_find("experimnet").find("did you mean 'experiment'?"), std::string::npos)
      << error_of_find("experimnet");
  EXPECT_NE(error_of_find("zzz").find("name another run; the newest one is called 'experiment'"), std::string::npos)
      << error_of_find("zzz");
  std::filesystem::create_directory(folder_.path() / "empty");
  EXPECT_NE(error_of_find((folder_.path() / "empty").string()).find("has no environment.json"), std::string::npos);
}

TEST_F(Runs, NoneAtAllIsSaid) {
  EXPECT_NE(error_of_find("").find("no run in " + folder_.path().string()), std::string::npos) << error_of_find("");
  EXPECT_TRUE(list_runs(folder_.path() / "nowhere").empty());
}

TEST_F(Runs, OneOfADamagedRecordComesLast) {
  const RunFolder run = make("z", 9);
  make("a", 1);
  for (const char* damaged : {"{\"started\": 7}", "{"}) {
    core::write_file(run.environment(), damaged);
    const auto found = list_runs(folder_.path());
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found.back().path, run.path);
  }
  std::filesystem::remove(run.environment());
  EXPECT_EQ(list_runs(folder_.path()).size(), 1U);
}

TEST(Environment, TimesSortAsText) {
  using std::chrono::microseconds;
  const auto at = [](std::int64_t value) {
    return iso_time(std::chrono::system_clock::time_point(microseconds(value)));
  };
  EXPECT_EQ(at(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(at(1'700'000'000'012'345), "2023-11-14T22:13:20.012345Z");
  EXPECT_LT(at(1'700'000'000'012'345), at(1'700'000'000'012'346));
}

TEST(Environment, SaysWhenARunWasTakenUpAgain) {
  const support::TemporaryFolder folder;
  const auto path = folder.path() / "environment.json";
  write_environment(path, {.threads = 2});
  const std::string begun = *started(path);
  add_resumption(path, {.command_line = {"reslab", "resume"}, .precision = "bf16", .threads = 1}, 3);
  add_resumption(path, {.precision = "fp32"}, 5);
  const auto json = nlohmann::json::parse(core::read_text(path));
  EXPECT_EQ(*started(path), begun);
  EXPECT_EQ(json["threads"], 2);
  ASSERT_EQ(json["resumed"].size(), 2U);
  EXPECT_EQ(json["resumed"][0]["epochs_done"], 3);
  EXPECT_EQ(json["resumed"][0]["command_line"], (std::vector<std::string>{"reslab", "resume"}));
  EXPECT_EQ(json["resumed"][0]["threads"], 1);
  EXPECT_EQ(json["resumed"][1]["precision"], "fp32");

  core::write_file(path, "{\"started\": tor");
  add_resumption(path, {}, 1);
  EXPECT_EQ(core::read_text(path), "{\"started\": tor") << "a damaged file is left as it is";
}

TEST(Environment, SaysHowManySamplesThereWere) {
  const support::TemporaryFolder folder;
  const auto path = folder.path() / "environment.json";
  EXPECT_FALSE(recorded_samples(path, "test")) << "no file";
  write_environment(path, {.train_samples = 300, .test_samples = 100});
  EXPECT_EQ(recorded_samples(path, "train"), 300);
  EXPECT_EQ(recorded_samples(path, "test"), 100);
  write_environment(path, {});
  EXPECT_FALSE(recorded_samples(path, "test")) << "not recorded";
  core::write_file(path, "{\"data\": [1");
  EXPECT_FALSE(recorded_samples(path, "test")) << "damaged";
}

TEST(Environment, HasEveryField) {
  const auto json = nlohmann::json::parse(environment_json({.command_line = {"reslab", "train"},
                                                            .recipe = "original",
                                                            .recipe_hash = "ab",
                                                            .seed = 18446744073709551615U,
                                                            .device = "cpu",
                                                            .precision = "bf16",
                                                            .threads = 2}));
  for (const char* key : {"format", "started", "command_line", "recipe", "recipe_hash", "seed", "device", "precision",
                          "threads", "reslab", "libtorch", "compiler", "build", "system", "processor", "memory"})
    EXPECT_TRUE(json.contains(key)) << key;
  EXPECT_EQ(json["seed"], 18446744073709551615U);
  EXPECT_EQ(json["command_line"], (std::vector<std::string>{"reslab", "train"}));
  EXPECT_TRUE(json["libtorch"].get<std::string>().starts_with("2."));
  const auto commit = json["reslab"]["commit"].get<std::string>();
  EXPECT_TRUE(commit == "unknown" || commit.size() == 40) << commit;
  EXPECT_GE(json["processor"]["affinity"].get<int>(), 1);
  EXPECT_GT(json["memory"]["total_bytes"].get<std::uint64_t>(), 100U << 20);
}

}  // namespace
}  // namespace reslab::track
