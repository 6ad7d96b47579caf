#include "reslab/fetch/download.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <mutex>
#include <thread>

#include "reslab/core/error.h"
#include "reslab/fetch/progress.h"
#include "reslab/fetch/source_error.h"

namespace reslab::fetch {
namespace {

using core::concatenate;
using core::UserError;

struct CurlDeleter {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
using Curl = std::unique_ptr<CURL, CurlDeleter>;

Curl make_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  Curl curl(curl_easy_init());
  RESLAB_ASSERT(curl != nullptr, "libcurl gives no handle");
  return curl;
}

// The growing file.
class Part {
 public:
  explicit Part(std::filesystem::path path) : path_(std::move(path)) {
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    struct stat status {};
    if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0) fail(errno);
    size_ = static_cast<std::uint64_t>(status.st_size);
  }
  ~Part() { ::close(descriptor_); }
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;

  std::uint64_t size() const { return size_; }

  // 0, or the errno that stopped it.
  int append(const char* data, std::size_t count) {
    while (count > 0) {
      const ssize_t written = ::pwrite(descriptor_, data, count, static_cast<off_t>(size_));
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return written < 0 ? errno : EIO;
      data += written;
      count -= static_cast<std::size_t>(written);
      size_ += static_cast<std::uint64_t>(written);
    }
    return 0;
  }

  void clear() {
    if (::ftruncate(descriptor_, 0) != 0) fail(errno);
    size_ = 0;
  }

  [[noreturn]] void fail(int error_number) const {
    throw UserError({.attempted = "write " + path_.string(),
                     .found = core::system_message(error_number),
                     .remedy = error_number == EFBIG
                                   ? "raise the limit on the size of a file (`ulimit -f`)"
                                   : "free some space there, or choose another place with --cache-dir"});
  }

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

// What the callbacks of one attempt share.
struct Attempt {
  CURL* curl;
  Part* part;
  Progress* progress;
  std::uint64_t offset;  // bytes that were there before
  std::uint64_t limit;
  std::uint64_t range_start = 0;
  bool begun = false, too_large = false, wrong_range = false;
  int write_error = 0;
};

// Where the body goes depends on the status: 206 continues the part, 200 replaces it.
bool begin_body(Attempt& attempt) {
  long status = 0;
  curl_easy_getinfo(attempt.curl, CURLINFO_RESPONSE_CODE, &status);
  attempt.begun = true;
  if (status == 206) {
    attempt.wrong_range = attempt.range_start != attempt.offset;
    return !attempt.wrong_range;
  }
  if (attempt.part->size() > 0) attempt.part->clear();
  attempt.offset = 0;
  return true;
}

std::size_t on_body(char* data, std::size_t, std::size_t count, void* user) {
  Attempt& attempt = *static_cast<Attempt*>(user);
  if (!attempt.begun && !begin_body(attempt)) return 0;
  attempt.too_large = attempt.part->size() + count > attempt.limit;
  if (attempt.too_large) return 0;
  attempt.write_error = attempt.part->append(data, count);
  return attempt.write_error == 0 ? count : 0;
}

std::size_t on_header(char* data, std::size_t, std::size_t count, void* user) {
  Attempt& attempt = *static_cast<Attempt*>(user);
  std::string line(data, count);
  std::transform(line.begin(), line.end(), line.begin(), [](unsigned char c) { return std::tolower(c); });
  constexpr std::string_view name = "content-range: bytes ";
  if (line.starts_with(name))
    std::from_chars(line.data() + name.size(), line.data() + line.size(), attempt.range_start);
  return count;
}

int on_progress(void* user, curl_off_t total, curl_off_t now, curl_off_t, curl_off_t) {
  Attempt& attempt = *static_cast<Attempt*>(user);
  if (!attempt.begun || now == 0) return 0;
  attempt.progress->update(attempt.offset + static_cast<std::uint64_t>(now),
                           total == 0 ? 0 : attempt.offset + static_cast<std::uint64_t>(total));
  return 0;
}

void configure(CURL* curl, const DownloadOptions& options, Attempt& attempt) {
  curl_easy_setopt(curl, CURLOPT_URL, options.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https");
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "reslab");
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.network.connect_timeout.count()));
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(options.network.stall_bytes_per_second));
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.network.stall_time.count()));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &attempt);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &attempt);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &on_progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &attempt);
  if (attempt.offset > 0) curl_easy_setopt(curl, CURLOPT_RANGE, concatenate(attempt.offset, '-').c_str());
}

enum class Outcome { complete, interrupted, start_again };

struct AttemptResult {
  Outcome outcome;
  std::string reason;  // of what isn't complete
};

// Whether another attempt may help, by what libcurl says.
bool is_passing(CURLcode code, long status) {
  switch (code) {
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return true;
    case CURLE_HTTP_RETURNED_ERROR: return status >= 500 || status == 408 || status == 429;
    default: return false;
  }
}

std::string describe(CURLcode code, const char* detail, long status) {
  if (code == CURLE_HTTP_RETURNED_ERROR) return concatenate("the server answers with HTTP status ", status);
  return *detail != '\0' ? detail : curl_easy_strerror(code);
}

AttemptResult attempt_once(const DownloadOptions& options, Part& part, Progress& progress) {
  const Curl curl = make_curl();
  Attempt attempt{
      .curl = curl.get(), .part = &part, .progress = &progress, .offset = part.size(), .limit = options.limit};
  std::array<char, CURL_ERROR_SIZE> detail{};
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, detail.data());
  configure(curl.get(), options, attempt);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code == CURLE_OK) return {Outcome::complete, ""};
  if (attempt.write_error != 0) part.fail(attempt.write_error);
  if (attempt.too_large)
    throw SourceError(concatenate(options.url, ": more than the ", options.limit, " bytes that are allowed"));
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  const std::string reason = describe(code, detail.data(), status);
  // 416: nothing lies beyond the part's end, so it is complete or it is another file's.
  if (attempt.wrong_range || (status == 416 && attempt.offset > 0)) return {Outcome::start_again, reason};
  // A connection that was never made won't be made the next second either: better to say so quickly.
  curl_off_t connected = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_CONNECT_TIME_T, &connected);
  if (connected == 0 || !is_passing(code, status)) throw SourceError(options.url + ": " + reason);
  return {Outcome::interrupted, reason};
}

}  // namespace

void download(const DownloadOptions& options) {
  Part part(options.part);
  Progress progress({.label = options.url.substr(options.url.rfind('/') + 1), .silent = options.silent});
  int fruitless = 0;
  for (;;) {
    const std::uint64_t before = part.size();
    const AttemptResult result = attempt_once(options, part, progress);
    if (result.outcome == Outcome::complete) return;
    if (result.outcome == Outcome::start_again) part.clear();
    fruitless = part.size() > before ? 0 : fruitless + 1;
    if (fruitless >= options.network.attempts) throw SourceError(options.url + ": " + result.reason);
    std::this_thread::sleep_for(options.network.retry_wait);
  }
}

}  // namespace reslab::fetch
