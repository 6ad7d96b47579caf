#include "reslab/models/options.h"

#include <gtest/gtest.h>

#include "reslab/core/error.h"
#include "reslab/models/network.h"

namespace reslab::models {
namespace {

const std::vector<Option>& table() {
  static const std::vector<Option> options{
      {.name = "width", .initial = 64, .meaning = "channels", .least = 1, .most = 4096},
      {.name = "share", .initial = 0.25, .meaning = "of what is kept", .least = 0, .most = 1},
      {.name = "activation", .initial = "gelu", .meaning = "after each layer", .choices = {"relu", "gelu"}},
      {.name = "softmax", .initial = false, .meaning = "at the end"}};
  return options;
}

core::ErrorParts refused(const OptionValues& values) {
  try {
    check_options("net", table(), values);
  } catch (const core::UserError& error) {
    return error.parts();
  }
  ADD_FAILURE() << "taken";
  return {};
}

TEST(CheckOptions, TakesWhatTheTableAllows) {
  EXPECT_NO_THROW(check_options("net", table(), {}));
  EXPECT_NO_THROW(
      check_options("net", table(), {{"width", 1}, {"share", 1.0}, {"activation", "relu"}, {"softmax", true}}));
}

TEST(CheckOptions, SaysWhatIsWrong) {
  const core::ErrorParts unknown = refused({{"widht", 8}});
  EXPECT_EQ(unknown.attempted, "make the network 'net'");
  EXPECT_EQ(unknown.found, "no option 'widht' of this network");
  EXPECT_EQ(unknown.allowed, "width, share, activation, softmax");
  EXPECT_EQ(unknown.remedy, "did you mean 'width'?");
  EXPECT_EQ(refused({{"width", 0}}).found, "width = 0");
  EXPECT_EQ(refused({{"width", 4097}}).allowed, "a whole number from 1 to 4096");
  EXPECT_EQ(refused({{"width", 8.0}}).found, "width = 8") << "a number of another type";
  EXPECT_EQ(refused({{"share", 1.5}}).allowed, "a number from 0 to 1");
  EXPECT_EQ(refused({{"softmax", "yes"}}).allowed, "true or false");
  const core::ErrorParts choice = refused({{"activation", "gelo"}});
  EXPECT_EQ(choice.allowed, "relu, gelu");
  EXPECT_EQ(choice.remedy, "did you mean 'gelu'?");
}

TEST(Settings, HasEveryOptionGivenOrInitial) {
  const Settings settings(table(), {.classes = 7, .in_channels = 2, .values = {{"width", 8}, {"softmax", true}}});
  EXPECT_EQ(settings.classes(), 7);
  EXPECT_EQ(settings.in_channels(), 2);
  EXPECT_EQ(settings.whole("width"), 8);
  EXPECT_EQ(settings.number("share"), 0.25);
  EXPECT_EQ(settings.text("activation"), "gelu");
  EXPECT_TRUE(settings.flag("softmax"));
}

TEST(Kinds, HaveInitialValuesThatTheyTake) {
  for (const NetworkKind& kind : kinds())
    for (const Option& option : kind.options) {
      EXPECT_NO_THROW(check_options(kind.name, kind.options, {{option.name, option.initial}})) << option.name;
      EXPECT_FALSE(option.meaning.empty()) << option.name;
    }
}

}  // namespace
}  // namespace reslab::models
