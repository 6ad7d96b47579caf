#include "reslab/data/cifar10.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>

#include "reslab/core/command.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/data/record_checksums.h"
#include "reslab/data/tensor_source.h"

namespace reslab::data {
namespace {

using core::UserError;

constexpr std::int64_t side = 32, channels = 3, plane = side * side, class_count = 10;
constexpr std::size_t largest_file = cifar10_records_per_file * cifar10_record_bytes;

std::string remedy() {
  return "put a whole copy of the file there; in the folder that reslab fetched itself: " +
         core::command({"data", "fetch", "cifar10"});
}

void check_size(std::size_t bytes, std::string_view source) {
  if (bytes != 0 && bytes % cifar10_record_bytes == 0) return;
  const std::size_t whole = bytes / cifar10_record_bytes, rest = bytes % cifar10_record_bytes;
  throw UserError(
      {.attempted = core::concatenate("read CIFAR-10 records from ", source),
       .found = bytes == 0 ? "no bytes at all"
                           : core::concatenate(bytes, " bytes, which is ", whole, " records and ", rest, " bytes more"),
       .allowed = core::concatenate("whole records of ", cifar10_record_bytes, " bytes, at least one"),
       .remedy = remedy()});
}

void check_label(std::uint8_t label, std::size_t record, std::string_view source) {
  if (label < class_count) return;
  throw UserError({.attempted = core::concatenate("read CIFAR-10 records from ", source),
                   .found = core::concatenate("label ", int{label}, " in record ", record, " (byte ",
                                              record * cifar10_record_bytes, ")"),
                   .allowed = core::concatenate("labels 0 … ", class_count - 1),
                   .remedy = remedy()});
}

// Three planes to rows of pixels.
void interleave(const std::uint8_t* planes, std::uint8_t* pixels) {
  for (std::int64_t i = 0; i < plane; ++i)
    for (std::int64_t c = 0; c < channels; ++c) pixels[i * channels + c] = planes[c * plane + i];
}

}  // namespace

std::vector<std::string> cifar10_classes() {
  return {"plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};
}

DatasetInfo cifar10_info() {
  return {.name = "cifar10",
          .classes = cifar10_classes(),
          .channels = channels,
          .size = augment::Size{static_cast<int>(side), static_cast<int>(side)}};
}

Cifar10Records parse_cifar10(std::span<const std::byte> bytes, std::string_view source) {
  check_size(bytes.size(), source);
  const auto records = static_cast<std::int64_t>(bytes.size() / cifar10_record_bytes);
  const auto* input = reinterpret_cast<const std::uint8_t*>(bytes.data());
  Cifar10Records parsed{.images = at::empty({records, side, side, channels}, at::kByte),
                        .labels = at::empty({records}, at::kLong)};
  auto* images = parsed.images.mutable_data_ptr<std::uint8_t>();
  auto* labels = parsed.labels.mutable_data_ptr<std::int64_t>();
  constexpr auto stride = static_cast<std::int64_t>(cifar10_record_bytes);
  for (std::int64_t i = 0; i < records; ++i) {
    check_label(input[i * stride], static_cast<std::size_t>(i), source);
    labels[i] = input[i * stride];
  }
  at::parallel_for(0, records, 256, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) interleave(input + i * stride + 1, images + i * plane * channels);
  });
  return parsed;
}

Splits read_cifar10(const std::filesystem::path& folder) {
  std::vector<at::Tensor> images, labels;
  std::int64_t samples = 0, trained_on = 0;
  const RecordChecksums checksums = read_record_checksums(folder);
  for (const CifarFile& file : cifar10_files) {
    const std::filesystem::path path = folder / file.name;
    const std::vector<std::byte> bytes = core::read_bytes(path, largest_file);
    if (!checksums.empty()) {
      const auto known = checksums.find(std::string(file.name));
      check_records(bytes, cifar10_record_bytes,
                    known == checksums.end() ? std::vector<RecordChecksum>{} : known->second, path.string());
    }
    const Cifar10Records records = parse_cifar10(bytes, path.string());
    images.push_back(records.images);
    labels.push_back(records.labels);
    samples += records.labels.size(0);
    if (!file.test) trained_on = samples;
  }
  const auto source = std::make_shared<TensorSource>(cifar10_info(), at::cat(images), at::cat(labels));
  return {.train = range_of("cifar10 train", source, 0, trained_on),
          .test = range_of("cifar10 test", source, trained_on, samples)};
}

void write_cifar10_checksums(const std::filesystem::path& folder) {
  RecordChecksums checksums;
  for (const CifarFile& file : cifar10_files) {
    const std::filesystem::path path = folder / file.name;
    const std::vector<std::byte> bytes = core::read_bytes(path, largest_file);
    parse_cifar10(bytes, path.string());
    checksums[std::string(file.name)] = record_checksums(bytes, cifar10_record_bytes);
  }
  write_record_checksums(folder, checksums);
}

}  // namespace reslab::data
