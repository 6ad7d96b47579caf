#include "reslab/train/manifest.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <span>

#include "reslab/core/crc32c.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/json_text.h"
#include "reslab/core/nearest.h"

namespace reslab::train {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view format = "reslab checkpoint manifest 1";
constexpr std::string_view seal_begins = ",\n \"crc32c\": \"", seal_ends = "\"\n}\n";
constexpr std::size_t crc32c_digits = 8, seal_size = seal_begins.size() + crc32c_digits + seal_ends.size();
constexpr std::size_t largest_manifest = std::size_t{256} << 10;
constexpr std::size_t most_keys = 7;       // in an object
constexpr std::size_t most_within = 4096;  // lists and objects in all

std::uint32_t crc32c_of(std::string_view text) { return core::crc32c(std::as_bytes(std::span(text))); }

// Reads a value and says where it stood when it is wrong.
class ManifestReader {
 public:
  explicit ManifestReader(const std::string& source) : source_(source) {}

  [[noreturn]] void refuse(const std::string& found, const std::string& allowed = {}) const {
    throw core::DamagedFile({.attempted = "read the manifest " + source_, .found = found, .allowed = allowed});
  }

  void check_keys(const Json& object, const std::vector<std::string>& allowed) const {
    if (!object.is_object()) refuse("something that is no object", "an object");
    for (const auto& [key, value] : object.items())
      if (std::ranges::find(allowed, key) == allowed.end())
        refuse("the key '" + key.substr(0, 40) + "'", core::join(allowed));
    for (const std::string& key : allowed)
      if (!object.contains(key)) refuse("no " + key);
  }

  std::uint64_t number(const Json& object, const char* key) const {
    const Json& value = object.at(key);
    if (!value.is_number_unsigned()) refuse(std::string(key) + " is no number", "a whole number from 0");
    return value.get<std::uint64_t>();
  }

  std::string text(const Json& object, const char* key) const {
    const Json& value = object.at(key);
    if (!value.is_string()) refuse(std::string(key) + " is no text", "text");
    return value.get<std::string>();
  }

  std::string digits(const Json& object, const char* key, std::size_t count) const {
    std::string value = text(object, key);
    if (value.size() != count || value.find_first_not_of("0123456789abcdef") != std::string::npos)
      refuse(core::concatenate(key, " '", value.substr(0, 80), "'"),
             core::concatenate(count, " lower-case hexadecimal digits"));
    return value;
  }

  // A name without a folder: what a manifest says never leads out of its run.
  std::string file_name(const Json& object, const char* key) const {
    std::string value = text(object, key);
    if (value.empty() || value == "." || value == ".." || value.find('/') != std::string::npos ||
        value.find('\0') != std::string::npos)
      refuse(core::concatenate(key, " '", value.substr(0, 80), "'"), "a file's name without a folder");
    return value;
  }

  const Json& array(const Json& object, const char* key) const {
    const Json& value = object.at(key);
    if (!value.is_array()) refuse(std::string(key) + " is no list", "a list");
    return value;
  }

 private:
  const std::string& source_;
};

// nlohmann's parser keeps the last of two equal keys, looks through all that an object has for each, and at each end of
// a list or object through all that lies beside it: a stranger's file of many could keep it busy for minutes.
Json parse_strictly(std::string_view text, const ManifestReader& reader) {
  std::vector<std::set<std::string>> open;
  std::size_t within = 0;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
    const bool object = event == Json::parse_event_t::object_start, list = event == Json::parse_event_t::array_start;
    // An object, with lists of objects in it.
    if ((object && depth % 2 == 1) || (list && depth % 2 == 0) || ((object || list) && depth > 2))
      reader.refuse(object ? "an object out of place" : "a list out of place");
    if ((object || list) && ++within > most_within)
      reader.refuse("many lists and objects", core::concatenate("at most ", most_within));
    if (object) open.emplace_back();
    if (event == Json::parse_event_t::object_end) open.pop_back();
    if (event != Json::parse_event_t::key) return true;
    if (!open.back().insert(value.get<std::string>()).second) reader.refuse("a key stands in it twice");
    if (open.back().size() > most_keys)
      reader.refuse("an object of many keys", core::concatenate("at most ", most_keys));
    return true;
  };
  Json json = Json::parse(text, watch, /*allow_exceptions=*/false);
  if (json.is_discarded()) reader.refuse("it is no JSON");
  return json;
}

