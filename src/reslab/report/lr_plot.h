// The curve of a learning-rate range test, its suggestions on it.
#pragma once

#include <string>
#include <vector>

#include "reslab/report/figure.h"

namespace reslab::report {

struct LrMark {
  std::string name;     ///< "valley"
  double lr = 0;        ///< > 0
  double loss = 0;      ///< where on the curve
  bool chosen = false;  ///< the recommended one
};

struct LrPlot {
  std::string title = {};
  bool logarithmic = true;             ///< of the learning rate's axis
  std::vector<double> lr = {};         ///< rising, > 0
  std::vector<double> loss = {};       ///< by batch, as long as `lr`
  std::vector<double> smoothed = {};   ///< likewise
  std::vector<double> deviation = {};  ///< of several tests about `smoothed`; empty for one
  std::vector<LrMark> marks = {};
};

/// Loss over learning rate. What rises far above the first loss is cut off at the top.
Figure lr_figure(const LrPlot& plot);

}  // namespace reslab::report
