// Texts that must fit into a picture: names of classes may have any length.
//
//   shortened("Phalaenopsis amabilis var. rosenstromii", 20)          // "Phalaenops…nstromii"
//   shortened_lines("actual : a very long name\npredicted : dog", 16) // "actual : a …ame\npredicted : dog"
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace reslab::report {

/// At most `letters` letters: the middle gives way to "…", since names often differ at both ends. `letters`: at least
/// 3, else as if it were 3. A letter is a code point of UTF-8; `text` may hold any bytes.
std::string shortened(std::string_view text, std::size_t letters);

/// The same for each line. What stands before " : " stays as long as it leaves 3 letters for the rest.
std::string shortened_lines(std::string_view text, std::size_t letters);

}  // namespace reslab::report
