#include "reslab/explain/class_names.h"

#include <algorithm>

#include "reslab/core/error.h"
#include "reslab/core/nearest.h"

namespace reslab::explain {

std::int64_t find_class(std::span<const std::string> classes, const std::string& name, const std::string& attempted) {
  const auto found = std::ranges::find(classes, name);
  if (found == classes.end())
    throw core::UserError({.attempted = attempted,
                           .found = "no class of that name",
                           .allowed = core::join(classes),
                           .remedy = core::did_you_mean(name, classes)});
  return found - classes.begin();
}

}  // namespace reslab::explain
