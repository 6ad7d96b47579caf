#include "reslab/data/fingerprint.h"

#include <gtest/gtest.h>

#include "reslab/data/cifar10.h"
#include "reslab/data/tensor_source.h"

namespace reslab::data {
namespace {

Splits samples() { return read_cifar10(RESLAB_SOURCE_DIR "/tests/data_samples/cifar10"); }

TEST(Fingerprint, IsTheContentsAlone) {
  Splits splits = samples();
  const std::string found = fingerprint(splits);
  EXPECT_EQ(found.size(), 64U);
  splits.train.name = "another name";
  EXPECT_EQ(fingerprint(splits), found);
  EXPECT_EQ(fingerprint(samples()), found);
}

// Checkpoints hold it: those of earlier versions must know their data again. By Python's hashlib.
TEST(Fingerprint, IsThatOfEarlierVersions) {
  EXPECT_EQ(fingerprint(samples()), "6017b6622d6aea747d9685c48181cc514db191785e9c0e01182f954dcf35f415");
}

TEST(Fingerprint, SeesAPixelALabelAndAShape) {
  const std::string found = fingerprint(samples());
  const Splits pixel = samples();
  pixel.test.tensor().view({-1})[-1].bitwise_xor_(1);
  EXPECT_NE(fingerprint(pixel), found);
  const at::Tensor images = samples().train.tensor(), labels = samples().train.labels();
  const auto changed = [&](const at::Tensor& new_images, const at::Tensor& new_labels) {
    return Splits{.train = in_memory("cifar10", new_images, new_labels, cifar10_classes()), .test = samples().test};
  };
  EXPECT_EQ(fingerprint(changed(images, labels)), found);
  const at::Tensor other = labels.clone();
  other[0] = (other[0] + 1) % 10;
  EXPECT_NE(fingerprint(changed(images, other)), found);
  EXPECT_NE(fingerprint(changed(images.view({-1, 64, 16, 3}), labels)), found);
}

TEST(Fingerprint, SeesTheValidationSplit) {
  Splits splits = samples();
  const std::string without = fingerprint(splits);
  splits.validation = first(splits.train, 3);
  const std::string with = fingerprint(splits);
  EXPECT_NE(with, without);
  splits.validation = first(splits.train, 4);
  EXPECT_NE(fingerprint(splits), with);
}

}  // namespace
}  // namespace reslab::data
