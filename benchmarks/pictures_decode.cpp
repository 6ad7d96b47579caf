// How fast JPEG pictures are decoded and resized, beside a bare loop of libjpeg-turbo and libtorch's antialiased
// resize.
//
//   bench_pictures_decode --folder DIR [--side 224] [--pictures 500] [--threads 1,2] [--rounds 3]
//
// Files are read into memory first. Both ways make side × side pixels of each whole picture. They run in the order A B
// B A in each round; what is printed are pictures a second (the best round), and the ratio of the total times.
#include <ATen/Parallel.h>
#include <ATen/ops/_upsample_bilinear2d_aa.h>
#include <ATen/ops/from_blob.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <csetjmp>
#include <cstdio>
#include <iostream>
#include <thread>

#include "reslab/augment/resize.h"
#include "reslab/core/file.h"
#include "reslab/core/stopwatch.h"
#include "reslab/image/decode.h"

// Needs <cstdio> above it.
#include <jpeglib.h>

namespace {

using namespace reslab;

using Files = std::vector<std::vector<std::byte>>;

Files read_jpegs(const std::filesystem::path& folder, std::size_t most) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) paths.push_back(entry.path());
  std::ranges::sort(paths);
  Files files;
  const std::size_t step = std::max<std::size_t>(1, paths.size() / most);
  for (std::size_t i = 0; i < paths.size() && files.size() < most; i += step) {
    std::vector<std::byte> bytes = core::read_bytes(paths[i], std::size_t{1} << 28);
    // libjpeg makes no RGB of CMYK: the bare loop can't take such pictures.
    if (image::recognise(bytes) == image::Format::jpeg &&
        image::probe(bytes, paths[i].string()).colour == image::Colour::rgb)
      files.push_back(std::move(bytes));
  }
  return files;
}

// Keeps the compiler from leaving the work out.
std::atomic<std::uint64_t> checksum{0};

// With a share of the memory that all threads have, as training decodes.
void ours(const std::vector<std::byte>& bytes, int side, core::MemoryBudget& memory) {
  core::MemoryShare share = memory.take(bytes.size());
  const image::DecodedImage picture = image::decode(bytes, "picture", {.channels = 3, .memory = &share});
  augment::Image small;
  augment::resize(picture.image, augment::whole_of(picture.image), {.height = side, .width = side}, small);
  checksum += small.pixels[small.pixels.size() / 2];
}

// What a thread of the bare loop keeps.
struct Bare {
  std::vector<std::uint8_t> pixels;
};

void bare(const std::vector<std::byte>& bytes, int side, Bare& scratch) {
  jpeg_decompress_struct info;
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_read_header(&info, TRUE);
  info.out_color_space = JCS_RGB;
  jpeg_start_decompress(&info);
  const std::size_t stride = std::size_t{3} * info.output_width;
  scratch.pixels.resize(stride * info.output_height);
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = scratch.pixels.data() + info.output_scanline * stride;
    jpeg_read_scanlines(&info, &row, 1);
  }
  const std::int64_t height = info.output_height, width = info.output_width;
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  const at::Tensor whole = at::from_blob(scratch.pixels.data(), {1, height, width, 3}, at::kByte).permute({0, 3, 1, 2});
  const at::Tensor small = at::_upsample_bilinear2d_aa(whole, {side, side}, false);
  checksum += small.const_data_ptr<std::uint8_t>()[small.numel() / 2];
}

template <typename Work>
double seconds(const Files& files, int threads, const Work& work) {
  const core::Stopwatch stopwatch;
  std::atomic<std::size_t> next{0};
  const auto loop = [&] {
    c10::InferenceMode guard;
    at::set_num_threads(1);
    Bare scratch;
    for (std::size_t i = next++; i < files.size(); i = next++) work(files[i], scratch);
  };
  std::vector<std::thread> team;
  team.reserve(static_cast<std::size_t>(threads));
  for (int i = 0; i < threads; ++i) team.emplace_back(loop);
  for (std::thread& thread : team) thread.join();
  return stopwatch.seconds();
}

void compare(const Files& files, int threads, int side, int rounds) {
  core::MemoryBudget memory(std::uint64_t{2} << 30);
  const auto a = [&](const auto& bytes, Bare&) { ours(bytes, side, memory); };
  const auto b = [side](const auto& bytes, Bare& scratch) { bare(bytes, side, scratch); };
  double best_a = 1e9, best_b = 1e9, total_a = 0, total_b = 0;
  for (int round = 0; round < rounds; ++round) {
    const double first_a = seconds(files, threads, a), first_b = seconds(files, threads, b);
    const double second_b = seconds(files, threads, b), second_a = seconds(files, threads, a);
    best_a = std::min({best_a, first_a, second_a});
    best_b = std::min({best_b, first_b, second_b});
    total_a += first_a + second_a;
    total_b += first_b + second_b;
  }
  const auto count = static_cast<double>(files.size());
  std::cout << threads << " threads: reslab " << count / best_a << " pictures/s, bare loop " << count / best_b
            << " pictures/s; throughput " << total_b / total_a
            << " of the bare loop's (best rounds: " << best_b / best_a << ")\n";
}

}  // namespace

int main(int argc, char** argv) {
  std::string folder;
  int side = 224, rounds = 3;
  std::size_t pictures = 500;
  std::vector<int> threads{1, 2};
  CLI::App app{"Decoding and resizing of JPEG pictures, beside a bare loop of libjpeg-turbo and libtorch's resize"};
  app.add_option("--folder", folder, "JPEG pictures, in it and below")->required();
  app.add_option("--side", side, "pixels of the square that each picture becomes")->check(CLI::Range(1, 4096));
  app.add_option("--pictures", pictures, "at most")->check(CLI::Range(1, 1'000'000));
  app.add_option("--threads", threads, "numbers of threads")->delimiter(',')->check(CLI::Range(1, 1024));
  app.add_option("--rounds", rounds, "of A B B A")->check(CLI::Range(1, 1000));
  CLI11_PARSE(app, argc, argv);
  const Files files = read_jpegs(folder, pictures);
  if (files.empty()) {
    std::cerr << "bench_pictures_decode: no JPEG picture in " << folder << "\n";
    return 2;
  }
  std::cout << files.size() << " pictures to " << side << " × " << side << "\n";
  for (const int count : threads) compare(files, count, side, rounds);
  return checksum == 0 ? 1 : 0;
}
