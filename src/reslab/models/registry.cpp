#include <array>

#include "reslab/core/error.h"
#include "reslab/core/nearest.h"
#include "reslab/models/custom_resnet.h"
#include "reslab/models/network.h"
#include "reslab/models/speednet.h"

namespace reslab::models {
namespace {

struct Entry {
  const char* name;
  std::shared_ptr<Network> (*make)(const Options&);
  double (*least_parameters)(const Options&);
};

constexpr std::array entries{Entry{"custom_resnet", &make_custom_resnet, &least_parameters_of_custom_resnet},
                             Entry{"speednet", &make_speednet, &least_parameters_of_speednet}};

const Entry& entry_of(const std::string& name) {
  for (const Entry& entry : entries)
    if (entry.name == name) return entry;
  const auto known = names();
  throw core::UserError({.attempted = "make the network '" + name + "'",
                         .found = "no network of that name",
                         .allowed = core::join(known),
                         .remedy = core::did_you_mean(name, known)});
}

}  // namespace

std::vector<std::string> names() {
  std::vector<std::string> all;
  all.reserve(entries.size());
  for (const Entry& entry : entries) all.emplace_back(entry.name);
  return all;
}

double least_parameters(const std::string& name, const Options& options) {
  return entry_of(name).least_parameters(options);
}

std::shared_ptr<Network> create(const std::string& name, const Options& options) {
  return entry_of(name).make(options);
}

}  // namespace reslab::models
