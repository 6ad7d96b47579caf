#include "reslab/serialization/safetensors_header.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "reslab/core/error.h"

namespace reslab::serialization {
namespace {

// The message of the refusal, or "" when the header is taken.
std::string refusal(std::string_view json, std::uint64_t payload_bytes) {
  try {
    static_cast<void>(parse_header(json, payload_bytes, "x.safetensors"));
  } catch (const core::DamagedFile& error) {
    return error.what();
  }
  return "";
}

struct Case {
  const char* what;
  const char* json;
  std::uint64_t payload_bytes;
  const char* says;  ///< part of the message
};

// Names the case in gtest's output.
void PrintTo(const Case& each, std::ostream* stream) { *stream << each.what; }

class Refused : public ::testing::TestWithParam<Case> {};

TEST_P(Refused, WithFileNameAndReason) {
  const std::string message = refusal(GetParam().json, GetParam().payload_bytes);
  EXPECT_NE(message.find(GetParam().says), std::string::npos) << message;
  EXPECT_NE(message.find("x.safetensors"), std::string::npos) << message;
}

INSTANTIATE_TEST_SUITE_P(
    Header, Refused,
    ::testing::Values(
        Case{"empty", "", 0, "begin with '{'"}, Case{"list", "[]", 0, "begin with '{'"},
        Case{"space first", " {}", 0, "begin with '{'"}, Case{"no JSON", "{\"a\"", 0, "no valid JSON at byte"},
        Case{"two values", "{}{}", 0, "no valid JSON"},
        Case{
            "name twice",
            R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
            2, "the name \"a\" stands twice"},
        Case{"field twice", R"({"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1,
             "tensor \"a\" has \"dtype\" twice"},
        Case{"metadata twice", R"({"__metadata__":{"k":"1","k":"2"}})", 0, "metadata key \"k\" stands twice"},
        Case{"metadata tables", R"({"__metadata__":{},"__metadata__":{}})", 0, "stands twice"},
        Case{"metadata number", R"({"__metadata__":{"k":1}})", 0, "the metadata key \"k\" has 1"},
        Case{"metadata list", R"({"__metadata__":["k"]})", 0, "\"__metadata__\" is a list"},
        Case{"unknown dtype", R"({"a":{"dtype":"F8","shape":[1],"data_offsets":[0,1]}})", 1,
             "tensor \"a\" has the dtype \"F8\""},
        Case{"dtype number", R"({"a":{"dtype":1,"shape":[1],"data_offsets":[0,1]}})", 1,
             "tensor \"a\" has 1 as its dtype"},
        Case{"dtype list", R"({"a":{"dtype":["U8"],"shape":[1],"data_offsets":[0,1]}})", 1, "has a list as its dtype"},
        Case{"unknown field", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}})", 1,
             "tensor \"a\" has the unknown field \"x\""},
        Case{"no dtype", R"({"a":{"shape":[1],"data_offsets":[0,1]}})", 1, "tensor \"a\" lacks a field"},
        Case{"no shape", R"({"a":{"dtype":"U8","data_offsets":[0,1]}})", 1, "tensor \"a\" lacks a field"},
        Case{"no offsets", R"({"a":{"dtype":"U8","shape":[1]}})", 1, "tensor \"a\" lacks a field"},
        Case{"no tensor", R"({"a":null})", 0, "\"a\" is null"},
        Case{"text tensor", R"({"a":"b"})", 0, "\"a\" is \"b\""},
        Case{"negative size", R"({"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}})", 1, "has -1 in its shape"},
        Case{"fraction", R"({"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}})", 1, "has 1.0 in its shape"},
        Case{"huge number", R"({"a":{"dtype":"U8","shape":[99999999999999999999],"data_offsets":[0,1]}})", 1,
             "99999999999999999999 in its shape"},
        Case{"above int64", R"({"a":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,1]}})", 1,
             "9223372036854775808 in its shape"},
        Case{"true", R"({"a":{"dtype":"U8","shape":[true],"data_offsets":[0,1]}})", 1, "a truth value in its shape"},
        Case{"nested shape", R"({"a":{"dtype":"U8","shape":[[1]],"data_offsets":[0,1]}})", 1, "a list in its shape"},
        Case{"object in shape", R"({"a":{"dtype":"U8","shape":[{}],"data_offsets":[0,1]}})", 1,
             "an object in its shape"},
        Case{"17 dimensions",
             R"({"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}})", 1,
             "too many dimensions"},
        Case{"one offset", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}})", 1, "has 1 data_offsets"},
        Case{"three offsets", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}})", 1,
             "has 2 in its data_offsets"},
        Case{"reversed", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}})", 1, "lies at bytes 1 to 0"},
        Case{"beyond the end", R"({"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}})", 8, "within the payload's 8"},
        Case{"too few bytes", R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4, "has 4 bytes"},
        Case{"overflow", R"({"a":{"dtype":"F32","shape":[4611686018427387905,4],"data_offsets":[0,16]}})", 16,
             "overflows"},
        Case{"overflow beside a zero",
             R"({"a":{"dtype":"F32","shape":[4611686018427387904,4,0],"data_offsets":[0,0]}})", 0, "overflows"},
        Case{"hole at the start", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})", 2, "leaves a hole"},
        Case{
            "hole between",
            R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}})",
            3, "tensor \"b\" leaves a hole"},
        Case{
            "overlap",
            R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
            3, "tensor \"b\" overlaps"},
        Case{
            "twice the same place",
            R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})",
            2, "overlaps"},
        Case{"rest unclaimed", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 2,
             "its payload has 2 bytes"},
        Case{"no tensor for a payload", "{}", 1, "its payload has 1 bytes"},
        Case{"bad UTF-8", "{\"\xff\":{}}", 0, "no valid JSON"}),
    [](const ::testing::TestParamInfo<Case>& each) {
      std::string name = each.param.what;
      std::replace_if(
          name.begin(), name.end(), [](char c) { return std::isalnum(c) == 0; }, '_');
      return name;
    });

