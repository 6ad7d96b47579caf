// pictures::RecordFile, and the values of both files that it holds: the facts of pictures and the index of their files.
#include <cstdlib>

#include "fuzz/target.h"
#include "reslab/core/crc32c.h"
#include "reslab/pictures/file_index.h"
#include "reslab/pictures/number_bytes.h"
#include "reslab/pictures/picture_facts.h"
#include "reslab/pictures/record_file.h"

namespace reslab::fuzz {

namespace {

// What is read is what would be written.
void check_values(std::string_view value) {
  if (const auto facts = pictures::decode_facts(value))
    if (pictures::decode_facts(pictures::encode_facts(*facts)) != facts) std::abort();
  if (const auto found = pictures::decode_examined(value))
    if (pictures::encode_examined(*found) != value) std::abort();
}

void check_file(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  const auto file = pictures::RecordFile::parse({bytes.begin(), bytes.end()}, "kind", "about");
  if (!file) return;
  for (std::size_t place = 0; place < file->size(); ++place) {
    const pictures::RecordFile::Record record = file->at(place);
    if (file->find(record.key) != record.value) std::abort();
    check_values(record.value);
  }
}

std::string sealed(std::string_view records) {
  std::string text("\4\0\0\0kind\5\0\0\0about", 17);
  text += records;
  pictures::append_number<std::uint32_t>(text, core::crc32c(std::as_bytes(std::span(text))));
  return text;
}

}  // namespace

void read(std::span<const std::byte> bytes) {
  // The first byte says what: a file, a file whose head and checksum are right, or a value alone.
  if (bytes.empty()) return;
  const std::string_view rest = text_of(bytes.subspan(1));
  switch (static_cast<unsigned>(bytes[0]) % 3) {
    case 0: return check_file(rest);
    case 1: return check_file(sealed(rest));
    default: return check_values(rest);
  }
}

std::vector<std::string> worst_cases() { return {}; }

}  // namespace reslab::fuzz
