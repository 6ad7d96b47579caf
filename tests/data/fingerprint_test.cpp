#include "reslab/data/fingerprint.h"

#include <gtest/gtest.h>

#include "reslab/data/cifar10.h"

namespace reslab::data {
namespace {

Parts samples() { return read_cifar10(RESLAB_SOURCE_DIR "/tests/data_samples/cifar10"); }

TEST(Fingerprint, IsTheContentsAlone) {
  Parts parts = samples();
  const std::string found = fingerprint(parts);
  EXPECT_EQ(found.size(), 64U);
  parts.train.name = "another name";
  EXPECT_EQ(fingerprint(parts), found);
  EXPECT_EQ(fingerprint(samples()), found);
}

TEST(Fingerprint, SeesAPixelALabelAndAShape) {
  const std::string found = fingerprint(samples());
  Parts pixel = samples();
  pixel.test.images.view({-1})[-1].bitwise_xor_(1);
  EXPECT_NE(fingerprint(pixel), found);
  Parts label = samples();
  label.train.labels[0] = (label.train.labels[0] + 1) % 10;
  EXPECT_NE(fingerprint(label), found);
  Parts shape = samples();
  shape.train.images = shape.train.images.view({-1, 64, 16, 3});
  EXPECT_NE(fingerprint(shape), found);
}

}  // namespace
}  // namespace reslab::data