std::vector<serialization::Section> sections_in(const Json& json, std::uint64_t bytes, const ManifestReader& reader) {
  std::vector<serialization::Section> sections;
  std::uint64_t place = 0;
  for (const Json& each : reader.array(json, "sections")) {
    reader.check_keys(each, {"name", "begin", "end", "crc32c"});
    serialization::Section section{
        .name = reader.text(each, "name"),
        .begin = reader.number(each, "begin"),
        .end = reader.number(each, "end"),
        .crc32c = static_cast<std::uint32_t>(std::stoul(reader.digits(each, "crc32c", crc32c_digits), nullptr, 16))};
    if (section.begin != place || section.end < section.begin)
      reader.refuse(core::concatenate("a section from ", section.begin, " to ", section.end),
                    core::concatenate("one that begins at ", place));
    place = section.end;
    sections.push_back(std::move(section));
  }
  if (place != bytes)
    reader.refuse(core::concatenate("sections of ", place, " bytes"), core::concatenate(bytes, " bytes"));
  return sections;
}

}  // namespace

std::filesystem::path manifest_of(const std::filesystem::path& payload) {
  std::filesystem::path path = payload;
  return path.replace_extension(".json");
}

std::string format_manifest(const Manifest& manifest) {
  Json json{{"format", format},
            {"file", manifest.file},
            {"bytes", manifest.checksums.bytes},
            {"sha256", manifest.checksums.sha256},
            {"sections", Json::array()},
            {"logs", Json::array()}};
  for (const serialization::Section& section : manifest.checksums.sections)
    json["sections"].push_back({{"name", section.name},
                                {"begin", section.begin},
                                {"end", section.end},
                                {"crc32c", core::hexadecimal(section.crc32c)}});
  for (const LogMark& log : manifest.logs) json["logs"].push_back({{"file", log.file}, {"bytes", log.bytes}});
  std::string text = core::json_text(json, 1);
  text.resize(text.size() - std::string_view("\n}").size());
  const std::uint32_t crc32c = crc32c_of(text);
  return text.append(seal_begins).append(core::hexadecimal(crc32c)).append(seal_ends);
}

Manifest parse_manifest(const std::string& text, const std::string& source) {
  const ManifestReader reader(source);
  if (text.size() > largest_manifest)
    reader.refuse(core::concatenate("it has ", text.size(), " bytes"), core::concatenate("at most ", largest_manifest));
  if (text.size() < seal_size) reader.refuse(core::concatenate("it has ", text.size(), " bytes: it was cut off"));
  const std::string_view sealed = std::string_view(text).substr(0, text.size() - seal_size);
  const std::string seal = std::string(seal_begins).append(core::hexadecimal(crc32c_of(sealed))).append(seal_ends);
  if (std::string_view(text).substr(sealed.size()) != seal)
    reader.refuse("its own CRC32C doesn't fit: it was damaged or cut off");
  const Json json = parse_strictly(text, reader);
  reader.check_keys(json, {"format", "file", "bytes", "sha256", "sections", "logs", "crc32c"});
  if (const std::string found = reader.text(json, "format"); found != format)
    reader.refuse("the format '" + found.substr(0, 40) + "'", "'" + std::string(format) + "'");
  Manifest manifest{
      .file = reader.file_name(json, "file"),
      .checksums = {.bytes = reader.number(json, "bytes"), .sha256 = reader.digits(json, "sha256", 64), .sections = {}},
      .logs = {}};
  manifest.checksums.sections = sections_in(json, manifest.checksums.bytes, reader);
  for (const Json& each : reader.array(json, "logs")) {
    reader.check_keys(each, {"file", "bytes"});
    manifest.logs.push_back({.file = reader.file_name(each, "file"), .bytes = reader.number(each, "bytes")});
  }
  return manifest;
}

void write_manifest(const std::filesystem::path& path, const Manifest& manifest) {
  core::write_file(path, format_manifest(manifest));
}

Manifest read_manifest(const std::filesystem::path& path) {
  return parse_manifest(core::read_text(path, largest_manifest), path.string());
}

}  // namespace reslab::train
