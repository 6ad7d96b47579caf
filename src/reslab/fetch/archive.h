// Reads chosen members of a .tar.gz or .tgz, each whole into memory and no larger than said. Names in the archive are
// only compared, never used as paths, so nothing in it can be written anywhere.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reslab::fetch {

struct ArchiveMember {
  std::string name;       ///< as in the archive: "cifar-10-batches-bin/test_batch.bin"
  std::size_t limit = 0;  ///< bytes, included
};

/// Calls `use` with each of `members`, in the archive's order. Throws SourceError, naming the archive, when it can't be
/// read, one of them is missing, there twice, no ordinary file, or too large.
void read_archive(const std::filesystem::path& archive, std::span<const ArchiveMember> members,
                  const std::function<void(const std::string& name, std::vector<std::byte> bytes)>& use);

}  // namespace reslab::fetch
