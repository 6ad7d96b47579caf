#include "reslab/track/environment.h"

#include <ctime>
#include <nlohmann/json.hpp>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/json_text.h"
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

Json program_json() {
  const core::Version version = core::version();
  return {{"version", version.number}, {"commit", version.commit}, {"modified", version.modified}};
}

std::string text_of(const Json& json) { return core::json_text(json, 2) + "\n"; }

constexpr std::size_t largest_environment = std::size_t{1} << 20;  // bytes

// Discarded where the text is no JSON.
Json read_json(const std::filesystem::path& path) {
  return Json::parse(core::read_text(path, largest_environment), nullptr, /*allow_exceptions=*/false);
}

}  // namespace

std::string name_of(RunKind kind) { return kind == RunKind::find_lr ? "find-lr" : "train"; }

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
  const Machine machine = this_machine();
  const Build build = this_build();
  Json json{{"format", 1},
            {"kind", name_of(facts.kind)},
            {"started", iso_time(facts.started)},
            {"command_line", facts.command_line},
            {"recipe", facts.recipe},
            {"recipe_hash", facts.recipe_hash},
            {"seed", facts.seed},
            {"device", facts.device},
            {"precision", facts.precision},
            {"threads", facts.threads},
            {"reslab", program_json()},
            {"libtorch", build.libtorch},
            {"compiler", build.compiler},
            {"build", build.mode},
            {"system", machine.system},
            {"processor", processor_json(machine)},
            {"memory", memory_json(machine)}};
  if (facts.test_samples > 0)
    json["data"] = {{"train_samples", facts.train_samples}, {"test_samples", facts.test_samples}};
  if (!facts.extends.empty()) json["extends"] = facts.extends;
  return text_of(json);
}

void write_environment(const std::filesystem::path& path, const RunFacts& facts) {
  core::write_file(path, environment_json(facts));
}

void add_resumption(const std::filesystem::path& path, const RunFacts& facts, std::int64_t epochs_done) {
  Json json = read_json(path);
  if (!json.is_object()) return;
  Json& resumed = json["resumed"];
  if (!resumed.is_array()) resumed = Json::array();
  resumed.push_back({{"time", iso_time(facts.started)},
                     {"epochs_done", epochs_done},
                     {"command_line", facts.command_line},
                     {"device", facts.device},
                     {"precision", facts.precision},
                     {"threads", facts.threads},
                     {"reslab", program_json()},
                     {"libtorch", this_build().libtorch},
                     {"processor", this_machine().processor.model}});
  core::write_file(path, text_of(json));
}

std::optional<std::string> environment_text(const std::filesystem::path& path, const std::string& key) {
  try {
    const Json json = read_json(path);
    if (!json.is_object() || !json.contains(key) || !json[key].is_string()) return std::nullopt;
    return json[key].get<std::string>();
  } catch (const core::UserError&) {
    return std::nullopt;
  }
}

std::optional<std::int64_t> recorded_samples(const std::filesystem::path& path, const std::string& split) {
  try {
    const Json json = read_json(path);
    const auto samples = json.at("data").at(split + "_samples").get<std::int64_t>();
    return samples > 0 ? std::optional(samples) : std::nullopt;
  } catch (const Json::exception&) {
  } catch (const core::UserError&) {
  }
  return std::nullopt;
}

namespace {

// Of environment.json itself or of one of its resumptions, which name the processor alone.
std::string maker_line(const Json& json) {
  try {
    const Json &program = json.at("reslab"), &processor = json.at("processor");
    return core::concatenate(
        "reslab ", program.at("version").get<std::string>(), " (", program.at("commit").get<std::string>(),
        program.at("modified").get<bool>() ? ", modified" : "", "), libtorch ", json.at("libtorch").get<std::string>(),
        ", ", (processor.is_string() ? processor : processor.at("model")).get<std::string>(), ", ",
        json.at("device").get<std::string>(), ", ", json.at("precision").get<std::string>(), ", ",
        json.at("threads").get<int>(), " threads");
  } catch (const Json::exception&) {
    return "an unknown program";
  }
}

}  // namespace

std::string made_by(const RunFacts& facts) { return maker_line(Json::parse(environment_json(facts))); }

std::vector<std::string> made_by(const std::filesystem::path& path) {
  std::error_code error;
  const Json json = std::filesystem::exists(path, error) ? read_json(path) : Json();
  std::vector<std::string> lines{maker_line(json)};
  if (json.is_object() && json.contains("resumed") && json["resumed"].is_array())
    for (const Json& resumption : json["resumed"]) lines.push_back(maker_line(resumption));
  return lines;
}

std::optional<std::string> started(const std::filesystem::path& path) { return environment_text(path, "started"); }

RunKind run_kind(const std::filesystem::path& path) {
  return environment_text(path, "kind") == name_of(RunKind::find_lr) ? RunKind::find_lr : RunKind::train;
}

}  // namespace reslab::track
