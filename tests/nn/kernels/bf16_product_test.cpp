#include "reslab/nn/kernels/bf16_product.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdlib>
#include <limits>
#include <string>

#include "nn/page_end.h"
#include "reslab/core/cpu.h"
#include "reslab/nn/kernels/amx_product.h"
#include "reslab/nn/kernels/avx512_product.h"

namespace reslab::nn::kernels::bf16 {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

using Multiply = void (*)(const Product&);

// Matrices as the product wants them, each ending at a page that can't be touched. What lies between their lines is not
// a number: reading too far in the depth would spoil a result.
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

  // [rows, columns], in double precision.
  at::Tensor expected(bool accumulate) const {
    const at::Tensor sum = at::mm(left_values.to(at::kDouble).reshape({rows, 2 * depth}),
                                  right_values.to(at::kDouble).reshape({2 * depth, columns}));
    return accumulate ? sum + start : sum;
  }

  // [rows, columns]. What lies between the result's rows must stay as it is.
  at::Tensor result(Multiply multiply, bool accumulate) const {
    const at::Tensor lines = turned ? left_values.permute({1, 0, 2}) : left_values;
    const at::Tensor panels = right_values.reshape({depth, 2, columns / panel, panel}).permute({2, 0, 3, 1});
    const at::Tensor a = with_gaps(lines, left_stride());
    const at::Tensor b = with_gaps(panels.reshape({columns / panel, depth * panel, 2}), right_stride());
    const at::Tensor c = with_gaps((accumulate ? start : at::full_like(start, nan)).unsqueeze(2), result_stride());
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
    at::Tensor all = at::full({rows * result_stride()}, nan);
    all.narrow(0, 0, c.size(0)).copy_(c);
    all = all.reshape({rows, result_stride()});
    EXPECT_TRUE(all.narrow(1, columns, between).isnan().all().item<bool>()) << "written beside the result";
    return all.narrow(1, 0, columns).clone();
  }

  // The largest difference from the sum in double precision, as a share of what rounding may make of it: products of a
  // few units, rounded to fp32 at each step at the most.
  double difference(Multiply multiply, bool accumulate) const {
    const at::Tensor apart = result(multiply, accumulate).to(at::kDouble) - expected(accumulate);
    const double largest = apart.isnan().any().item<bool>() ? 1e9 : apart.abs().max().item<double>();
    return largest / (1e-6 * static_cast<double>(depth + 8));
  }

