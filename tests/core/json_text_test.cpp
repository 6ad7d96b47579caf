#include "reslab/core/json_text.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "reslab/core/printable.h"

namespace reslab::core {
namespace {

using nlohmann::json;

TEST(JsonText, BytesThatArentUtf8ThrowNothing) {
  const json value{{"path",
                    "/tmp/donn\xe9"
                    "es"},
                   {"k\xff", 1}};
  EXPECT_EQ(json_text(value), "{\"k\uFFFD\":1,\"path\":\"/tmp/donn\uFFFDes\"}");
}

TEST(JsonText, SteersNoTerminalAndSaysTheSame) {
  const std::string evil = "\x1b]0;x\x07 \x7f \u009b \u202e \n \t \\ \"";
  const std::string text = json_text(json{{evil, evil}});
  EXPECT_EQ(printable(text), text);
  EXPECT_EQ(json::parse(text), (json{{evil, evil}}));
}

TEST(JsonText, IndentsAndKeepsTheOrder) {
  EXPECT_EQ(json_text(nlohmann::ordered_json{{"z", 1}, {"a", {1, 2}}}, 1),
            "{\n \"z\": 1,\n \"a\": [\n  1,\n  2\n ]\n}");
  EXPECT_EQ(json_text(json(std::numeric_limits<double>::quiet_NaN())), "null");
}

TEST(JsonText, OfAnyTextsReadsBack) {
  rc::check("whatever bytes", [] {
    const auto text = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
    const json read = json::parse(json_text(json{{"text", text}}));
    if (is_utf8(text)) RC_ASSERT(read["text"] == text);
  });
}

}  // namespace
}  // namespace reslab::core
