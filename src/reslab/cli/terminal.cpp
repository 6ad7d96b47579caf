#include "reslab/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace reslab::cli {

int terminal_width() {
  constexpr int least = 20, most = 1000, usual = 80;
  int width = 0;
  if (const char* columns = std::getenv("COLUMNS")) width = std::atoi(columns);
  if (winsize size{}; width <= 0 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) width = size.ws_col;
  return std::clamp(width > 0 ? width : usual, least, most);
}

}  // namespace reslab::cli
