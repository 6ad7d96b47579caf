#include "reslab/track/machine.h"

#include <ATen/Context.h>
#include <sys/utsname.h>
#include <torch/version.h>

#include <charconv>
#include <fstream>
#include <iterator>

namespace reslab::track {
namespace {

namespace fs = std::filesystem;

std::string file_text(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::optional<std::uint64_t> leading_number(std::string_view text) {
  const auto start = text.find_first_not_of(" \t");
  if (start == std::string_view::npos) return std::nullopt;
  std::uint64_t value = 0;
  if (std::from_chars(text.data() + start, text.data() + text.size(), value).ec != std::errc{}) return std::nullopt;
  return value;
}

// The value of NAME="value" in /etc/os-release, or "".
std::string release_value(std::string_view text, std::string_view key) {
  for (std::size_t place = text.find(key); place != std::string_view::npos; place = text.find(key, place + 1)) {
    if (place > 0 && text[place - 1] != '\n') continue;
    std::string_view value = text.substr(place + key.size());
    value = value.substr(0, value.find('\n'));
    if (value.size() >= 2 && value.front() == '"') value = value.substr(1, value.size() - 2);
    return std::string(value);
  }
  return "";
}

std::string system_name() {
  struct utsname names {};
  if (::uname(&names) != 0) return "unknown";
  const std::string distribution = release_value(file_text("/etc/os-release"), "PRETTY_NAME=");
  return (distribution.empty() ? std::string() : distribution + ", ") + names.sysname + " " + names.release + ", " +
         names.machine;
}

// The tightest limit of version 2 control groups from this process's own up to the root.
std::optional<std::uint64_t> control_group_limit() {
  const std::string groups = file_text("/proc/self/cgroup");
  const auto place = groups.find("0::/");
  if (place == std::string::npos) return std::nullopt;
  fs::path relative = fs::path(groups.substr(place + 4, groups.find('\n', place) - place - 4)).relative_path();
  std::optional<std::uint64_t> limit;
  for (;; relative = relative.parent_path()) {
    const auto own = leading_number(file_text(fs::path("/sys/fs/cgroup") / relative / "memory.max"));
    if (own && (!limit || *own < *limit)) limit = own;
    if (relative.empty()) return limit;
  }
}

}  // namespace

std::string_view name(HugePages setting) {
  switch (setting) {
    case HugePages::always: return "always";
    case HugePages::on_request: return "madvise";
    case HugePages::never: return "never";
    case HugePages::unknown: break;
  }
  return "unknown";
}

HugePages parse_huge_pages(std::string_view text) {
  for (const HugePages setting : {HugePages::always, HugePages::on_request, HugePages::never})
    if (text.find("[" + std::string(name(setting)) + "]") != std::string_view::npos) return setting;
  return HugePages::unknown;
}

Memory parse_meminfo(std::string_view text) {
  const auto kibibytes = [&](std::string_view key) {
    const auto place = text.find(key);
    return place == std::string_view::npos ? 0 : leading_number(text.substr(place + key.size())).value_or(0);
  };
  return {.total = kibibytes("MemTotal:") * 1024, .available = kibibytes("MemAvailable:") * 1024, .limit = {}};
}

Machine this_machine() {
  Machine machine{.system = system_name(),
                  .processor = core::processor(),
                  .threads = core::thread_budget(),
                  .memory = parse_meminfo(file_text("/proc/meminfo")),
                  .huge_pages = parse_huge_pages(file_text("/sys/kernel/mm/transparent_hugepage/enabled")),
                  .cuda = at::hasCUDA()};
  machine.memory.limit = control_group_limit();
  return machine;
}

Build this_build() {
#if defined(__clang__)
  const std::string compiler = "Clang " __clang_version__;
#elif defined(__GNUC__)
  const std::string compiler = "GCC " __VERSION__;
#else
  const std::string compiler = "unknown";
#endif
#ifdef __OPTIMIZE__
  const std::string mode = "optimised";
#else
  const std::string mode = "debug";
#endif
  return {.libtorch = TORCH_VERSION, .compiler = compiler, .mode = mode};
}

}  // namespace reslab::track
