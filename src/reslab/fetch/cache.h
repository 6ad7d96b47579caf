// Where downloaded data sets are kept.
#pragma once

#include <filesystem>
#include <optional>

namespace reslab::fetch {

/// The first of: `given` (--cache-dir), $RESLAB_CACHE_DIR, $XDG_CACHE_HOME/reslab, $HOME/.cache/reslab. It need not
/// exist yet. Throws UserError when none of them is set.
///
/// Source: XDG Base Directory Specification 0.8 (a relative XDG_CACHE_HOME is to be ignored).
std::filesystem::path cache_folder(const std::filesystem::path& given = {});

/// Likewise; nothing when none of them is set.
std::optional<std::filesystem::path> find_cache_folder(const std::filesystem::path& given = {});

}  // namespace reslab::fetch