TEST(Header, AZeroByteHidesNothing) {
  using std::string_literals::operator""s;
  EXPECT_NE(refusal("{}\0garbage"s, 0).find("zero byte"), std::string::npos);
}

TEST(Header, DeepNestingIsRefusedWithoutRecursion) {
  const std::string deep(1 << 22, '[');
  EXPECT_NE(refusal("{\"a\":" + deep, 0).find("\"a\" is a list"), std::string::npos);
  std::string objects = "{";
  for (int i = 0; i < 1 << 20; ++i) objects += "\"a\":{";
  EXPECT_NE(refusal(objects, 0).find("has the unknown field \"a\""), std::string::npos);
}

TEST(Header, LongAndStrangeNamesAreShownShort) {
  EXPECT_EQ(printable("a\n\x1b[2J"), R"("a\n\u001b[2J")");
  EXPECT_LT(printable(std::string(5000, 'x')).size(), 100U);
  EXPECT_LT(refusal("{\"" + std::string(100'000, 'x') + "\":1}", 0).size(), 400U);
}

TEST(Header, SpacesAfterItAreAllowed) {
  EXPECT_EQ(refusal(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}    )", 1), "");
}

TEST(Header, FieldsMayStandInAnyOrder) {
  const auto header = parse_header(
      R"({"b":{"data_offsets":[2,2],"shape":[0,3],"dtype":"BF16"},"__metadata__":{"k":"v"},"a":{"shape":[],"dtype":"F16","data_offsets":[0,2]}})",
      2, "x");
  ASSERT_EQ(header.tensors.size(), 2U);
  EXPECT_EQ(header.tensors[0].name, "a");
  EXPECT_EQ(header.tensors[0].dtype, at::kHalf);
  EXPECT_TRUE(header.tensors[0].shape.empty());
  EXPECT_EQ(header.tensors[1].shape, (std::vector<std::int64_t>{0, 3}));
  EXPECT_EQ(header.tensors[1].dtype, at::kBFloat16);
  EXPECT_EQ(header.metadata, (Metadata{{"k", "v"}}));
}

TEST(Header, AnyTextIsTakenOrRefusedNeverCrashes) {
  const std::string valid = R"({"a":{"dtype":"U8","shape":[1,2],"data_offsets":[0,2]},"__metadata__":{"k":"v"}})";
  const bool holds = rc::check("mutations of a valid header", [&] {
    std::string text = valid;
    const auto edits = *rc::gen::inRange(1, 6);
    for (int i = 0; i < edits; ++i) {
      const auto place = *rc::gen::inRange<std::size_t>(0, text.size());
      switch (*rc::gen::inRange(0, 3)) {
        case 0: text[place] = *rc::gen::element('{', '}', '[', ']', '"', ',', ':', '0', '9', '-', 'e', '\\'); break;
        case 1: text.erase(place, *rc::gen::inRange<std::size_t>(1, 9)); break;
        default: text.insert(place, text.substr(*rc::gen::inRange<std::size_t>(0, text.size()), 12)); break;
      }
      if (text.empty()) text = "{";
    }
    try {
      std::uint64_t covered = 0;
      for (const TensorEntry& entry : parse_header(text, 2, "x").tensors) covered += entry.end - entry.begin;
      RC_ASSERT(covered == 2U);
    } catch (const core::DamagedFile&) {
      RC_SUCCEED("refused");
    }
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace reslab::serialization