 private:
  // [lines, length, …] in lines of `stride`, as one row that ends with the last value.
  static at::Tensor with_gaps(const at::Tensor& lines, std::int64_t stride) {
    std::vector<std::int64_t> shape = lines.sizes().vec();
    shape[1] = stride;
    at::Tensor all = at::full(shape, nan, lines.options());
    all.narrow(1, 0, lines.size(1)).copy_(lines);
    const std::int64_t behind = (stride - lines.size(1)) * lines.size(2);
    return test::at_a_page_end(all.reshape(-1).narrow(0, 0, all.numel() - behind));
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
  Multiply multiply;
};

class Bf16Product : public testing::TestWithParam<Way> {
 protected:
  void SetUp() override {
    if (instructions() < GetParam().needed)
      GTEST_SKIP() << "this processor hasn't the instructions: products by " << GetParam().name << " are NOT tested";
  }
  static Multiply multiply() { return GetParam().multiply; }
};

TEST_P(Bf16Product, IsTheSumOfProducts) {
  EXPECT_TRUE(rc::check("the sum in double precision, but for rounding", [] {
    const std::int64_t rows = *rc::gen::inRange<std::int64_t>(1, 70), panels = *rc::gen::inRange<std::int64_t>(1, 5);
    const std::int64_t depth = *rc::gen::inRange<std::int64_t>(1, 50);
    const bool turned = *rc::gen::arbitrary<bool>(), accumulate = *rc::gen::arbitrary<bool>();
    RC_ASSERT(make_case(rows, panel * panels, depth, turned).difference(multiply(), accumulate) < 1);
  }));
}

TEST_P(Bf16Product, TakesMatricesAroundTheSizeOfATile) {
  for (const bool turned : {false, true})
    for (const std::int64_t rows : {1, 12, 15, 16, 17, 33})
      for (const std::int64_t depth : {1, 15, 16, 17})
        EXPECT_LT(make_case(rows, panel, depth, turned).difference(multiply(), true), 1) << rows << " " << depth;
}

TEST_P(Bf16Product, SumsOverManyPairs) {
  for (const bool turned : {false, true})
    for (const std::int64_t depth : {255, 256, 257, 600})
      for (const bool accumulate : {false, true})
        EXPECT_LT(make_case(33, 2 * panel, depth, turned).difference(multiply(), accumulate), 1) << depth;
}

// An image's result must not depend on the images that it is multiplied with.
TEST_P(Bf16Product, ARowDoesNotDependOnTheOthers) {
  for (const bool turned : {false, true})
    for (const bool accumulate : {false, true}) {
      const Case all = make_case(45, 2 * panel, 20, turned);
      const at::Tensor result = all.result(multiply(), accumulate);
      for (const std::int64_t row : {0, 15, 16, 31, 44}) {
        Case one = make_case(1, 2 * panel, 20, turned);
        one.left_values = all.left_values.narrow(0, row, 1);
        one.right_values = all.right_values;
        one.start = all.start.narrow(0, row, 1);
        EXPECT_TRUE(one.result(multiply(), accumulate).equal(result.narrow(0, row, 1))) << row;
      }
    }
}

TEST_P(Bf16Product, MakesSeveralProductsAtOnce) {
  constexpr std::int64_t count = 3, rows = 20, columns = 2 * panel, depth = 18;
  at::manual_seed(1);
  const at::Tensor left = at::randn({count, rows + 1, depth, 2}).to(at::kBFloat16);
  const at::Tensor right = at::randn({count, depth * columns + panel, 2}).to(at::kBFloat16);
  const auto bits = [](const at::Tensor& values) {
    return reinterpret_cast<const std::uint16_t*>(values.const_data_ptr<at::BFloat16>());
  };
  const at::Tensor together = at::zeros({count, rows + 2, columns}), one_by_one = at::zeros_like(together);
  Product product{.left = bits(left),
                  .left_row = depth,
                  .left_depth = 1,
                  .right = bits(right),
                  .right_panel = depth * panel,
                  .result = together.mutable_data_ptr<float>(),
                  .result_row = columns,
                  .rows = rows,
                  .columns = columns,
                  .depth = depth,
                  .count = count,
                  .left_next = (rows + 1) * depth,
                  .right_next = depth * columns + panel,
                  .result_next = (rows + 2) * columns};
  multiply()(product);
  product.count = 1;
  for (std::int64_t i = 0; i < count; ++i) {
    product.left = bits(left[i]);
    product.right = bits(right[i]);
    product.result = one_by_one[i].mutable_data_ptr<float>();
    multiply()(product);
  }
  EXPECT_TRUE(together.equal(one_by_one));
  EXPECT_GT(together[count - 1].abs().max().item<double>(), 0);
}

// Tiles have shapes that belong to a thread, and libtorch's convolutions set them too.
TEST_P(Bf16Product, IsNotDisturbedByOtherThreadsNorByLibtorch) {
  constexpr std::int64_t cases = 12;
  std::vector<Case> all;
  std::vector<at::Tensor> alone(cases), together(cases);
  for (std::int64_t i = 0; i < cases; ++i) {
    all.push_back(make_case(7 + 5 * i, panel * (1 + i % 3), 3 + 4 * i, i % 2 == 1));
    alone[static_cast<std::size_t>(i)] = all.back().result(multiply(), true);
  }
  const at::Tensor x = at::randn({2, 32, 8, 8}).to(at::kBFloat16), w = at::randn({32, 32, 3, 3}).to(at::kBFloat16);
  const at::Tensor convolved = at::conv2d(x, w, {}, 1, 1);
  at::parallel_for(0, cases, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const auto at_i = static_cast<std::size_t>(i);
      together[at_i] = all[at_i].result(multiply(), true);
      EXPECT_TRUE(at::conv2d(x, w, {}, 1, 1).equal(convolved));
      EXPECT_TRUE(all[at_i].result(multiply(), true).equal(together[at_i]));
    }
  });
  for (std::size_t i = 0; i < cases; ++i) EXPECT_TRUE(together[i].equal(alone[i])) << i;
}

INSTANTIATE_TEST_SUITE_P(All, Bf16Product,
                         testing::Values(Way{"Avx512", Instructions::avx512, multiply_by_avx512},
                                         Way{"Amx", Instructions::amx, multiply_by_amx},
                                         Way{"Best", Instructions::avx512, multiply}),
                         [](const testing::TestParamInfo<Way>& way) { return std::string(way.param.name); });

// Nothing else would fail if tiles were lost on the way: all would only take longer.
TEST(Bf16Instructions, AreAmxWhereTheProcessorAndTheSystemHaveIt) {
  const core::Processor processor = core::processor();
  utsname system{};
  ASSERT_EQ(uname(&system), 0);
  int major = 0, minor = 0;
  ASSERT_EQ(std::sscanf(system.release, "%d.%d", &major, &minor), 2) << system.release;
  const bool handed_out = major > 5 || (major == 5 && minor >= 16);
  if (!processor.has("amx_bf16") || !processor.has("avx512_bf16") || !handed_out)
    GTEST_SKIP() << "no AMX here: " << processor.model << ", Linux " << system.release;
  const char* const held = std::getenv("RESLAB_INSTRUCTIONS");
  EXPECT_EQ(instructions(), held != nullptr && *held != '\0' ? Instructions::avx512 : Instructions::amx);
}

}  // namespace
}  // namespace reslab::nn::kernels::bf16
