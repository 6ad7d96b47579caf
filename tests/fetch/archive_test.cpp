#include "reslab/fetch/archive.h"

#include <gtest/gtest.h>

#include "fetch/fake_cifar10.h"
#include "reslab/fetch/source_error.h"
#include "support/message.h"
#include "support/temporary_folder.h"

namespace reslab::fetch {
namespace {

using support::contains;

using Contents = std::vector<std::pair<std::string, std::string>>;

class ReadArchive : public testing::Test {
 protected:
  Contents read(const std::vector<ArchiveMember>& members) {
    Contents contents;
    read_archive(path_, members, [&](const std::string& name, const std::vector<std::byte>& bytes) {
      contents.emplace_back(name, std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    });
    return contents;
  }

  std::string refusal(const std::vector<ArchiveMember>& members) {
    return support::message_of<SourceError>([&] { read(members); });
  }

  support::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "some.tar.gz";
};

TEST_F(ReadArchive, GivesTheWantedMembersAlone) {
  write_tar_gz(path_, {{"d/b", "second"}, {"../evil", "x"}, {"/tmp/evil", "x"}, {"d/a", std::string(700'000, 'a')}});
  EXPECT_EQ(read({{"d/a", 700'000}, {"d/b", 6}}), (Contents{{"d/b", "second"}, {"d/a", std::string(700'000, 'a')}}));
}

TEST_F(ReadArchive, RefusesWhatIsMissingTwiceTooLargeOrALink) {
  write_tar_gz(path_, {{"a", "12345"}, {"b", "1"}, {"b", "2"}, {"link", "", "/etc/passwd"}});
  EXPECT_TRUE(contains(refusal({{"a", 4}}), "a has more than the 4 bytes"));
  EXPECT_TRUE(contains(refusal({{"b", 4}}), "b is there twice"));
  EXPECT_TRUE(contains(refusal({{"link", 400}}), "link is no ordinary file"));
  EXPECT_TRUE(contains(refusal({{"a", 5}, {"c", 4}}), "some.tar.gz: c is missing"));
  EXPECT_EQ(refusal({{"a", 5}}), "");
}

TEST_F(ReadArchive, RefusesEveryTruncation) {
  core::Random random({.seed = 1});
  std::string content;
  for (int i = 0; i < 600; ++i) content += static_cast<char>(random.below(256));
  write_tar_gz(path_, {{"a", content}, {"b", content}});
  const std::string whole = core::read_text(path_);
  // The last bytes hold the end of the tar archive and gzip's checksum; without them both members are still whole.
  std::size_t last_refused = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    core::write_file(path_, whole.substr(0, size));
    if (!refusal({{"a", 600}, {"b", 600}}).empty()) {
      last_refused = size;
      continue;
    }
    EXPECT_EQ(read({{"a", 600}, {"b", 600}}), (Contents{{"a", content}, {"b", content}})) << size;
  }
  EXPECT_GT(last_refused, whole.size() / 2);
}

TEST_F(ReadArchive, SaysWhatIsNoArchive) {
  EXPECT_TRUE(contains(refusal({{"a", 1}}), "some.tar.gz")) << "there is no such file";
  core::write_file(path_, "<html>please log in</html>");
  EXPECT_TRUE(contains(refusal({{"a", 1}}), "some.tar.gz"));
}

}  // namespace
}  // namespace reslab::fetch
