// Measures of a classifier that follow from three counts a class. Unlike accuracy, they tell whether rare classes are
// recognised.
//
//   const std::vector<ClassCount> counts = count_classes(labels, predicted, classes);
//   balanced_accuracy(counts);   // nothing where there are no samples
//
// A measure that would be 0 ÷ 0 isn't defined, and is no number here.
//
// Sources: Brodersen et al., "The balanced accuracy and its posterior distribution", ICPR 2010, for any number of
// classes as scikit-learn's balanced_accuracy_score has it; macro F1 as scikit-learn's f1_score has it.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace reslab::train {

struct ClassCount {
  std::int64_t samples = 0;    ///< of the class, by their true label
  std::int64_t predicted = 0;  ///< taken for the class
  std::int64_t correct = 0;    ///< both

  friend bool operator==(const ClassCount&, const ClassCount&) = default;
};

/// By label. labels: [samples], int64 in [0, classes), CPU. predicted: likewise, or −1 where no class is predicted:
/// such a sample is taken for no class.
std::vector<ClassCount> count_classes(const at::Tensor& labels, const at::Tensor& predicted, std::int64_t classes);

/// 2 · correct ÷ (samples + predicted), the harmonic mean of precision and recall, in [0, 1]; nothing for a class that
/// neither occurs nor is predicted.
std::optional<double> f1(const ClassCount& count);

/// The mean recall (correct ÷ samples) of the classes that occur, in [0, 1]; nothing where none does.
std::optional<double> balanced_accuracy(const std::vector<ClassCount>& counts);

/// The mean precision (correct ÷ predicted) of the classes that are predicted, in [0, 1]; nothing where none is.
std::optional<double> macro_precision(const std::vector<ClassCount>& counts);

/// The mean F1 of the classes that occur or are predicted, in [0, 1]; nothing where none is.
std::optional<double> macro_f1(const std::vector<ClassCount>& counts);

/// Whether some class has at least half as many samples again as another that occurs: accuracy says little of the rare
/// classes then.
bool are_uneven(const std::vector<ClassCount>& counts);

}  // namespace reslab::train
