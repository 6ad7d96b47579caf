#include "reslab/report/test_sets.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "reslab/core/error.h"
#include "reslab/core/quantity.h"
#include "reslab/pictures/split_file.h"
#include "reslab/report/predictions_file.h"

namespace reslab::report {
namespace {

using core::concatenate;
using pictures::Split;

// What a run keeps of its pictures. Keys are hashes or paths.
struct KeptPictures {
  std::string name;
  std::vector<pictures::Listed> files;  // of classes that were trained; empty: nothing is kept
  std::string why_none;
  std::map<std::string, std::string> tested;       // label by key
  std::set<std::string> trained;                   // keys
  std::map<std::string, std::string> predictions;  // predicted class by key; empty: none are kept
  std::string why_no_predictions;
};

KeptPictures read_kept(const track::RunFolder& run) {
  KeptPictures kept{.name = run.name()};
  if (!std::filesystem::exists(run.splits())) {
    kept.why_none = "it keeps no list of pictures (splits.csv)";
    return kept;
  }
  try {
    kept.files = pictures::read_splits(run.splits()).files;
  } catch (const core::UserError& error) {
    kept.why_none = error.parts().found;
    return kept;
  }
  // Pictures of a class that wasn't trained are listed, but in no result.
  std::set<std::string> classes;
  for (const pictures::Listed& file : kept.files)
    if (file.split == Split::train) classes.insert(file.label);
  std::erase_if(kept.files, [&](const pictures::Listed& file) { return !classes.contains(file.label); });
  return kept;
}

bool has_hashes(const KeptPictures& kept) {
  return std::ranges::all_of(kept.files, [](const pictures::Listed& file) { return file.hash.has_value(); });
}

std::string key_of(const pictures::Listed& file, bool by_content) { return by_content ? file.hash->hex() : file.path; }

// The validation split stands for the test split where there is none, as in training.
Split tested_split(const KeptPictures& kept) {
  const bool any =
      std::ranges::any_of(kept.files, [](const pictures::Listed& file) { return file.split == Split::test; });
  return any ? Split::test : Split::validation;
}

// The k-th test picture of the list is sample k.
void add_predictions(KeptPictures& kept, const std::vector<std::string>& tested, const track::RunFolder& run) {
  if (!std::filesystem::exists(run.predictions())) {
    kept.why_no_predictions =
        "it keeps no predictions (predictions.csv is written at the end of a training, unless it had --no-report)";
    return;
  }
  try {
    const std::vector<PredictedClass> all = read_predictions(run.predictions());
    bool fits = all.size() == tested.size();
    for (std::size_t i = 0; fits && i < all.size(); ++i) fits = all[i].actual == kept.tested.at(tested[i]);
    if (!fits) {
      kept.why_no_predictions = "its predictions.csv isn't of the test pictures in its splits.csv";
      return;
    }
    for (std::size_t i = 0; i < all.size(); ++i) kept.predictions[tested[i]] = all[i].predicted;
  } catch (const core::UserError& error) {
    kept.why_no_predictions = error.parts().found;
  }
}

void sort_out(KeptPictures& kept, bool by_content, const track::RunFolder& run) {
  const Split split = tested_split(kept);
  std::vector<std::string> tested;
  for (const pictures::Listed& file : kept.files) {
    const std::string key = key_of(file, by_content);
    if (file.split == Split::train) kept.trained.insert(key);
    if (file.split != split) continue;
    kept.tested.emplace(key, file.label);
    tested.push_back(key);
  }
  add_predictions(kept, tested, run);
}

std::int64_t count_trained(const KeptPictures& tested, const KeptPictures& other) {
  return std::ranges::count_if(tested.tested, [&](const auto& each) { return other.trained.contains(each.first); });
}

class Comparison {
 public:
  explicit Comparison(std::span<const track::RunFolder> runs) : runs_(runs) {
    for (const track::RunFolder& run : runs) all_.push_back(read_kept(run));
  }

