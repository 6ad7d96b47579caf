// Opens a folder of pictures twice, says what was found and how long it took, and compares batches made from the packed
// cache with batches made from the same images in memory.
//
//   bench_pictures_open --folder DIR --cache DIR [--side 128] [--threads 2] [--batches 10] [--rounds 3]
//
// Batches are of 128 pictures, through random_resized_crop and horizontal_flip, in one thread. Rounds are A B B A.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <iostream>

#include "reslab/augment/horizontal_flip.h"
#include "reslab/augment/random_resized_crop.h"
#include "reslab/core/printable.h"
#include "reslab/core/stopwatch.h"
#include "reslab/data/batch_maker.h"
#include "reslab/pictures/open.h"

namespace {

using namespace reslab;

// All images of a source in the form that training takes, held as they are.
class HeldSource final : public data::ImageSource {
 public:
  HeldSource(const data::ImageSource& from, const data::Split& split, int least_side) : info_(from.info()) {
    images_.resize(static_cast<std::size_t>(from.samples()));
    const auto reader = from.reader();
    for (std::int64_t place = 0; place < split.size(); ++place)
      reader->read(split.id(place), {.least_side = least_side}, images_[static_cast<std::size_t>(split.id(place))]);
  }

  const data::DatasetInfo& info() const override { return info_; }
  std::int64_t samples() const override { return std::ssize(images_); }
  std::int64_t label(std::int64_t /*id*/) const override { return 0; }
  augment::Size size(std::int64_t id) const override {
    const augment::Image& image = images_[static_cast<std::size_t>(id)];
    return {image.height, image.width};
  }
  std::string fingerprint() const override { return std::string(64, '0'); }
  std::unique_ptr<data::ImageReader> reader() const override { return std::make_unique<Reader>(*this); }

 private:
  struct Reader final : data::ImageReader {
    explicit Reader(const HeldSource& source) : from(source) {}
    void read(std::int64_t id, const data::ReadOptions& /*options*/, augment::Image& image) override {
      image = from.images_[static_cast<std::size_t>(id)];
    }
    const HeldSource& from;
  };
  data::DatasetInfo info_;
  std::vector<augment::Image> images_;
};

// Milliseconds a batch.
double time_of(const data::BatchMaker& maker, std::int64_t batches) {
  const auto order = maker.order(0);
  const core::Stopwatch stopwatch;
  for (std::int64_t index = 0; index < batches; ++index) maker.make(order, 0, index);
  return 1e3 * stopwatch.seconds() / static_cast<double>(batches);
}

data::BatchMaker maker_of(const data::Split& split, int side, int least_side, std::int64_t channels) {
  auto pipeline = std::make_shared<augment::Pipeline>();
  pipeline->add(
      std::make_unique<augment::RandomResizedCrop>(augment::RandomResizedCropOptions{.height = side, .width = side}));
  pipeline->add(std::make_unique<augment::HorizontalFlip>());
  const std::vector<double> values(static_cast<std::size_t>(channels), 0.5);
  return {{.samples = split,
           .pipeline = pipeline,
           .transform = {.normalizer = augment::Normalizer(values, values)},
           .least_side = least_side},
          {.batch_size = 128, .drop_last = true, .type = data::BatchType::bf16, .seed = 1}};
}

void compare(const pictures::OpenedPictures& opened, int side, int least_side, std::int64_t batches, int rounds) {
  data::Split held = opened.splits.train;
  held.source = std::make_shared<HeldSource>(*opened.source, held, least_side);
  const std::int64_t channels = opened.info().channels;
  const data::BatchMaker packed = maker_of(opened.splits.train, side, least_side, channels);
  const data::BatchMaker memory = maker_of(held, side, least_side, channels);
  batches = std::min(batches, packed.batches());
  if (batches < 1) return;
  time_of(packed, batches);
  time_of(memory, batches);
  double a = 0, b = 0;
  for (int round = 0; round < rounds; ++round) {
    a += time_of(packed, batches);
    b += time_of(memory, batches);
    b += time_of(memory, batches);
    a += time_of(packed, batches);
  }
  std::cout << "a batch of 128, one thread: from the pack " << a / (2 * rounds) << " ms, from memory "
            << b / (2 * rounds) << " ms, ratio " << a / b << "\n";
}

void tell(const pictures::OpenedPictures& opened) {
  const auto counts = opened.set.counts();
  std::int64_t all = 0;
  for (const auto& row : counts) all += row[0] + row[1] + row[2];
  std::cout << core::printable(opened.set.layout_text) << "\n" << core::printable(opened.set.split_text) << "\n";
  std::cout << all << " pictures, " << opened.info().classes.size() << " classes, " << opened.info().channels
            << " channels; train " << opened.splits.train.size() << ", validation "
            << (opened.splits.validation ? opened.splits.validation->size() : 0) << ", test "
            << opened.splits.test.size() << "\n";
  for (const pictures::Finding& finding : opened.set.findings) {
    std::cout << "  " << name_of(finding.severity) << " " << finding.kind << ": " << core::printable(finding.text)
              << "\n";
    for (std::size_t i = 0; i < std::min<std::size_t>(3, finding.examples.size()); ++i)
      std::cout << "      " << core::printable(finding.examples[i]) << "\n";
  }
}

}  // namespace

int main(int argc, char** argv) try {
  std::string folder, cache;
  int side = 128, threads = 2, rounds = 3;
  std::int64_t batches = 10;
  bool damaged = false;
  CLI::App app{"Opening a folder of pictures, and batches from its packed cache beside batches from memory"};
  app.add_option("--folder", folder, "with class folders")->required();
  app.add_option("--cache", cache, "folder of the cache")->required();
  app.add_option("--side", side, "pixels of the network's square")->check(CLI::Range(1, 4096));
  app.add_option("--threads", threads, "that read and decode")->check(CLI::Range(1, 1024));
  app.add_option("--batches", batches, "in each measurement")->check(CLI::Range(1, 1'000'000));
  app.add_option("--rounds", rounds, "of A B B A")->check(CLI::Range(1, 1000));
  app.add_flag("--damaged", damaged, "use damaged pictures");
  CLI11_PARSE(app, argc, argv);
  const int least_side = side * 256 / 224;
  const pictures::OpenOptions options{
      .pictures = {.data = folder},
      .cache = cache,
      .cache_limit = std::uint64_t{20'000'000'000},
      .threads = threads,
      .use_damaged = damaged,
      .fit = {.kind = data::FitKind::crop, .output = {side, side}, .resize = least_side},
      .least_side = least_side,
      .say = [](const std::string& text) { std::cout << core::printable(text) << "\n"; }};
  for (const char* const start : {"first", "second", "third"}) {
    const core::Stopwatch stopwatch;
    const pictures::OpenedPictures opened = pictures::open_pictures(options);
    std::cout << start << " opening: " << stopwatch.seconds() << " s, " << opened.decoded << " pictures decoded\n";
    if (start[0] != 't') continue;
    tell(opened);
    compare(opened, side, least_side, batches, rounds);
  }
  return 0;
} catch (const std::exception& error) {
  std::cerr << "bench_pictures_open: " << error.what() << "\n";
  return 2;
}
