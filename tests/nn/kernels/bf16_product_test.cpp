#include "reslab/nn/kernels/bf16_product.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>
#include <string>

#include "reslab/nn/kernels/amx_product.h"
#include "reslab/nn/kernels/avx512_product.h"

namespace reslab::nn::kernels::bf16 {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

// Matrices as the product wants them. What lies between them is not a number: reading it would spoil a result.
struct Case {
  std::int64_t rows, columns, depth;  // depth in pairs
  bool turned;                        // whether the left matrix has its columns together

  at::Tensor left_values = at::randn({rows, depth, 2}).to(at::kBFloat16);
  at::Tensor right_values = at::randn({depth, 2, columns}).to(at::kBFloat16);
  at::Tensor start = at::randn({rows, columns});

  static constexpr std::int64_t between = 6;
  std::int64_t left_stride() const { return (turned ? rows : depth) + between; }
  std::int64_t right_stride() const { return (depth + between) * panel; }
  std::int64_t result_stride() const { return columns + between; }

  at::Tensor left() const {
    const at::Tensor lines = turned ? left_values.permute({1, 0, 2}) : left_values;
    return padded(lines, left_stride());
  }
  at::Tensor right() const {
    const at::Tensor panels = right_values.reshape({depth, 2, columns / panel, panel}).permute({2, 0, 3, 1});
    return padded(panels.reshape({columns / panel, depth * panel, 2}), right_stride());
  }

  // [rows, columns], in double precision.
  at::Tensor expected(bool accumulate) const {
    const at::Tensor sum = at::mm(left_values.to(at::kDouble).reshape({rows, 2 * depth}),
                                  right_values.to(at::kDouble).reshape({2 * depth, columns}));
    return accumulate ? sum + start : sum;
  }

  // [rows, result_stride()], as `multiply` leaves it.
  at::Tensor result(void (*multiply)(const Product&), bool accumulate) const {
    const at::Tensor a = left(), b = right();
    const at::Tensor c = at::full({rows, result_stride()}, nan);
    c.narrow(1, 0, columns).copy_(accumulate ? start : at::full_like(start, nan));
    multiply({.left = bits(a),
              .left_row = turned ? 1 : left_stride(),
              .left_depth = turned ? left_stride() : 1,
              .right = bits(b),
              .right_panel = right_stride(),
              .result = c.mutable_data_ptr<float>(),
              .result_row = result_stride(),
              .rows = rows,
              .columns = columns,
              .depth = depth,
              .accumulate = accumulate});
    return c;
  }

 private:
  // [lines, length, 2] in lines of `stride`.
  static at::Tensor padded(const at::Tensor& lines, std::int64_t stride) {
    at::Tensor all = at::full({lines.size(0), stride, 2}, nan, at::kBFloat16);
    all.narrow(1, 0, lines.size(1)).copy_(lines);
    return all;
  }
  static const std::uint16_t* bits(const at::Tensor& values) {
    return reinterpret_cast<const std::uint16_t*>(values.const_data_ptr<at::BFloat16>());
  }
};

Case make_case(std::int64_t rows, std::int64_t columns, std::int64_t depth, bool turned) {
  at::manual_seed(rows + 7 * columns + 11 * depth + (turned ? 1 : 0));
  return {.rows = rows, .columns = columns, .depth = depth, .turned = turned};
}

// One of the ways to multiply, where this machine has it.
struct Way {
  const char* name;
  Instructions needed;
  void (*multiply)(const Product&);
};

class Bf16Product : public testing::TestWithParam<Way> {
 protected:
  void SetUp() override {
    if (instructions() < GetParam().needed) GTEST_SKIP() << "this processor lacks the instructions";
  }
  static void check(const Case& c) {
    for (const bool accumulate : {false, true}) {
      const at::Tensor result = c.result(GetParam().multiply, accumulate), expected = c.expected(accumulate);
      const at::Tensor ours = result.narrow(1, 0, c.columns).to(at::kDouble);
      // Sums of up to 2·depth products of a few units, rounded to fp32 at each step at the most.
      const double bound = 1e-6 * static_cast<double>(c.depth + 8);
      EXPECT_LT((ours - expected).abs().max().item<double>(), bound)
          << c.rows << " × " << c.columns << ", " << c.depth << " pairs" << (c.turned ? ", turned" : "");
      EXPECT_TRUE(result.narrow(1, c.columns, Case::between).isnan().all().item<bool>()) << "written beside the result";
    }
  }
};

TEST_P(Bf16Product, IsTheSumOfProducts) {
  EXPECT_TRUE(rc::check("the sum in double precision, but for rounding", [] {
    const auto count = [](std::int64_t most) { return *rc::gen::inRange<std::int64_t>(1, most); };
    check(make_case(count(70), panel * count(5), count(50), *rc::gen::arbitrary<bool>()));
    RC_ASSERT(!HasFailure());
  }));
}

TEST_P(Bf16Product, SumsOverManyPairs) {
  for (const bool turned : {false, true})
    for (const std::int64_t depth : {16, 255, 256, 257, 600}) check(make_case(33, 2 * panel, depth, turned));
}

// An image's result must not depend on the images that it is multiplied with.
TEST_P(Bf16Product, ARowDoesNotDependOnTheOthers) {
  const Case all = make_case(45, panel, 20, false);
  const at::Tensor result = all.result(GetParam().multiply, false).narrow(1, 0, panel);
  for (const std::int64_t row : {0, 15, 16, 31, 44}) {
    Case one = make_case(1, panel, 20, false);
    one.left_values = all.left_values.narrow(0, row, 1);
    one.right_values = all.right_values;
    EXPECT_TRUE(one.result(GetParam().multiply, false).narrow(1, 0, panel).equal(result.narrow(0, row, 1))) << row;
  }
}

TEST_P(Bf16Product, SameTwice) {
  const Case c = make_case(40, 2 * panel, 70, true);
  const auto values = [&] { return c.result(GetParam().multiply, true).narrow(1, 0, c.columns); };
  EXPECT_TRUE(values().equal(values()));
}

INSTANTIATE_TEST_SUITE_P(All, Bf16Product,
                         testing::Values(Way{"Avx512", Instructions::avx512, multiply_by_avx512},
                                         Way{"Amx", Instructions::amx, multiply_by_amx},
                                         Way{"Best", Instructions::avx512, multiply}),
                         [](const testing::TestParamInfo<Way>& way) { return std::string(way.param.name); });

}  // namespace
}  // namespace reslab::nn::kernels::bf16
