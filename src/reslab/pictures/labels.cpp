#include "reslab/pictures/labels.h"

#include <unordered_map>
#include <utility>

#include "reslab/core/file.h"
#include "reslab/core/quantity.h"
#include "reslab/pictures/csv_reader.h"
#include "reslab/pictures/list_columns.h"
#include "reslab/pictures/set_aside.h"

namespace reslab::pictures {
namespace {

// "./a//b" and "a/b" are one path. What ".." means depends on links, so it stays.
std::string plain_path(const std::string& path) {
  std::string plain = path.starts_with('/') ? "/" : "";
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view piece = std::string_view(path).substr(begin, end - begin);
    begin = end + 1;
    if (piece.empty() || piece == ".") continue;
    if (!plain.empty() && !plain.ends_with('/')) plain += '/';
    plain += piece;
  }
  return plain;
}

class ListReader {
 public:
  ListReader(std::string text, const ListOptions& options)
      : reader_(std::move(text), options.file.string(), parse_delimiter(options.delimiter)),
        choice_(parse_columns(options.columns)) {
    choice_.hashes = options.hashes;
  }

  Listing read() {
    CsvRow row;
    bool more = reader_.next(row);
    if (more) columns_ = find_columns(choice_, reader_, row);
    if (more && !choice_.by_number) more = reader_.next(row);
    for (; more; more = reader_.next(row)) take(row);
    if (listing_.files.empty())
      throw core::UserError({.attempted = "read the list " + reader_.source(),
                             .found = "no row that names a picture",
                             .allowed = choice_.by_number ? "a path and a label in each row"
                                                          : "a header, and a path and a label in each row below it"});
    check_splits();
    report();
    return std::move(listing_);
  }

 private:
  void take(const CsvRow& row) {
    const CsvField& path_field = row.fields[columns_.path];
    const CsvField& label = row.fields[columns_.label];
    if (path_field.text.find('\0') != std::string::npos) reader_.refuse(path_field, "a byte 0 in a path");
    Listed listed{.path = plain_path(path_field.text), .label = label.text};
    if (listed.path.empty()) reader_.refuse(path_field, "an empty path", "the path of a picture");
    if (listed.label.empty())
      reader_.refuse(label, "an empty label", "the name of a class", "leave pictures without a label out of the list");
    // A file of splits alone has these: the program wrote it, and nobody's own list means that by the word.
    listed.set_aside = choice_.hashes && columns_.split && row.fields[*columns_.split].text == set_aside_word;
    if (columns_.split) listed.split = listed.set_aside ? Split::test : split_of(row.fields[*columns_.split]);
    if (columns_.group) listed.group = row.fields[*columns_.group].text;
    if (columns_.hash) listed.hash = hash_of(row.fields[*columns_.hash]);
    const auto [known, added] = place_of_.try_emplace(listed.path, listing_.files.size());
    if (!added) return check_same(listed, known->second, row);
    listing_.files.push_back(std::move(listed));
    lines_.push_back(row.line());
  }

  std::optional<ContentHash> hash_of(const CsvField& field) const {
    if (field.text.empty()) return std::nullopt;
    const std::optional<ContentHash> hash = parse_content_hash(field.text);
    if (!hash) reader_.refuse(field, "no hash of a content", "SHA-256 in 64 lower-case hexadecimal digits, or nothing");
    return hash;
  }

  std::optional<Split> split_of(const CsvField& field) {
    if (field.text.empty()) {
      if (without_split_.line == 0) without_split_ = field;
      return std::nullopt;
    }
    with_split_ = true;
    const auto split = split_named(field.text);
    if (!split)
      reader_.refuse(field, "the split '" + field.text + "'", "train, validation (val, valid) or test",
                     "if the column means something else, say which is which by --columns");
    return split;
  }

  void check_same(const Listed& listed, std::size_t first, const CsvRow& row) {
    const Listed& before = listing_.files[first];
    const auto refuse = [&](const char* what, const std::string& one, const std::string& other) {
      reader_.refuse(row.fields[columns_.path],
                     core::concatenate("'", listed.path, "' with the ", what, " '", other, "', and with '", one,
                                       "' in line ", lines_[first]),
                     core::concatenate("one ", what, " for a picture"), "leave one of the lines out");
    };
    if (listed.label != before.label) refuse("label", before.label, listed.label);
    if (listed.split != before.split)
      refuse("split", before.split ? std::string(name_of(*before.split)) : "",
             listed.split ? std::string(name_of(*listed.split)) : "");
    if (listed.group != before.group) refuse("group", before.group, listed.group);
    if (listed.hash != before.hash)
      refuse("hash", before.hash ? before.hash->hex() : "", listed.hash ? listed.hash->hex() : "");
    twice_.push_back(core::concatenate(listed.path, ": lines ", lines_[first], " and ", row.line()));
  }

  void check_splits() {
    if (with_split_ && without_split_.line != 0)
      reader_.refuse(without_split_, "no split, where other rows have one", "a split in every row, or in none");
  }

  void report() {
    listing_.layout = Layout::list;
    listing_.description = core::concatenate(
        "a list of ", core::counted(static_cast<std::int64_t>(listing_.files.size()), "path"), " with labels",
        with_split_ ? ", splits" : "", columns_.group ? ", groups" : "", ": ", reader_.source());
    add_finding(
        listing_.findings, "listed-twice", Severity::note,
        core::counted(static_cast<std::int64_t>(twice_.size()), "row") + " that says again what an earlier one says",
        twice_);
  }

  CsvReader reader_;
  ColumnChoice choice_;
  ListColumns columns_;
  Listing listing_;
  std::unordered_map<std::string, std::size_t> place_of_;  // of paths, in listing_.files
  std::vector<std::size_t> lines_;                         // of listing_.files
  std::vector<std::string> twice_;
  bool with_split_ = false;
  CsvField without_split_;  // the first
};

}  // namespace

Listing parse_list(std::string text, const ListOptions& options) {
  Listing listing = ListReader(std::move(text), options).read();
  listing.root = options.data.empty() ? options.file.parent_path().string() : options.data.string();
  if (listing.root.empty()) listing.root = ".";
  return listing;
}

Listing read_list(const ListOptions& options) {
  return parse_list(core::read_text(options.file, max_list_bytes), options);
}

}  // namespace reslab::pictures
