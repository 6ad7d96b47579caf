// Whether runs were tested on the same pictures with the same labels, and how good each is on those that all have.
//
//   const report::TestSets sets = report::compare_test_sets(runs);
//   for (const std::string& sentence : sets.sentences) std::cout << sentence << '\n';
//
// Pictures are matched by the SHA-256 of their content, since that is what a network sees: one that was moved or
// renamed stays the same, and one that was exchanged under its name does not. Where a run's splits.csv has no hashes
// they are matched by path, which is said. What runs of earlier versions don't keep is named, not guessed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reslab/track/run_folder.h"

namespace reslab::report {

struct TestSets {
  bool known = false;  ///< whether two runs or more keep lists of their pictures (splits.csv); nothing else counts else
  bool same = false;   ///< all of them: the same test pictures, each with one label, none of them trained on
  bool by_content = true;         ///< matched by hash, not by path
  std::int64_t common = 0;        ///< test pictures that all lists have
  std::int64_t other_labels = 0;  ///< of those, with different labels
  std::int64_t trained_on = 0;    ///< test pictures of one run that another one trained on, over all pairs of runs
  std::int64_t compared = 0;      ///< common ones with one label: what `accuracy` is of
  std::vector<std::optional<double>> accuracy;  ///< by run, in [0, 1]; none where it keeps no predictions of them
  std::vector<std::string> sentences;           ///< for the user
};

/// Reads splits.csv and predictions.csv of each run. A file that can't be read is said to be missing, with the reason.
TestSets compare_test_sets(std::span<const track::RunFolder> runs);

}  // namespace reslab::report
