// A source of data that can't be used now. Unlike a UserError (a full disk, an unwritable place), it is a reason to try
// the next source; when none is left, the reasons of all of them go into one UserError.
#pragma once

#include <stdexcept>

namespace reslab::fetch {

class SourceError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace reslab::fetch
