// A folder of made-up picture files: what begins like a picture is one here, since nothing is decoded.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "reslab/core/error.h"
#include "reslab/core/temporary_folder.h"
#include "reslab/pictures/finding.h"
#include "support/message.h"

namespace reslab::pictures::test {

/// A file that begins like a PNG; another text, another content.
inline std::string png(const std::string& text) { return "\x89PNG\r\n\x1a\n" + text; }

/// Made empty, removed with all in it.
class PictureFolder : public core::TemporaryFolder {
 public:
  std::string operator/(const std::string& name) const { return path().string() + '/' + name; }

  void write(const std::string& name, const std::string& content) const {
    const std::filesystem::path file = *this / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
  }

  /// A picture whose content is its name.
  void picture(const std::string& name) const { write(name, png(name)); }

  void folder(const std::string& name) const { std::filesystem::create_directories(*this / name); }

  void link(const std::string& target, const std::string& name) const {
    std::filesystem::create_directories(std::filesystem::path(*this / name).parent_path());
    std::filesystem::create_symlink(target, *this / name);
  }
};

/// The finding of that kind, or null.
inline const Finding* find_kind(const Findings& findings, const std::string& kind) {
  const auto found = std::ranges::find(findings, kind, &Finding::kind);
  return found == findings.end() ? nullptr : &*found;
}

/// Its examples; none where there is no such finding.
inline std::vector<std::string> examples_of(const Findings& findings, const std::string& kind) {
  const Finding* const found = find_kind(findings, kind);
  return found == nullptr ? std::vector<std::string>{} : found->examples;
}

/// What `action` is refused with, or "" when it isn't.
template <typename Action>
std::string refusal_of(Action&& action) {
  return support::message_of<core::UserError>(std::forward<Action>(action));
}

}  // namespace reslab::pictures::test
