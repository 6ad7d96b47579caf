#include "reslab/core/cpu.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

namespace reslab::core {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::set<std::string_view> words(std::string_view text) {
  std::set<std::string_view> result;
  while (!(text = trimmed(text)).empty()) {
    const auto end = std::min(text.find(' '), text.size());
    result.insert(text.substr(0, end));
    text.remove_prefix(end);
  }
  return result;
}

}  // namespace

bool Processor::has(std::string_view flag) const { return std::find(flags.begin(), flags.end(), flag) != flags.end(); }

bool Processor::bf16() const { return has("avx512_bf16") || has("amx_bf16") || has("bf16"); }

std::vector<std::string> interesting_flags() {
  return {"avx2",     "avx512f",  "avx512_vnni", "avx512_bf16", "avx512_fp16",
          "amx_tile", "amx_bf16", "asimd",       "sve",         "bf16"};
}

Processor parse_cpuinfo(std::string_view text) {
  Processor result;
  std::string implementer, part, family, number;
  std::set<std::string_view> available;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view key = trimmed(line.substr(0, colon)), value = trimmed(line.substr(colon + 1));
    if (key == "model name" && result.model.empty()) result.model = value;
    if (key == "cpu family" && family.empty()) family = value;
    if (key == "model" && number.empty()) number = value;
    if (key == "CPU implementer" && implementer.empty()) implementer = value;
    if (key == "CPU part" && part.empty()) part = value;
    if ((key == "flags" || key == "Features") && available.empty()) available = words(value);
  }
  // Arm's kernel gives numbers instead of a name.
  if (result.model.empty() && !part.empty()) result.model = "Arm implementer " + implementer + " part " + part;
  if (result.model.empty()) result.model = "unknown";
  if (!family.empty() && !number.empty()) result.model += " (family " + family + ", model " + number + ")";
  for (std::string& flag : interesting_flags())
    if (available.contains(flag)) result.flags.push_back(std::move(flag));
  return result;
}

Processor processor() {
  std::ifstream file("/proc/cpuinfo");
  return parse_cpuinfo(std::string(std::istreambuf_iterator<char>(file), {}));
}

bool has_bf16_instructions() { return processor().bf16(); }

}  // namespace reslab::core
