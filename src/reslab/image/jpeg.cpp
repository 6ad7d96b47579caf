#include "reslab/image/jpeg.h"

#include "reslab/core/error.h"
#include "reslab/image/format.h"
#ifdef RESLAB_HAS_JPEG
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <memory>

// Needs <cstdio> above it.
#include <jpeglib.h>
#endif

namespace reslab::image {

#ifdef RESLAB_HAS_JPEG

namespace {

// Holds nothing to be destroyed, since libjpeg's errors jump over it.
struct JpegWriter {
  jpeg_compress_struct info;
  jpeg_error_mgr errors;
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
  unsigned char* bytes;
  unsigned long size;
};

bool write_jpeg(JpegWriter& writer, const augment::Image& image, int quality) {
  if (setjmp(writer.jump) != 0) return false;
  jpeg_create_compress(&writer.info);
  jpeg_mem_dest(&writer.info, &writer.bytes, &writer.size);
  writer.info.image_width = static_cast<JDIMENSION>(image.width);
  writer.info.image_height = static_cast<JDIMENSION>(image.height);
  writer.info.input_components = image.channels;
  writer.info.in_color_space = image.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&writer.info);
  jpeg_set_quality(&writer.info, quality, TRUE);
  writer.info.optimize_coding = TRUE;
  jpeg_start_compress(&writer.info, TRUE);
  while (writer.info.next_scanline < writer.info.image_height) {
    // libjpeg takes a pointer to what it only reads.
    JSAMPROW row =
        const_cast<JSAMPROW>(image.pixels.data() + image.offset(static_cast<int>(writer.info.next_scanline), 0));
    jpeg_write_scanlines(&writer.info, &row, 1);
  }
  jpeg_finish_compress(&writer.info);
  return true;
}

}  // namespace

bool has_jpeg() { return true; }

std::vector<std::byte> encode_jpeg(const augment::Image& image, int quality) {
  RESLAB_ASSERT(image.channels == 1 || image.channels == 3, image.channels, " channels");
  RESLAB_ASSERT(image.height > 0 && image.width > 0 && image.pixels.size() == image.offset(image.height, 0),
                image.height, " × ", image.width, ", ", image.pixels.size(), " bytes");
  const auto writer = std::make_unique<JpegWriter>();
  writer->info.err = jpeg_std_error(&writer->errors);
  writer->info.client_data = writer.get();
  writer->errors.error_exit = [](j_common_ptr info) {
    auto* failed = static_cast<JpegWriter*>(info->client_data);
    info->err->format_message(info, failed->message);
    std::longjmp(failed->jump, 1);
  };
  writer->errors.output_message = [](j_common_ptr) {};
  const bool written = write_jpeg(*writer, image, quality);
  jpeg_destroy_compress(&writer->info);
  const std::unique_ptr<unsigned char, decltype(&std::free)> bytes(writer->bytes, &std::free);
  RESLAB_ASSERT(written, writer->message);
  const auto* begin = reinterpret_cast<const std::byte*>(bytes.get());
  return {begin, begin + writer->size};
}

#else

bool has_jpeg() { return false; }

std::vector<std::byte> encode_jpeg(const augment::Image&, int) {
  const Library library = library_of(Format::jpeg);
  throw core::UserError(
      {.attempted = "write a picture",
       .found = core::concatenate("this build of reslab knows no JPEG, because ", library.name, " was missing"),
       .remedy = core::concatenate("install ", library.name, " (Debian and Ubuntu: apt install ", library.package,
                                   ") and build again")});
}

#endif

}  // namespace reslab::image
