// Texts from outside (folder names, what files say) as a terminal, a figure or a page may show them: what would move
// the cursor, set a title, turn the direction of writing around or isn't UTF-8 at all is shown as an escape instead.
//
//   core::printable("a\x1b]0;x\x07")     // a\u001b]0;x\u0007
//   core::printable("donn\xe9es\n")      // donn\xe9es\n, with a backslash and an n at its end
//
// Escapes are those of JSON (\n, \t, \r, \u001b), but \xe9 for a byte that isn't UTF-8: a text of JSON or of TOML in
// which letters become escapes says the same as before. Backslashes stay, so that printing twice is printing once.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>

namespace reslab::core {

/// `text` as one line of UTF-8, for a text that stands in a line of ours. Escaped are the controls U+0000 to U+001F and
/// U+007F to U+009F, what changes the direction of writing (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to
/// U+2069), what ends a line (U+2028, U+2029), and bytes that aren't UTF-8.
std::string printable(std::string_view text);

/// The same for a text whose lines and tabs are our own layout: '\n' and '\t' stay.
std::string printable_lines(std::string_view text);

/// Whether it is UTF-8 to the last byte.
bool is_utf8(std::string_view text);

/// The lines of another program's output in one, for a message: without blank ones, " / " between them.
std::string in_one_line(std::string_view text);

/// While it lives, all that is written to the stream goes through printable_lines, so that nobody who prints can forget
/// it. Letters may come byte by byte. Several threads may write at a time; their letters may then stand between each
/// other.
///
///   const core::PrintableStream output(std::cout);
class PrintableStream {
 public:
  explicit PrintableStream(std::ostream& stream);
  ~PrintableStream();  ///< the stream is as it was before
  PrintableStream(const PrintableStream&) = delete;
  PrintableStream& operator=(const PrintableStream&) = delete;

 private:
  class Buffer;

  std::ostream& stream_;
  std::unique_ptr<Buffer> buffer_;
};

}  // namespace reslab::core
