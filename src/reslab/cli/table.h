// Rows of cells, aligned.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace reslab::cli {

using Cells = std::vector<std::string>;

/// For aligned: all cells stand to the left.
inline constexpr std::size_t no_numbers = static_cast<std::size_t>(-1);

/// Columns as wide as their widest cell and two spaces apart, without spaces at the ends of lines. From the column
/// `first_number` on cells stand to the right. Cells are shown as core::printable has them. Rows have as many cells as
/// the first, or none: an empty line. Lines end in '\n'.
std::string aligned(std::vector<Cells> rows, std::size_t first_number = no_numbers);

}  // namespace reslab::cli
