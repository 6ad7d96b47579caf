#include "reslab/pictures/check.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "reslab/core/error.h"
#include "reslab/core/quantity.h"
#include "reslab/pictures/in_order.h"
#include "reslab/pictures/picture_file.h"
#include "reslab/pictures/record_file.h"

namespace reslab::pictures {
namespace {

constexpr const char* facts_name = "facts";

std::string key_of(const ContentHash& hash) {
  return {reinterpret_cast<const char*>(hash.bytes.data()), hash.bytes.size()};
}

// A file that is too large to be read is refused by its size alone.
PictureFacts facts_of_file(const std::string& root, const Candidate& picture, const CheckOptions& options) {
  if (picture.bytes > most_picture_bytes)
    return {.verdict = Verdict::refused,
            .refusal = image::Refusal::too_large,
            .reason = core::concatenate("a file of ", core::size_text(picture.bytes), "; at most ",
                                        core::size_text(most_picture_bytes), " are read")};
  const std::string path = full_path(root, picture.path);
  core::MemoryShare share = options.memory != nullptr ? options.memory->take(picture.bytes) : core::MemoryShare();
  return examine_picture(read_picture_file(path, {.hash = picture.hash, .stamp = picture.stamp}), path, options.limits,
                         &share);
}

class Checker {
 public:
  Checker(CacheFolder& cache, const std::string& root, const Gathered& found, const CheckOptions& options)
      : cache_(cache), root_(root), found_(found), options_(options), about_(facts_about(options.limits)) {}

  CheckedPictures check() {
    take_known();
    if (missing_.empty()) return std::move(result_);
    // Another process may be decoding the same ones.
    const std::unique_ptr<core::FileLock> lock = cache_.lock();
    if (lock != nullptr) take_known();
    try {
      decode_missing();
    } catch (...) {
      save();
      throw;
    }
    save();
    return std::move(result_);
  }

 private:
  void take_known() {
    result_.facts.clear();
    missing_.clear();
    const std::optional<RecordFile> known =
        cache_.is_on()
            ? read_record_file(cache_.path() / facts_name, picture_facts_kind, about_,
                               {.limit = most_record_bytes(found_.pictures.size(),
                                                           found_.pictures.size() * ContentHash().bytes.size()),
                                .say = cache_.say()})
            : std::nullopt;
    for (const Candidate& picture : found_.pictures) {
      const auto [place, is_new] = result_.facts.try_emplace(picture.hash);
      if (!is_new) continue;
      const auto value = known ? known->find(key_of(picture.hash)) : std::nullopt;
      std::optional<PictureFacts> facts = value ? decode_facts(*value) : std::nullopt;
      if (facts)
        place->second = std::move(*facts);
      else
        missing_.push_back(&picture);
    }
  }

  void decode_missing() {
    Progress progress{.of = missing_.size()};
    last_save_ = std::chrono::steady_clock::now();
    in_order<PictureFacts>(
        {.count = missing_.size(), .threads = options_.threads},
        [&](std::size_t i) { return facts_of_file(root_, *missing_[i], options_); },
        [&](std::size_t i, PictureFacts facts) {
          result_.facts[missing_[i]->hash] = std::move(facts);
          ++result_.decoded;
          if (std::chrono::steady_clock::now() - last_save_ >= options_.save_every) save();
          ++progress.files;
          progress.bytes += missing_[i]->bytes;
          if (options_.progress) options_.progress(progress);
        });
  }

  // What is known so far: without the pictures that are still to be decoded.
  void save() {
    if (result_.decoded == 0) return;
    Records records;
    for (const auto& [hash, facts] : result_.facts) records.emplace(key_of(hash), encode_facts(facts));
    for (std::size_t i = result_.decoded; i < missing_.size(); ++i) records.erase(key_of(missing_[i]->hash));
    cache_.attempt([&] { write_record_file(cache_.path() / facts_name, picture_facts_kind, about_, records); });
    last_save_ = std::chrono::steady_clock::now();
  }

  CacheFolder& cache_;
  const std::string& root_;
  const Gathered& found_;
  const CheckOptions& options_;
  const std::string about_;
  CheckedPictures result_;
  std::vector<const Candidate*> missing_;  // the first result_.decoded of them are decoded
  std::chrono::steady_clock::time_point last_save_;
};

// Kind of the finding, and the rest of its sentence after "3 pictures".
struct Told {
  const char* kind;
  const char* text;
};

Told told_of(const PictureFacts& facts, bool use_damaged) {
  if (facts.verdict == Verdict::usable)
    return {"odd-file", " used whose files aren't quite as their format says: all pixels are there"};
  if (facts.verdict == Verdict::damaged)
    return use_damaged ? Told{"damaged-used", " damaged and used all the same: a part of each is missing"}
                       : Told{"damaged",
                              " left out: damaged, so that only a part of each can be decoded; what to do: get "
                              "the files again, or use what there is (--damaged use)"};
  switch (facts.refusal) {
    case image::Refusal::unsupported_variant:
    case image::Refusal::unsupported_format:
    case image::Refusal::unknown_format:
      return {"unsupported", " left out: of a variant that isn't decoded; what to do: convert to PNG or JPEG"};
    case image::Refusal::not_in_build:
      return {"not-in-build", " left out: the library that decodes them was missing when this program was built"};
    case image::Refusal::too_large:
      return {"too-large", " left out: larger than the limit; what to do: shrink them, or raise the limit"};
    case image::Refusal::unusable: break;
  }
  return {"broken", " left out: broken, so that nothing can be decoded; what to do: get the files again"};
}

std::string example_of(const Candidate& picture, const PictureFacts& facts) {
  return picture.path + ": " + facts.reason +
         (facts.byte ? core::concatenate(" (noticed at byte ", *facts.byte, ")") : "");
}

void leave_out(Gathered& found, const FactsByContent& facts_of, bool use_damaged) {
  std::map<std::string, std::pair<std::string, std::vector<std::string>>> told;
  std::erase_if(found.pictures, [&](const Candidate& picture) {
    const PictureFacts& facts = facts_of.at(picture.hash);
    if (facts.verdict == Verdict::usable && facts.reason.empty()) return false;
    const Told said = told_of(facts, use_damaged);
    auto& [text, examples] = told[said.kind];
    text = said.text;
    examples.push_back(example_of(picture, facts));
    if (facts.verdict == Verdict::usable || (facts.verdict == Verdict::damaged && use_damaged)) return false;
    found.left_out.push_back({.path = picture.path,
                              .label = found.labels[static_cast<std::size_t>(picture.label)],
                              .reason = std::string(said.kind),
                              .kind = picture.kind,
                              .hash = picture.hash,
                              .why = facts.reason,
                              .byte = facts.byte});
    return true;
  });
  for (const auto& [kind, about] : told) {
    const Severity severity = kind == "odd-file"       ? Severity::note
                              : kind == "damaged-used" ? Severity::warning
                                                       : Severity::skipped;
    const auto count = static_cast<std::int64_t>(about.second.size());
    add_finding(found.findings, kind, severity, core::counted(count, "picture") + about.first, about.second);
  }
}

}  // namespace

CheckedPictures check_pictures(CacheFolder& cache, const std::string& root, Gathered& found,
                               const CheckOptions& options) {
  CheckedPictures checked = Checker(cache, root, found, options).check();
  leave_out(found, checked.facts, options.use_damaged);
  return checked;
}

}  // namespace reslab::pictures
