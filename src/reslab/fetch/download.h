// One file by HTTP, resumed where an earlier attempt ended.
//
//   download({.url = "https://…/data.tar.gz", .part = cache / "data.tar.gz.part", .limit = 200'000'000});
//
// The bytes are appended to `part`, which stays when the transfer fails, so that the next call asks only for the rest
// (Range). A server that answers with the whole file instead is taken at its word, and the part begins anew. Whether
// the bytes are the right ones is for the caller to find out, by their checksum.
//
// Source: RFC 9110 (HTTP semantics), sections 14.2 (Range) and 15.3.7 (206).
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace reslab::fetch {

struct NetworkOptions {
  std::chrono::milliseconds connect_timeout{5'000};
  std::int64_t stall_bytes_per_second = 1'000;  ///< slower than this …
  std::chrono::seconds stall_time{20};          ///< … for so long is a stalled transfer
  int attempts = 3;                             ///< without a byte of progress; ≥ 1
  std::chrono::milliseconds retry_wait{1'000};  ///< before another attempt
};

struct DownloadOptions {
  std::string url;             ///< http or https; redirects are followed to https only
  std::filesystem::path part;  ///< grows in place
  std::uint64_t limit = 0;     ///< bytes, included
  NetworkOptions network = {};
  bool silent = false;  ///< no progress shown
};

/// Returns when the server says that `part` is complete. Throws SourceError when the host can't be reached, refuses,
/// stalls or sends more than `limit`; UserError when `part` can't be written.
void download(const DownloadOptions& options);

}  // namespace reslab::fetch
