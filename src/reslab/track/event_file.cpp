#include "reslab/track/event_file.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/histc.h>

#include <protozero/pbf_builder.hpp>

#include "reslab/core/crc32c.h"
#include "reslab/core/error.h"
#include "reslab/image/png.h"

namespace reslab::track {
namespace {

// The messages' fields that are used, by their numbers.
enum class Event : protozero::pbf_tag_type {
  wall_time = 1,  // double
  step = 2,       // int64
  file_version = 3,
  summary = 5,
  session_log = 7,
};
enum class SummaryTag : protozero::pbf_tag_type { value = 1 };
enum class Value : protozero::pbf_tag_type { tag = 1, simple_value = 2, picture = 4, histogram = 5 };
enum class Picture : protozero::pbf_tag_type { height = 1, width = 2, colorspace = 3, encoded = 4 };
enum class Histogram : protozero::pbf_tag_type {
  min = 1,
  max = 2,
  num = 3,
  sum = 4,
  squares = 5,
  limits = 6,
  counts = 7
};
enum class SessionLog : protozero::pbf_tag_type { status = 1 };

constexpr std::int32_t session_start = 1, colorspace_rgb = 3;
constexpr std::int64_t buckets = 30;

template <typename Number>
std::string little_endian(Number number) {
  std::string bytes;
  for (std::size_t i = 0; i < sizeof(Number); ++i) bytes += static_cast<char>(number >> (8 * i) & 0xFF);
  return bytes;
}

// A CRC of data that holds CRCs would be weak, so the format turns and shifts them.
std::uint32_t masked_crc(std::string_view data) {
  const std::uint32_t crc = core::crc32c(std::as_bytes(std::span(data)));
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8U;
}

// An event's summary of one value, whose other fields `fill` writes.
void add_value(std::string& event, const std::string& tag,
               const std::function<void(protozero::pbf_builder<Value>&)>& fill) {
  protozero::pbf_builder<Event> message(event);
  protozero::pbf_builder<SummaryTag> summary(message, Event::summary);
  protozero::pbf_builder<Value> value(summary, SummaryTag::value);
  value.add_string(Value::tag, tag);
  fill(value);
}

struct Distribution {
  double least = 0, greatest = 0, sum = 0, squares = 0;
  std::vector<double> limits, counts;  // upper bounds of the buckets, and how many elements lie in each
};

Distribution distribution_of(const at::Tensor& values) {
  at::Tensor numbers = values.detach().to(at::kCPU, at::kFloat).flatten();
  numbers = numbers.masked_select(numbers.isfinite());
  Distribution result;
  if (numbers.numel() == 0) return result;
  result.least = numbers.min().item<double>();
  result.greatest = numbers.max().item<double>();
  result.sum = numbers.sum(at::kDouble).item<double>();
  result.squares = numbers.to(at::kDouble).square().sum().item<double>();
  const double width = (result.greatest - result.least) / buckets;
  const at::Tensor counts = width > 0 ? at::histc(numbers, buckets, result.least, result.greatest)
                                      : at::full({1}, numbers.numel(), at::kFloat);
  for (std::int64_t i = 0; i < counts.numel(); ++i) {
    result.limits.push_back(i + 1 == counts.numel() ? result.greatest
                                                    : result.least + width * static_cast<double>(i + 1));
    result.counts.push_back(counts[i].item<double>());
  }
  return result;
}

}  // namespace

std::string framed_record(std::string_view data) {
  const std::string length = little_endian(std::uint64_t{data.size()});
  return length + little_endian(masked_crc(length)) + std::string(data) + little_endian(masked_crc(data));
}

EventFile::EventFile(const std::filesystem::path& path, std::function<double()> clock)
    : file_(path), clock_(std::move(clock)) {
  add_event(0, [](std::string& event) {
    protozero::pbf_builder<Event>(event).add_string(Event::file_version, "brain.Event:2");
  });
}

void EventFile::add_event(std::int64_t step, const std::function<void(std::string&)>& fill) {
  std::string event;
  {
    protozero::pbf_builder<Event> message(event);
    message.add_double(Event::wall_time, clock_());
    message.add_int64(Event::step, step);
  }
  fill(event);
  // In one piece: a reader that looks now sees whole records.
  file_.append(framed_record(event));
}

void EventFile::session_started(std::int64_t step) {
  add_event(step, [](std::string& event) {
    protozero::pbf_builder<Event> message(event);
    protozero::pbf_builder<SessionLog>(message, Event::session_log).add_enum(SessionLog::status, session_start);
  });
}

void EventFile::add_scalars(std::int64_t step, std::span<const Scalar> scalars) {
  add_event(step, [&](std::string& event) {
    protozero::pbf_builder<Event> message(event);
    protozero::pbf_builder<SummaryTag> summary(message, Event::summary);
    for (const Scalar& scalar : scalars) {
      protozero::pbf_builder<Value> value(summary, SummaryTag::value);
      value.add_string(Value::tag, scalar.tag);
      value.add_float(Value::simple_value, static_cast<float>(scalar.value));
    }
  });
}

void EventFile::add_picture(std::int64_t step, const std::string& tag, const augment::Image& picture) {
  const std::vector<std::byte> encoded = image::encode_png(picture);
  add_event(step, [&](std::string& event) {
    add_value(event, tag, [&](protozero::pbf_builder<Value>& value) {
      protozero::pbf_builder<Picture> message(value, Value::picture);
      message.add_int32(Picture::height, picture.height);
      message.add_int32(Picture::width, picture.width);
      message.add_int32(Picture::colorspace, colorspace_rgb);
      message.add_bytes(Picture::encoded, reinterpret_cast<const char*>(encoded.data()), encoded.size());
    });
  });
}

void EventFile::add_histogram(std::int64_t step, const std::string& tag, const at::Tensor& values) {
  RESLAB_ASSERT(values.numel() > 0, "a histogram of nothing");
  const Distribution found = distribution_of(values);
  double count = 0;
  for (const double one : found.counts) count += one;
  add_event(step, [&](std::string& event) {
    add_value(event, tag, [&](protozero::pbf_builder<Value>& value) {
      protozero::pbf_builder<Histogram> message(value, Value::histogram);
      message.add_double(Histogram::min, found.least);
      message.add_double(Histogram::max, found.greatest);
      message.add_double(Histogram::num, count);
      message.add_double(Histogram::sum, found.sum);
      message.add_double(Histogram::squares, found.squares);
      message.add_packed_double(Histogram::limits, found.limits.begin(), found.limits.end());
      message.add_packed_double(Histogram::counts, found.counts.begin(), found.counts.end());
    });
  });
}

}  // namespace reslab::track
