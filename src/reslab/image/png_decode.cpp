#include "reslab/image/canvas.h"
#include "reslab/image/decoders.h"
#include "reslab/image/refusal.h"
#ifdef RESLAB_HAS_PNG
#include <spng.h>
#endif

namespace reslab::image {

#ifdef RESLAB_HAS_PNG

namespace {

struct PictureContextDeleter {
  void operator()(spng_ctx* context) const { spng_ctx_free(context); }
};
using PictureContext = std::unique_ptr<spng_ctx, PictureContextDeleter>;

constexpr std::size_t png_chunk_limit = std::size_t{1} << 20;  // bytes; of texts, profiles and the like

// How libspng is asked for the pixels, and what it then gives.
struct PngPlan {
  spng_format format = SPNG_FMT_RGB8;
  CanvasLayout layout;
  int picked = 0;  // samples a pixel that libspng gives where the canvas takes fewer: grey with alpha comes as RGBA
};

SampleScale scale_of(int significant, const SampleRange& otherwise) {
  if (significant == 0) return {.low = otherwise.low, .high = otherwise.high};
  return {.shift = 16 - significant, .low = 0, .high = (1U << significant) - 1};
}

// What sBIT says of 16-bit samples, in the order of the samples; zeros where it isn't there or senseless.
std::array<int, 4> significant_bits(spng_ctx* context, const spng_ihdr& header) {
  spng_sbit bits{};
  if (header.bit_depth != 16 || spng_get_sbit(context, &bits) != SPNG_OK) return {};
  const bool grey = (header.color_type & 2U) == 0;
  std::array<int, 4> found = grey ? std::array<int, 4>{bits.grayscale_bits, bits.alpha_bits, 0, 0}
                                  : std::array<int, 4>{bits.red_bits, bits.green_bits, bits.blue_bits, bits.alpha_bits};
  for (int& value : found)
    if (value > 16) value = 0;
  return found;
}

PngPlan plan_png(spng_ctx* context, const spng_ihdr& header, const SampleRange& range) {
  spng_trns transparent{};
  const bool palette = header.color_type == SPNG_COLOR_TYPE_INDEXED;
  const bool grey = !palette && (header.color_type & 2U) == 0;
  const bool alpha = (header.color_type & 4U) != 0 || spng_get_trns(context, &transparent) == SPNG_OK;
  PngPlan plan{.layout = {.height = static_cast<int>(header.height),
                          .width = static_cast<int>(header.width),
                          .colours = grey ? 1 : 3,
                          .alpha = alpha,
                          .bits = header.bit_depth == 16 ? 16 : 8}};
  if (header.bit_depth == 16) {
    // Without transparency libspng gives 16-bit samples as they are stored; with it, always RGBA.
    plan.format = alpha ? SPNG_FMT_RGBA16 : SPNG_FMT_PNG;
    const std::array<int, 4> significant = significant_bits(context, header);
    const auto colours = static_cast<std::size_t>(plan.layout.colours);
    for (std::size_t i = 0; i < colours; ++i) plan.layout.scales.at(i) = scale_of(significant.at(i), range);
    plan.layout.scales.at(colours) = scale_of(significant.at(colours), {});
  } else {
    plan.format = alpha ? SPNG_FMT_RGBA8 : grey ? SPNG_FMT_G8 : SPNG_FMT_RGB8;
  }
  plan.picked = alpha ? 4 : plan.layout.colours;
  return plan;
}

// Grey and alpha out of RGBA.
template <typename Sample>
void pick_grey_alpha(Sample* samples, int pixels) {
  for (int i = 0; i < pixels; ++i) {
    samples[2 * i] = samples[4 * i];
    samples[2 * i + 1] = samples[4 * i + 3];
  }
}

void put_png_row(Canvas& canvas, const PngPlan& plan, int row, std::byte* samples) {
  const bool pick = plan.picked != plan.layout.samples();
  if (plan.layout.bits == 16) {
    auto* wide = reinterpret_cast<std::uint16_t*>(samples);
    if (pick) pick_grey_alpha(wide, plan.layout.width);
    canvas.put(row, wide);
  } else {
    auto* narrow = reinterpret_cast<std::uint8_t*>(samples);
    if (pick) pick_grey_alpha(narrow, plan.layout.width);
    canvas.put(row, narrow);
  }
}

// An interlaced picture comes in seven passes, so that all of its rows are kept; otherwise one row is.
struct PngRows {
  std::vector<std::byte> bytes;
  std::size_t row = 0;  // bytes
  bool interlaced = false;

