#include <algorithm>

#include "reslab/core/error.h"
#include "reslab/core/nearest.h"
#include "reslab/models/custom_resnet.h"
#include "reslab/models/network.h"
#include "reslab/models/speednet.h"

namespace reslab::models {
namespace {

// A new network: its file, and its name here.
std::vector<NetworkKind>& all_kinds() {
  static std::vector<NetworkKind> all{custom_resnet(), speednet()};
  return all;
}

const NetworkKind& checked_kind(const std::string& name, const Options& options) {
  const NetworkKind& found = kind(name);
  check_options(name, found.options, options.values);
  return found;
}

}  // namespace

std::span<const NetworkKind> kinds() { return all_kinds(); }

void add(NetworkKind kind) {
  RESLAB_ASSERT(find_kind(kind.name) == nullptr, "there is a network '", kind.name, "' already");
  for (const Option& option : kind.options)
    for (const NetworkKind& other : kinds())
      if (const Option* const same = find_option(other.options, option.name))
        RESLAB_ASSERT(same->initial.index() == option.initial.index(), "the option ", option.name, " of ", kind.name,
                      " has another type than that of ", other.name);
  all_kinds().push_back(std::move(kind));
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  all.reserve(kinds().size());
  for (const NetworkKind& each : kinds()) all.push_back(each.name);
  return all;
}

const NetworkKind* find_kind(std::string_view name) {
  const auto found = std::ranges::find(kinds(), name, &NetworkKind::name);
  return found == kinds().end() ? nullptr : &*found;
}

const NetworkKind& kind(const std::string& name) {
  if (const NetworkKind* const found = find_kind(name)) return *found;
  const auto known = names();
  throw core::UserError({.attempted = "make the network '" + name + "'",
                         .found = "no network of that name",
                         .allowed = core::join(known),
                         .remedy = core::did_you_mean(name, known)});
}

double least_parameters(const std::string& name, const Options& options) {
  const NetworkKind& found = checked_kind(name, options);
  return found.least_parameters(Settings(found.options, options));
}

std::shared_ptr<Network> create(const std::string& name, const Options& options) {
  const NetworkKind& found = checked_kind(name, options);
  return found.make(Settings(found.options, options));
}

}  // namespace reslab::models
