#ifdef RESLAB_HAS_JPEG

#include "reslab/image/jpeg_reader.h"

#include <jerror.h>

#include <cstring>

namespace reslab::image {

namespace {

// A progressive file may hold thousands of scans of a few bytes, each of which goes over the whole picture. Encoders
// write about ten.
constexpr int most_scans = 500;

constexpr std::array<JOCTET, 2> end_of_image{0xFF, JPEG_EOI};

// Whether a warning concerns no pixel: an unknown version of JFIF or number in Adobe's marker; zeros where a scan says
// which coefficients it has, all of them in a sequential file; bytes that belong to nothing, in front of a marker.
// Those in front of a restart marker are left of pixels that were read wrongly.
bool is_harmless(const jpeg_error_mgr& error) {
  switch (error.msg_code) {
    case JWRN_JFIF_MAJOR:
    case JWRN_ADOBE_XFORM:
    case JWRN_NOT_SEQUENTIAL: return true;
    case JWRN_EXTRANEOUS_DATA: {
      const int marker = error.msg_parm.i[1];
      return marker < JPEG_RST0 || marker > JPEG_RST0 + 7;
    }
    default: return false;
  }
}

}  // namespace

JpegReader::JpegReader(std::span<const std::byte> bytes) : bytes_(bytes) {
  info_.err = jpeg_std_error(&errors_);
  info_.client_data = this;
  errors_.error_exit = on_error;
  errors_.emit_message = on_message;
  errors_.output_message = [](j_common_ptr) {};
}

JpegReader::~JpegReader() { jpeg_destroy_decompress(&info_); }

bool JpegReader::run(Step step) {
  if (setjmp(jump_) != 0) return false;
  step(*this);
  return true;
}

void JpegReader::fail() { std::longjmp(jump_, 1); }

void JpegReader::on_error(j_common_ptr info) {
  JpegReader& reader = reader_of(info);
  info->err->format_message(info, reader.failure_.data());
  reader.fail();
}

void JpegReader::on_message(j_common_ptr info, int level) {
  JpegReader& reader = reader_of(info);
  if (level >= 0) return;
  std::optional<JpegWarning>& first = is_harmless(*info->err) ? reader.oddity_ : reader.damage_;
  if (first) return;
  JpegWarning& warning = first.emplace();
  warning.code = info->err->msg_code;
  warning.byte = reader.position();
  info->err->format_message(info, warning.text.data());
}

void JpegReader::on_progress(j_common_ptr info) {
  JpegReader& reader = reader_of(info);
  if (reader.info_.input_scan_number <= most_scans) return;
  std::snprintf(reader.failure_.data(), reader.failure_.size(), "more than %d scans, which no encoder writes",
                most_scans);
  reader.fail();
}

boolean JpegReader::on_end(j_decompress_ptr info) {
  JpegReader& reader = reader_of(reinterpret_cast<j_common_ptr>(info));
  if (!reader.ended_) reader.empty_ = info->input_scan_number <= 1 && info->input_iMCU_row == 0;
  reader.ended_ = true;
  WARNMS(info, JWRN_JPEG_EOF);
  // As libjpeg's own sources do: it then makes the best of what there was.
  reader.input_.next_input_byte = end_of_image.data();
  reader.input_.bytes_in_buffer = end_of_image.size();
  return TRUE;
}

void JpegReader::on_skip(j_decompress_ptr info, long bytes) {
  jpeg_source_mgr& input = *info->src;
  if (bytes <= 0) return;
  const auto count = static_cast<std::size_t>(bytes);
  if (count > input.bytes_in_buffer) {
    on_end(info);
    return;
  }
  input.next_input_byte += count;
  input.bytes_in_buffer -= count;
}

std::uint64_t JpegReader::position() const { return ended_ ? bytes_.size() : bytes_.size() - input_.bytes_in_buffer; }

bool JpegReader::read_header() {
  return run([](JpegReader& reader) {
    // It clears everything but the two pointers that were set.
    jpeg_create_decompress(&reader.info_);
    reader.input_.next_input_byte = reinterpret_cast<const JOCTET*>(reader.bytes_.data());
    reader.input_.bytes_in_buffer = reader.bytes_.size();
    reader.input_.init_source = [](j_decompress_ptr) {};
    reader.input_.term_source = [](j_decompress_ptr) {};
    reader.input_.fill_input_buffer = on_end;
    reader.input_.skip_input_data = on_skip;
    reader.input_.resync_to_restart = jpeg_resync_to_restart;
    reader.info_.src = &reader.input_;
    reader.progress_.progress_monitor = on_progress;
    reader.info_.progress = &reader.progress_;
    jpeg_read_header(&reader.info_, TRUE);
  });
}

bool JpegReader::start() {
  return run([](JpegReader& reader) { jpeg_start_decompress(&reader.info_); });
}

bool JpegReader::read_row(std::uint8_t* to) {
  row_ = to;
  return run([](JpegReader& reader) { jpeg_read_scanlines(&reader.info_, &reader.row_, 1); });
}

bool JpegReader::finish() {
  return run([](JpegReader& reader) { jpeg_finish_decompress(&reader.info_); });
}

}  // namespace reslab::image

#endif
