// Which program this is. The definition is written by cmake/Version.cmake when building.
#pragma once

#include <string>

namespace reslab::core {

struct Version {
  std::string number;     ///< "0.1.0"
  std::string commit;     ///< 40 hexadecimal digits, or "unknown" outside of a git checkout
  bool modified = false;  ///< files under version control differed from that commit
};

Version version();

}  // namespace reslab::core
