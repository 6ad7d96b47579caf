// CIFAR-10's binary records: 3,073 bytes each, the label (0 … 9) and then 1,024 red, green and blue bytes, row by row.
//
// Source: A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009, and the data set's own page.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

#include "reslab/data/split.h"

namespace reslab::data {

struct CifarFile {
  std::string_view name;  ///< "data_batch_1.bin"
  std::string_view md5;   ///< of the official file
  bool test;              ///< of the test set
};

/// The six files, in the order in which their samples are numbered.
inline constexpr std::array<CifarFile, 6> cifar10_files{{
    {"data_batch_1.bin", "5dd7e06a14cb22eb9f671a540d1b7c25", false},
    {"data_batch_2.bin", "5ea93a67294ea407fff1d09f752e9692", false},
    {"data_batch_3.bin", "942cd6a4bcdd0dd3c604fbe906cb4421", false},
    {"data_batch_4.bin", "ae636b3ba5c66a11e91e8cb52e771fcb", false},
    {"data_batch_5.bin", "53f37980c15c3d472c316c40844f3f0d", false},
    {"test_batch.bin", "803d5f7f4d78ea53de84dbe85f74fb6d", true},
}};

inline constexpr std::size_t cifar10_record_bytes = 1 + 3 * 32 * 32;
inline constexpr std::size_t cifar10_records_per_file = 10'000;

/// Names by label: plane, car, bird, cat, deer, dog, frog, horse, ship, truck.
std::vector<std::string> cifar10_classes();

/// Of the data set "cifar10".
DatasetInfo cifar10_info();

struct Cifar10Records {
  at::Tensor images;  ///< [records, 32, 32, 3], uint8
  at::Tensor labels;  ///< [records], int64 in [0, 9]
};

/// Reads records from a buffer. Throws UserError, naming `source` and the place of the fault, when the buffer is empty,
/// is no whole number of records, or a label is above 9.
Cifar10Records parse_cifar10(std::span<const std::byte> bytes, std::string_view source);

/// Reads both splits from a folder that holds `cifar10_files`, one source of which the test set has the last ids. Each
/// may hold fewer records than the official file, but none may be missing or empty. Where checksums lie beside them
/// (data/record_checksums.h), the files must be as those say. Throws UserError.
Splits read_cifar10(const std::filesystem::path& folder);

/// Writes the checksums of the files as they are now beside them. Throws UserError when one can't be read, or holds no
/// records.
void write_cifar10_checksums(const std::filesystem::path& folder);

}  // namespace reslab::data
