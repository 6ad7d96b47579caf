// What the terminal on standard output can show.
#pragma once

namespace reslab::cli {

/// Columns: $COLUMNS, else the terminal's own width, else 80. At least 20.
int terminal_width();

}  // namespace reslab::cli
