#include "reslab/track/environment.h"

#include <ctime>
#include <nlohmann/json.hpp>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/version.h"
#include "reslab/track/machine.h"

namespace reslab::track {
namespace {

using Json = nlohmann::ordered_json;

Json processor_json(const Machine& machine) {
  Json json{{"model", machine.processor.model},
            {"instructions", machine.processor.flags},
            {"online", machine.threads.online},
            {"affinity", machine.threads.affinity},
            {"quota", nullptr}};
  if (machine.threads.quota) json["quota"] = *machine.threads.quota;
  return json;
}

Json memory_json(const Machine& machine) {
  Json json{{"total_bytes", machine.memory.total},
            {"available_bytes", machine.memory.available},
            {"limit_bytes", nullptr},
            {"huge_pages", name(machine.huge_pages)}};
  if (machine.memory.limit) json["limit_bytes"] = *machine.memory.limit;
  return json;
}

}  // namespace

std::string iso_time(std::chrono::system_clock::time_point time) {
  const auto microseconds = std::chrono::floor<std::chrono::microseconds>(time.time_since_epoch()).count();
  const std::time_t seconds = static_cast<std::time_t>(microseconds / 1'000'000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 16> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%06dZ", static_cast<int>(microseconds % 1'000'000));
  return std::string(text.data(), length) + fraction.data();
}

std::string environment_json(const RunFacts& facts) {
  const core::Version version = core::version();
  const Machine machine = this_machine();
  const Build build = this_build();
  const Json json{{"format", 1},
                  {"started", iso_time(facts.started)},
                  {"command_line", facts.command_line},
                  {"recipe", facts.recipe},
                  {"recipe_hash", facts.recipe_hash},
                  {"seed", facts.seed},
                  {"device", facts.device},
                  {"precision", facts.precision},
                  {"threads", facts.threads},
                  {"reslab", {{"version", version.number}, {"commit", version.commit}, {"modified", version.modified}}},
                  {"libtorch", build.libtorch},
                  {"compiler", build.compiler},
                  {"build", build.mode},
                  {"system", machine.system},
                  {"processor", processor_json(machine)},
                  {"memory", memory_json(machine)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void write_environment(const std::filesystem::path& path, const RunFacts& facts) {
  core::write_file(path, environment_json(facts));
}

std::optional<std::string> environment_text(const std::filesystem::path& path, const std::string& key) {
  try {
    const Json json = Json::parse(core::read_text(path, std::size_t{1} << 20), nullptr, /*allow_exceptions=*/false);
    if (!json.is_object() || !json.contains(key) || !json[key].is_string()) return std::nullopt;
    return json[key].get<std::string>();
  } catch (const core::UserError&) {
    return std::nullopt;
  }
}

std::optional<std::string> started(const std::filesystem::path& path) { return environment_text(path, "started"); }

}  // namespace reslab::track
