// Rows of cells, aligned.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace reslab::cli {

using Cells = std::vector<std::string>;

/// Columns as wide as their widest cell and two spaces apart, without spaces at the ends of lines. From the column
/// `first_number` on cells stand to the right. All rows have as many cells as the first. Lines end in '\n'.
std::string aligned(const std::vector<Cells>& rows, std::size_t first_number);

}  // namespace reslab::cli
