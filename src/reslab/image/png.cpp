#include "reslab/image/png.h"

#ifdef RESLAB_HAS_PNG
#include <spng.h>
#endif

#include <cstdlib>

#include "reslab/core/error.h"

namespace reslab::image {

#ifdef RESLAB_HAS_PNG

namespace {

using core::UserError;

constexpr std::size_t chunk_limit = std::size_t{1} << 20;  // bytes; of texts, profiles and the like

struct ContextDeleter {
  void operator()(spng_ctx* context) const { spng_ctx_free(context); }
};
using Context = std::unique_ptr<spng_ctx, ContextDeleter>;

// Throws when libspng reports an error.
void check(int code, std::string_view source) {
  if (code == SPNG_OK) return;
  throw UserError({.attempted = core::concatenate("read the picture ", source),
                   .found = spng_strerror(code),
                   .allowed = "a whole PNG file",
                   .remedy = "get the file again, or leave it out"});
}

void check_limits(const spng_ihdr& header, std::string_view source, const PngLimits& limits) {
  const auto pixels = std::uint64_t{header.width} * header.height;
  if (header.width <= limits.width && header.height <= limits.height && pixels <= limits.pixels) return;
  throw UserError({.attempted = core::concatenate("read the picture ", source),
                   .found = core::concatenate(header.width, " × ", header.height, " pixels"),
                   .allowed = core::concatenate("at most ", limits.width, " × ", limits.height, ", and ", limits.pixels,
                                                " pixels in all"),
                   .remedy = "make the picture smaller, or leave it out"});
}

}  // namespace

bool has_png() { return true; }

augment::Image decode_png(std::span<const std::byte> bytes, std::string_view source, const PngLimits& limits) {
  const Context context(spng_ctx_new(0));
  RESLAB_ASSERT(context != nullptr, "libspng gives no context");
  check(spng_set_chunk_limits(context.get(), chunk_limit, 4 * chunk_limit), source);
  check(spng_set_png_buffer(context.get(), bytes.data(), bytes.size()), source);
  spng_ihdr header{};
  check(spng_get_ihdr(context.get(), &header), source);
  check_limits(header, source, limits);
  augment::Image image{
      .height = static_cast<int>(header.height), .width = static_cast<int>(header.width), .channels = 3, .pixels = {}};
  image.pixels.resize(image.offset(image.height, 0));
  check(spng_decode_image(context.get(), image.pixels.data(), image.pixels.size(), SPNG_FMT_RGB8, 0), source);
  // The pixels may be complete where the file isn't: its end must be there too.
  check(spng_decode_chunks(context.get()), source);
  return image;
}

std::vector<std::byte> encode_png(const augment::Image& image) {
  RESLAB_ASSERT(image.channels == 3 && image.height > 0 && image.width > 0, image.height, " × ", image.width, " × ",
                image.channels);
  RESLAB_ASSERT(image.pixels.size() == image.offset(image.height, 0), image.pixels.size(), " bytes");
  const Context context(spng_ctx_new(SPNG_CTX_ENCODER));
  RESLAB_ASSERT(context != nullptr, "libspng gives no context");
  spng_ihdr header{.width = static_cast<std::uint32_t>(image.width),
                   .height = static_cast<std::uint32_t>(image.height),
                   .bit_depth = 8,
                   .color_type = SPNG_COLOR_TYPE_TRUECOLOR,
                   .compression_method = 0,
                   .filter_method = 0,
                   .interlace_method = 0};
  int code = spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1);
  if (code == SPNG_OK) code = spng_set_ihdr(context.get(), &header);
  if (code == SPNG_OK)
    code =
        spng_encode_image(context.get(), image.pixels.data(), image.pixels.size(), SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE);
  std::size_t size = 0;
  const std::unique_ptr<void, decltype(&std::free)> buffer(
      code == SPNG_OK ? spng_get_png_buffer(context.get(), &size, &code) : nullptr, &std::free);
  RESLAB_ASSERT(code == SPNG_OK && buffer != nullptr, spng_strerror(code));
  const auto* begin = static_cast<const std::byte*>(buffer.get());
  return {begin, begin + size};
}

#else

namespace {

[[noreturn]] void no_png(std::string_view operation) {
  throw core::UserError({.attempted = std::string(operation),
                         .found = "this build of reslab knows no PNG, because libspng was missing",
                         .remedy = "install libspng (Debian and Ubuntu: apt install libspng-dev) and build again"});
}

}  // namespace

bool has_png() { return false; }

augment::Image decode_png(std::span<const std::byte>, std::string_view source, const PngLimits&) {
  no_png(core::concatenate("read the picture ", source));
}

std::vector<std::byte> encode_png(const augment::Image&) { no_png("write a picture"); }

#endif

}  // namespace reslab::image
