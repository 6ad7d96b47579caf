#include "reslab/cli/given_words.h"

#include <CLI/CLI.hpp>

#include "cli/run_fixture.h"
#include "reslab/cli/command.h"
#include "support/message.h"

namespace reslab::cli {
namespace {

struct Case {
  const char *words, *says;
};

class GivenWords : public RunFixture {
 protected:
  static void refused(const Case& example) {
    const Result result = run_reslab(example.words);
    EXPECT_EQ(result.exit_code, 2) << example.words << '\n' << result.output;
    EXPECT_TRUE(contains(result.output, example.says)) << example.words << '\n' << result.output;
  }
};

TEST_F(GivenWords, AMisspeltOptionIsToldTheNearest) {
  for (const Case& example :
       {Case{"train --epoch 3", "did you mean '--epochs'?"}, Case{"train --thread 1", "did you mean '--threads'?"},
        Case{"train original --naem x", "did you mean '--name'?"},
        Case{"train original --naem=x", "did you mean '--name'?"},
        Case{"runs list --srot name", "did you mean '--sort'?"}, Case{"--versoin", "did you mean '--version'?"},
        Case{"train --epoch 3", "reslab train --help"}, Case{"runs list --srot name", "reslab runs list --help"},
        Case{"train -Q", "run reslab train with -Q: no option of that name"},
        Case{"evaluate --epochs 3 --threads 1", "run reslab evaluate with --epochs: no option of that name"}})
    refused(example);
}

TEST_F(GivenWords, AMisspeltVerbIsToldTheNearestAtEveryLevel) {
  for (const Case& example :
       {Case{"trian original", "did you mean 'train'?"}, Case{"runs lst", "did you mean 'list'?"},
        Case{"runs lst", "run reslab runs lst: no subcommand of that name"}, Case{"recipe shw", "did you mean 'show'?"},
        Case{"recipe shw original", "allowed: list, show, plot, keys"}, Case{"data ftch", "did you mean 'fetch'?"}})
    refused(example);
}

TEST_F(GivenWords, AMisspeltValueIsToldTheNearest) {
  for (const Case& example :
       {Case{"runs list --sort acuracy", "did you mean 'accuracy'?"},
        Case{"mistakes --order los", "did you mean 'loss'?"}, Case{"evaluate --weights bst", "did you mean 'best'?"},
        Case{"evaluate --split tst", "did you mean 'test'?"}, Case{"evaluate --views miror", "did you mean 'mirror'?"},
        Case{"find-lr --ramp liner", "did you mean 'linear'?"},
        Case{"train --tensorboard scalar", "did you mean 'scalars'?"},
        Case{"train --tensorboard x", "'x' isn't one of off, scalars"},
        Case{"summary original --precision bfloat16", "did you mean 'bf16'?"},
        Case{"train --device gpu --dry-run", "did you mean 'cuda'?"}})
    refused(example);
}

TEST_F(GivenWords, NoOptionIsTakenForTheValueOfAnother) {
  for (const char* words : {"train original --name --quiet --dry-run", "train original --runs-dir --quiet --dry-run",
                            "train original --set --quiet", "train original --name --quite", "train original --data -v",
                            "evaluate --cache-dir --threads 1", "data show -o --test", "train original --name -- x"})
    refused({words, "looks like the next option"});
  refused({"train original --data -v", "write --data=-v"});
  refused({"data show -o --test", "write --output=--test"});
  refused({"train original --name --quiet", "could not read a value for --name: '--quiet'"});
  refused({"train original --name --quiet", "write --name=--quiet"});
  // An unset variable of the shell: the next word isn't its value either.
  refused({"train original --name= --quiet --dry-run", "nothing behind --name="});
  refused({"train --runs-dir= original --dry-run", "nothing behind --runs-dir="});
}

// Of every option that takes text, whatever subcommand it belongs to.
TEST_F(GivenWords, HoldsForEveryOptionThatTakesAValue) {
  int seen = 0;
  for (const Command& command : commands()) {
    CLI::App app("", "reslab");
    CLI::App* const subcommand = app.add_subcommand(command.name);
    const Action kept = command.prepare(*subcommand);
    std::vector<std::pair<core::Words, const CLI::App*>> places{{{command.name}, subcommand}};
    for (const CLI::App* below : subcommand->get_subcommands({}))
      places.push_back({{command.name, below->get_name()}, below});
    for (const auto& [before, place] : places)
      for (const CLI::Option* option : place->get_options()) {
        if (option->get_lnames().empty() || option->get_items_expected_max() == 0) continue;
        const std::string name = "--" + option->get_lnames().front();
        const std::string message = support::message_of<core::UserError>([&, &words = before] {
          check_values(app, core::joined({words, {name, "--quiet"}}));
        });
        EXPECT_TRUE(contains(message, "read a value for " + name)) << core::command(before) << ": " << message;
        for (const char* number : {"-1", "-0.5", "-.5", "-1e-3"})
          EXPECT_NO_THROW(check_values(app, core::joined({before, {name, number}}))) << name;
        ++seen;
      }
  }
  EXPECT_GT(seen, 150);
}

TEST_F(GivenWords, WhatIsMeantIsRead) {
  refused({"train original --lr -1 --dry-run", "learning rate"});
  refused({"train original --epochs -1 --dry-run", "epochs must be at least 1"});
  refused({"train original --name=--quiet --dry-run", "name the run '--quiet'"});
  const Result list = run_reslab("runs list --runs-dir=-r");
  EXPECT_EQ(list.exit_code, 0) << list.output;
  EXPECT_TRUE(contains(list.output, "no runs in -r")) << list.output;
  const Result behind = run_reslab("evaluate -- --no-such-run");
  EXPECT_TRUE(contains(behind.output, "find the run '--no-such-run'")) << behind.output;
}

TEST_F(GivenWords, ACommandThatIsPrintedIsReadAgain) {
  const Result none = run_reslab("evaluate --runs-dir=-none");
  EXPECT_EQ(none.exit_code, 2) << none.output;
  EXPECT_TRUE(contains(none.output, "reslab train --runs-dir=-none")) << none.output;
}

}  // namespace
}  // namespace reslab::cli
