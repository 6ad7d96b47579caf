// A picture that isn't decoded, and why: for the user as a message, for a scan over many files as a kind to count.
//
//   try { … image::decode(bytes, name) … }
//   catch (const image::PictureError& error) { ++refused[error.refusal()]; }
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "reslab/core/error.h"
#include "reslab/image/format.h"

namespace reslab::image {

enum class Refusal : std::uint8_t {
  unknown_format,       ///< no picture, or none that is known
  unsupported_format,   ///< GIF, HEIC, …: named, with how to convert it
  unsupported_variant,  ///< a JPEG, PNG, … of a kind that isn't decoded: animated, 32 bits, …
  not_in_build,         ///< the library was missing when the program was built
  too_large,            ///< beyond the limits
  unusable,             ///< broken, so that no pixel can be had
};

class PictureError : public core::UserError {
 public:
  PictureError(Refusal refusal, Format format, core::ErrorParts parts)
      : UserError(std::move(parts)), refusal_(refusal), format_(format) {}

  Refusal refusal() const { return refusal_; }
  Format format() const { return format_; }

 private:
  Refusal refusal_;
  Format format_;
};

/// The picture is broken: `reason` says how, `byte` where it was noticed, as far as that is known.
[[noreturn]] void throw_unusable(Format format, std::string_view source, std::string_view reason,
                                 std::optional<std::uint64_t> byte = {});

/// The picture is of a kind of its format that isn't decoded: `found` names it ("an animation").
[[noreturn]] void throw_unsupported_variant(Format format, std::string_view source, std::string_view found);

/// The format isn't decoded at all, by this build or by any.
[[noreturn]] void throw_unsupported_format(Format format, std::string_view source);

}  // namespace reslab::image
