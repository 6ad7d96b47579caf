// What the terminal on standard output can show.
#pragma once

namespace reslab::cli {

/// Columns: $COLUMNS, else the terminal's own width, else 80. At least 20.
int terminal_width();

/// Whether the locale of the environment (LC_ALL, LC_CTYPE, LANG) is a UTF-8 one.
bool terminal_has_unicode();

}  // namespace reslab::cli
