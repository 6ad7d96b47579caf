#include "reslab/fetch/download.h"

#include <gtest/gtest.h>

#include "fetch/local_server.h"
#include "reslab/core/error.h"
#include "reslab/core/random.h"
#include "reslab/fetch/source_error.h"
#include "support/file_size_limit.h"
#include "support/message.h"

namespace reslab::fetch {
namespace {

using support::contains;
using support::message_of;

using Requests = std::vector<std::string>;

class Download : public testing::Test {
 protected:
  Download() {
    core::Random random({.seed = 4});
    for (int i = 0; i < 300'000; ++i) content_ += static_cast<char>(random.below(256));
    core::write_file(server_.folder() / "file", content_);
  }

  void run(const std::string& path, std::uint64_t limit = 1'000'000) { run_url(server_.url(path), limit); }

  void run_url(const std::string& url, std::uint64_t limit = 1'000'000) {
    download({.url = url,
              .part = part_,
              .limit = limit,
              .network = {.connect_timeout = std::chrono::milliseconds(500),
                          .stall_bytes_per_second = 100'000,
                          .stall_time = std::chrono::seconds(1),
                          .retry_wait = std::chrono::milliseconds(10)},
              .silent = true});
  }

  bool is_whole() const { return core::read_text(part_) == content_; }

  LocalServer server_;
  support::TemporaryFolder folder_;
  std::filesystem::path part_ = folder_.path() / "file.part";
  std::string content_;
};

TEST_F(Download, BringsTheFile) {
  run("ok/file");
  EXPECT_TRUE(is_whole());
  EXPECT_EQ(server_.requests(), (Requests{"/ok/file "}));
}

TEST_F(Download, AsksOnlyForTheRest) {
  core::write_file(part_, content_.substr(0, 123'456));
  run("ok/file");
  EXPECT_TRUE(is_whole());
  EXPECT_EQ(server_.requests(), (Requests{"/ok/file bytes=123456-"}));
}

TEST_F(Download, BeginsAnewWhereRangesAreIgnored) {
  core::write_file(part_, std::string(400'000, 'x'));  // longer than the file: no byte of it may stay
  run("no-range/file");
  EXPECT_TRUE(is_whole());
}

TEST_F(Download, BeginsAnewWhenAnotherRangeComes) {
  core::write_file(part_, content_.substr(0, 1000));
  run("wrong-range/file");
  EXPECT_TRUE(is_whole());
  EXPECT_EQ(server_.requests(), (Requests{"/wrong-range/file bytes=1000-", "/wrong-range/file "}));
}

TEST_F(Download, BeginsAnewWhenThePartIsTooLong) {
  core::write_file(part_, content_ + "more");
  run("ok/file");
  EXPECT_TRUE(is_whole());
  EXPECT_EQ(server_.requests(), (Requests{"/ok/file bytes=300004-", "/ok/file "}));
}

TEST_F(Download, GoesOnAfterACutConnection) {
  run("cut/200000/file");
  EXPECT_TRUE(is_whole());
  EXPECT_EQ(server_.requests(), (Requests{"/cut/200000/file ", "/cut/200000/file bytes=200000-"}));
}

TEST_F(Download, GoesOnAfterAStall) {
  run("stall/100000/file");
  EXPECT_TRUE(is_whole());
  EXPECT_EQ(server_.requests(), (Requests{"/stall/100000/file ", "/stall/100000/file bytes=100000-"}));
}

TEST_F(Download, TriesAgainWhenTheServerIsBusy) {
  run("flaky/file");
  EXPECT_TRUE(is_whole());
  EXPECT_EQ(server_.requests().size(), 2U);
}

TEST_F(Download, GivesUpAtOnceWhenThereIsNothing) {
  core::write_file(part_, content_.substr(0, 1000));
  const std::string message = message_of<SourceError>([&] { run("status/404"); });
  EXPECT_TRUE(contains(message, "status/404: the server answers with HTTP status 404")) << message;
  EXPECT_EQ(server_.requests().size(), 1U);
  EXPECT_EQ(core::read_text(part_), content_.substr(0, 1000)) << "the error page isn't part of the file";
}

TEST_F(Download, GivesUpAfterAFewServerErrors) {
  EXPECT_TRUE(contains(message_of<SourceError>([&] { run("status/500"); }), "500"));
  EXPECT_EQ(server_.requests().size(), 3U);
}

TEST_F(Download, GivesUpWhenNothingComesAnyMore) {
  EXPECT_NE(message_of<SourceError>([&] { run("stall/0/file"); }), "");
  EXPECT_EQ(server_.requests().size(), 3U);
}

TEST_F(Download, RefusesMoreThanTheLimit) {
  EXPECT_TRUE(contains(message_of<SourceError>([&] { run("endless", 500'000); }), "more than the 500000 bytes"));
  EXPECT_LE(std::filesystem::file_size(part_), 500'000U);
  std::filesystem::remove(part_);
  run("ok/file", 300'000);
  EXPECT_TRUE(is_whole());
}

TEST_F(Download, FollowsNoRedirectToPlainHttp) {
  EXPECT_NE(message_of<SourceError>([&] { run("redirect/file"); }), "");
  EXPECT_EQ(server_.requests(), (Requests{"/redirect/file "}));
}

TEST_F(Download, KnowsNoOtherProtocol) {
  EXPECT_NE(message_of<SourceError>([&] { run_url("file://" + (server_.folder() / "file").string()); }), "");
}

TEST_F(Download, SaysQuicklyThatNobodyAnswers) {
  server_.stop();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(contains(message_of<SourceError>([&] { run("ok/file"); }), "127.0.0.1"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
}

TEST_F(Download, AFullDiskIsTheUsersMatterAndThePartStays) {
  std::string message;
  {
    const support::FileSizeLimit full(100'000);
    message = message_of<core::UserError>([&] { run("ok/file"); });
  }
  EXPECT_TRUE(contains(message, "could not write " + part_.string() + ": File too large")) << message;
  EXPECT_EQ(core::read_text(part_), content_.substr(0, 100'000));
  run("ok/file");
  EXPECT_TRUE(is_whole());
}

TEST_F(Download, SaysThatThePartCannotBeWritten) {
  core::write_file(folder_.path() / "plain", "");
  part_ = folder_.path() / "plain" / "file.part";
  EXPECT_TRUE(contains(message_of<core::UserError>([&] { run("ok/file"); }), "Not a directory"));
  EXPECT_TRUE(server_.requests().empty());
}

}  // namespace
}  // namespace reslab::fetch
