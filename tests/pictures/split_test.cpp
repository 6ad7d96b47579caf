#include "reslab/pictures/split.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>

#include "pictures/support.h"
#include "reslab/core/hash.h"

namespace reslab::pictures {
namespace {

using support::contains;
using test::refusal_of;

ContentHash hash_of(const std::string& text) { return content_hash(core::sha256(std::as_bytes(std::span(text)))); }

TEST(Split, HasNames) {
  for (const Split split : all_splits) EXPECT_EQ(split_named(name_of(split)), split);
  for (const char* const name : {"val", "valid", "VALIDATION", "Val"})
    EXPECT_EQ(split_named(name), Split::validation) << name;
  EXPECT_EQ(split_named("Training"), Split::train);
  EXPECT_EQ(split_named("testing"), Split::test);
  for (const char* const name : {"", "trains", "train ", "test images", "holdout", "va"})
    EXPECT_FALSE(split_named(name)) << name;
}

TEST(Split, SharesAreRead) {
  const Shares shares = parse_shares("70/15/15");
  EXPECT_EQ(shares.train, 70);
  EXPECT_EQ(shares.validation, 15);
  EXPECT_DOUBLE_EQ(shares.part(Split::test), 0.15);
  EXPECT_DOUBLE_EQ(parse_shares("0.5/0.25/0.25").part(Split::train), 0.5);
  EXPECT_EQ(parse_shares("90/10").validation, 0);
  EXPECT_EQ(text_of({}), "80/10/10");
  for (const char* const text : {"", "80", "80/10/10/0", "80/-10/30", "0/50/50", "80/x/10", "80//20", "nan/1/1",
                                 "inf/1/1", "80/10/", "1e300/1/1"})
    EXPECT_TRUE(contains(refusal_of([&] { parse_shares(text); }), "split the pictures")) << text;
}

// Python 3.11.7: h = hashlib.sha256(f"reslab {purpose} 1\n{seed}\n{key}".encode()).digest();
// (int.from_bytes(h[:8], "big") >> 11) * 2.0**-53. Other values would move the pictures of every run that there is.
TEST(Split, PlacesStayWhatTheyAre) {
  const std::string content = content_key(hash_of("a picture"));
  EXPECT_EQ(content, "content 92b2fa58028958317e408bd84ecfa70f5ee35b121991dbc232c49d166353708b");
  EXPECT_EQ(place_of(content, 0), 0x1.62349fab2c21ep-1);
  EXPECT_EQ(place_of(content, 1), 0x1.d47bf3d93c060p-4);
  EXPECT_EQ(place_of(content, std::numeric_limits<std::uint64_t>::max()), 0x1.2449122431736p-2);
  EXPECT_EQ(place_of(group_key("patient 7"), 0), 0x1.7f2246a71c40ap-2);
  EXPECT_EQ(place_of(content, 0, for_folds), 0x1.d14e0ca94e4f4p-1);
  EXPECT_EQ(place(content, 0, {}), Split::train);
  EXPECT_EQ(place(content, 1, {}), Split::validation) << "0.114 lies in [0.1, 0.2)";
  EXPECT_EQ(place(content, 1, parse_shares("80/5/15")), Split::test);
}

RC_GTEST_PROP(Split, shares_hold_on_average, ()) {
  const Shares shares{.train = *rc::gen::inRange(1, 100) * 1.0,
                      .validation = *rc::gen::inRange(0, 100) * 1.0,
                      .test = *rc::gen::inRange(0, 100) * 1.0};
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  constexpr int pictures = 2000;
  std::array<int, split_count> counts{};
  for (int i = 0; i < pictures; ++i)
    ++counts.at(static_cast<std::size_t>(place(content_key(hash_of(std::to_string(i))), seed, shares)));
  for (const Split split : all_splits) {
    const double share = shares.part(split), deviation = std::sqrt(share * (1 - share) * pictures);
    // Six standard deviations: one in 10^9.
    RC_ASSERT(std::abs(counts.at(static_cast<std::size_t>(split)) - share * pictures) <= 6 * deviation);
  }
}

RC_GTEST_PROP(Split, a_larger_hold_out_takes_no_test_picture, (std::uint64_t seed, const std::string& name)) {
  const bool before = place(group_key(name), seed, {.train = 80, .validation = 10, .test = 10}) == Split::test;
  RC_ASSERT(before == (place(group_key(name), seed, {.train = 50, .validation = 40, .test = 10}) == Split::test));
}

TEST(ContentHash, IsTheDigitsOfSha256) {
  const std::string digits = core::sha256(std::as_bytes(std::span("abc", 3)));
  EXPECT_EQ(content_hash(digits).hex(), digits);
  EXPECT_LT(content_hash(std::string(64, '0')), content_hash(digits));
}

}  // namespace
}  // namespace reslab::pictures