  TestSets compare() {
    found_.accuracy.resize(runs_.size());
    for (KeptPictures& each : all_)
      if (!each.files.empty()) listed_.push_back(&each);
    found_.known = listed_.size() >= 2;
    if (listed_.empty()) return std::move(found_);
    for (const KeptPictures& each : all_)
      if (each.files.empty()) say("Nothing can be said of the test pictures of ", each.name, ": ", each.why_none, ".");
    if (!found_.known) return std::move(found_);
    found_.by_content = std::ranges::all_of(listed_, [](const KeptPictures* each) { return has_hashes(*each); });
    for (std::size_t i = 0; i < all_.size(); ++i)
      if (!all_[i].files.empty()) sort_out(all_[i], found_.by_content, runs_[i]);
    match();
    tell();
    if (!found_.same) measure();
    return std::move(found_);
  }

 private:
  template <typename... Parts>
  void say(const Parts&... parts) {
    found_.sentences.push_back(concatenate(parts...));
  }

  void match() {
    for (const auto& [key, label] : listed_.front()->tested) {
      bool one_label = true, in_all = true;
      for (const KeptPictures* each : listed_) {
        const auto there = each->tested.find(key);
        in_all = in_all && there != each->tested.end();
        one_label = one_label && in_all && there->second == label;
      }
      if (!in_all) continue;
      ++found_.common;
      if (one_label)
        compared_.push_back(key);
      else
        ++found_.other_labels;
    }
    found_.compared = std::ssize(compared_);
    for (const KeptPictures* each : listed_)
      for (const KeptPictures* other : listed_) found_.trained_on += count_trained(*each, *other);
    found_.same = found_.other_labels == 0 && found_.trained_on == 0 &&
                  std::ranges::all_of(
                      listed_, [&](const KeptPictures* each) { return std::ssize(each->tested) == found_.common; });
  }

  void tell() {
    const char* const by = found_.by_content ? "by content" : "by path, since a list has no hashes";
    if (found_.same) {
      say("The test pictures are the same ", found_.common, ", with the same labels (matched ", by, ").");
      return;
    }
    std::string sizes;
    for (const KeptPictures* each : listed_)
      sizes += concatenate(sizes.empty() ? "" : ", ", each->name, " ", each->tested.size());
    say("The runs weren't tested on the same pictures with the same labels: ", sizes, "; ", found_.common,
        found_.common == 1 ? " is" : " are", " common (matched ", by, ").");
    if (found_.other_labels > 0)
      say(core::counted(found_.other_labels, "common picture"),
          found_.other_labels == 1 ? " has another label in another run" : " have other labels in other runs", ".");
    for (const KeptPictures* each : listed_)
      for (const KeptPictures* other : listed_)
        if (const std::int64_t count = count_trained(*each, *other); count > 0)
          say(core::counted(count, "test picture"), " of ", each->name, count == 1 ? " was" : " were",
              " trained on by ", other->name, ", whose accuracy on ", count == 1 ? "it" : "them", " says nothing.");
  }

  void measure() {
    for (std::size_t i = 0; i < all_.size(); ++i) {
      const KeptPictures& each = all_[i];
      if (each.files.empty()) continue;
      if (each.predictions.empty()) {
        say(each.name, " can't be compared on the common pictures: ", each.why_no_predictions, ".");
        continue;
      }
      const auto right = std::ranges::count_if(
          compared_, [&](const std::string& key) { return each.predictions.at(key) == each.tested.at(key); });
      if (!compared_.empty()) found_.accuracy[i] = static_cast<double>(right) / static_cast<double>(compared_.size());
    }
  }

  const std::span<const track::RunFolder> runs_;
  std::vector<KeptPictures> all_;
  std::vector<KeptPictures*> listed_;
  std::vector<std::string> compared_;
  TestSets found_;
};

}  // namespace

TestSets compare_test_sets(std::span<const track::RunFolder> runs) { return Comparison(runs).compare(); }

}  // namespace reslab::report
