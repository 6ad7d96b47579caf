// A TensorBoard event file: records that are protocol buffers of TensorFlow's message Event.
//
// Layout of a record (numbers little-endian):
//   8 bytes   length of the data, uint64
//   4 bytes   masked CRC-32C of those eight
//   …         the data
//   4 bytes   masked CRC-32C of the data
// The first record holds the version, "brain.Event:2".
//
//   track::EventFile events("runs/x/events.out.tfevents.1", clock);
//   events.session_started(490);              // resumed: readers drop what an older file has from this step on
//   events.add_scalars(490, {{"loss/batch", 0.71}});
//
// Source: TensorFlow's core/lib/io/record_writer.cc, core/util/event.proto and core/framework/summary.proto.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "reslab/augment/policy.h"
#include "reslab/core/file.h"

namespace reslab::track {

struct Scalar {
  std::string tag;
  double value = 0;
};

class EventFile {
 public:
  /// Makes the file, or adds to it. `clock` gives seconds since 1970.
  explicit EventFile(const std::filesystem::path& path, std::function<double()> clock);

  /// A process begins at `step`, steps finished before.
  void session_started(std::int64_t step);

  void add_scalars(std::int64_t step, std::span<const Scalar> scalars);

  /// `picture` has 3 channels.
  void add_picture(std::int64_t step, const std::string& tag, const augment::Image& picture);

  /// Of all elements of `values`, any floating type and device, at least one. In 30 equal buckets between the least and
  /// the greatest; elements that aren't finite are left out.
  void add_histogram(std::int64_t step, const std::string& tag, const at::Tensor& values);

 private:
  void add_event(std::int64_t step, const std::function<void(std::string& event)>& fill);

  core::AppendFile file_;
  std::function<double()> clock_;
};

/// The frame around the data of one record.
std::string framed_record(std::string_view data);

}  // namespace reslab::track
