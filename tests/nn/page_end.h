// Tensors behind which nothing can be touched.
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <new>

namespace reslab::nn::test {

// A copy that ends where a page begins that nobody may touch.
inline at::Tensor at_a_page_end(const at::Tensor& values) {
  const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE)), bytes = values.nbytes();
  const std::size_t whole = (bytes + page - 1) / page * page;
  void* const memory = mmap(nullptr, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  auto* const begin = static_cast<char*>(memory);
  EXPECT_EQ(mprotect(begin + whole, page, PROT_NONE), 0);
  at::Tensor result = at::from_blob(
      begin + (whole - bytes), values.sizes(), [=](void*) { munmap(begin, whole + page); }, values.options());
  return result.copy_(values);
}

}  // namespace reslab::nn::test