  std::byte* at(std::uint32_t number) { return bytes.data() + (interlaced ? row * number : 0); }
};

// Decodes what there is. Gives libspng's code, and in `last` how many rows were put onto the canvas.
int decode_png_rows(spng_ctx* context, const PngPlan& plan, PngRows& rows, Canvas& canvas, bool& any) {
  int code = SPNG_OK;
  while (code == SPNG_OK) {
    spng_row_info row{};
    code = spng_get_row_info(context, &row);
    if (code != SPNG_OK) break;
    code = spng_decode_row(context, rows.at(row.row_num), rows.row);
    if (code != SPNG_OK && code != SPNG_EOI) break;
    any = true;
    if (!rows.interlaced) put_png_row(canvas, plan, static_cast<int>(row.row_num), rows.at(0));
  }
  if (rows.interlaced && any)
    for (int row = 0; row < plan.layout.height; ++row)
      put_png_row(canvas, plan, row, rows.at(static_cast<std::uint32_t>(row)));
  return code == SPNG_EOI ? static_cast<int>(SPNG_OK) : code;
}

std::string png_reason(int code) {
  if (code == SPNG_IO_EOF) return "the file ends before the picture does";
  return spng_strerror(code);
}

// How far libspng had read isn't told by it, but a file that ends too early ends at its end.
std::optional<std::uint64_t> png_place(int code, const DecoderInput& input) {
  if (code == SPNG_IO_EOF) return input.bytes.size();
  return std::nullopt;
}

void check_png(int code, const DecoderInput& input) {
  if (code != SPNG_OK) throw_unusable(Format::png, input.source, png_reason(code), png_place(code, input));
}

}  // namespace

DecodedImage decode_png_picture(const DecoderInput& input) {
  const PictureContext context(spng_ctx_new(0));
  RESLAB_ASSERT(context != nullptr, "libspng gives no context");
  check_png(spng_set_chunk_limits(context.get(), png_chunk_limit, 4 * png_chunk_limit), input);
  check_png(spng_set_png_buffer(context.get(), input.bytes.data(), input.bytes.size()), input);
  spng_ihdr header{};
  check_png(spng_get_ihdr(context.get(), &header), input);
  RESLAB_ASSERT(header.width == input.facts.width && header.height == input.facts.height, "two readings of a header");
  const PngPlan plan = plan_png(context.get(), header, input.options.range16);
  PngRows rows{.interlaced = header.interlace_method != 0};
  rows.row = static_cast<std::size_t>(plan.picked) * header.width * (plan.layout.bits == 16 ? 2 : 1);
  Canvas canvas(plan.layout, input.options);
  if (rows.interlaced) reserve_memory(input.options, std::uint64_t{rows.row} * header.height);
  rows.bytes.resize(rows.row * (rows.interlaced ? header.height : 1));
  const int flags = SPNG_DECODE_PROGRESSIVE | (plan.layout.alpha ? SPNG_DECODE_TRNS : 0);
  check_png(spng_decode_image(context.get(), nullptr, 0, plan.format, flags), input);
  bool any = false;
  int code = decode_png_rows(context.get(), plan, rows, canvas, any);
  if (!any) check_png(code, input);
  // The pixels may be complete where the file isn't: its end must be there too.
  if (code == SPNG_OK) code = spng_decode_chunks(context.get());
  DecodedImage decoded{.image = canvas.take()};
  if (code != SPNG_OK) decoded.damage = Damage{.reason = png_reason(code), .byte = png_place(code, input)};
  if (significant_bits(context.get(), header) == std::array<int, 4>{}) decoded.stored_range = canvas.stored_range();
  return decoded;
}

#else

DecodedImage decode_png_picture(const DecoderInput& input) { throw_unsupported_format(Format::png, input.source); }

#endif

}  // namespace reslab::image
