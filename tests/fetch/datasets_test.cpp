#include "reslab/fetch/datasets.h"

#include <gtest/gtest.h>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "support/message.h"
#include "support/temporary_folder.h"

namespace reslab::fetch {
namespace {

using support::contains;

const std::filesystem::path samples = RESLAB_SOURCE_DIR "/tests/data_samples/cifar10";

std::string refusal(const std::string& name) {
  return support::message_of<core::UserError>([&] { open_dataset(name, "/nowhere"); });
}

TEST(OpenDataset, ReadsAFolder) {
  const data::Splits splits = open_dataset(samples.string(), "/nowhere");
  EXPECT_GT(splits.train.size(), 0);
  EXPECT_GT(splits.test.size(), 0);
}

TEST(OpenDataset, FindsTheFolderThatTheOfficialArchiveMakes) {
  const support::TemporaryFolder folder;
  std::filesystem::create_symlink(samples, folder.path() / "cifar-10-batches-bin");
  EXPECT_EQ(open_dataset(folder.path().string(), "/nowhere").train.size(),
            open_dataset(samples.string(), "").train.size());
}

TEST(OpenDataset, ExplainsWhatIsNoDataSet) {
  EXPECT_TRUE(contains(refusal("cifra10"), "did you mean 'cifar10'?")) << refusal("cifra10");
  EXPECT_TRUE(contains(refusal("/no/such/folder"), "neither a known name nor a folder"));
  const support::TemporaryFolder folder;
  for (const char* name : {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_5.bin"})
    core::write_file(folder.path() / name, "x");
  EXPECT_TRUE(contains(refusal(folder.path().string()), "the folder lacks data_batch_4.bin, test_batch.bin"));
}

}  // namespace
}  // namespace reslab::fetch
