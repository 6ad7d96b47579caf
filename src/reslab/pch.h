// The precompiled header: what nearly every file sees. The rest of libtorch stays out: GCC instantiates at the end of
// each file the templates that a precompiled header's inline functions name, two seconds of them for all of ATen and
// torch::nn. Operations are included one by one (ATen/ops/…).
#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
