#include "reslab/cli/table.h"

#include <algorithm>

#include "reslab/core/printable.h"
#include "reslab/track/terminal.h"

namespace reslab::cli {

std::string aligned(std::vector<Cells> rows, std::size_t first_number) {
  for (Cells& cells : rows)
    for (std::string& cell : cells) cell = core::printable(cell);
  std::vector<int> widths(rows.front().size(), 0);
  for (const Cells& cells : rows)
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], track::columns_of(cells[i]));
  std::string text;
  for (const Cells& cells : rows) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string space(static_cast<std::size_t>(widths[i] - track::columns_of(cells[i])), ' ');
      line += (i == 0 ? "" : "  ") + (i >= first_number ? space + cells[i] : cells[i] + space);
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
  }
  return text;
}

}  // namespace reslab::cli
