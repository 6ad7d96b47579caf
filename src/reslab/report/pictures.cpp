#include "reslab/report/pictures.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>

#include <chrono>
#include <iostream>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/report/explanations.h"
#include "reslab/report/mistakes.h"
#include "reslab/report/predictions_file.h"
#include "reslab/report/run_page.h"
#include "reslab/report/run_plots.h"
#include "reslab/track/original_log.h"

namespace reslab::report {
namespace {

constexpr std::int64_t gallery_size = 20;  // mistakes in a gallery: the original's

class Pictures {
 public:
  Pictures(OpenedRun run, const PictureOptions& options) : run_(std::move(run)), options_(options) {
    if (options.limit_samples == 0) return;
    for (data::Split* split : {&run_.splits.train, &run_.splits.test})
      *split = data::first(*split, options.limit_samples);
  }

  bool write() {
    const auto start = std::chrono::steady_clock::now();
    attempt("looking at the test images", [&] {
      predictions_ = explain::predict(*run_.network, run_.source(), run_.compute,
                                      {.batch_size = run_.batch_size, .features = true});
    });
    attempt("figures", [&] { figures(); });
    if (!predictions_) {
      if (!stopped()) say("left out as well, since they tell of the predictions: mistakes, maps and report");
      return complete_;
    }
    attempt("predictions",
            [&] { core::write_file(run_.folder->predictions(), predictions_csv(run_.split(), *predictions_)); });
    attempt("mistakes and class-activation maps", [&] { galleries(); });
    attempt("report", [&] { report(); });
    if (!complete_ && stopped()) return false;
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    say(core::concatenate("pictures and report after ", track::fixed(seconds, 1),
                          " s: ", (run_.folder->path / "report.html").string()));
    return complete_;
  }

 private:
  void say(const std::string& line) const {
    if (!options_.quiet) std::cerr << line << '\n';
  }

  bool stopped() const { return options_.stop && options_.stop(); }

  // What one can't do must not take the others away: the training is over and safe.
  template <typename Work>
  void attempt(const std::string& what, const Work& work) {
    if (stopped()) {
      complete_ = false;
      return;
    }
    say(what + " …");
    try {
      work();
    } catch (const std::exception& error) {
      left_out(what + ": " + error.what());
    }
  }

  void left_out(const std::string& reason) {
    complete_ = false;
    // Ctrl-C on a terminal ends gnuplot too; what is said of the signal is enough.
    if (stopped()) return;
    std::cerr << "left out: " << reason << '\n';
  }

  void figures() {
    const PlottedRun plotted{.folder = *run_.folder,
                             .predictions = predictions_,
                             .classes = run_.classes(),
                             .dataset = core::concatenate(run_.split().name, ", ", run_.split().size(), " samples"),
                             .no_predictions = "its network's scores can't be used"};
    for (const std::string& reason : write_run_plots({plotted}, {.folder = run_.folder->plots()}).left_out)
      left_out(reason);
  }

  void galleries() {
    const std::vector<explain::Mistake> mistakes = explain::find_mistakes(*predictions_);
    if (mistakes.empty()) return say("no mistakes to show");
    const data::BatchSource source = run_.source();
    const WrittenFiles written = write_mistakes(run_.folder->path, {.samples = run_.split(),
                                                                    .predictions = *predictions_,
                                                                    .mistakes = mistakes,
                                                                    .fit = run_.source().transform.fit,
                                                                    .file_of = run_.file_of});
    if (!written.why_no_titles.empty()) left_out("titles of the galleries: " + written.why_no_titles);
    const auto shown = std::min<std::ptrdiff_t>(std::ssize(mistakes), gallery_size);
    write_cam_galleries(
        run_.folder->path,
        {.network = *run_.network, .source = source, .samples = {mistakes.begin(), mistakes.begin() + shown}});
  }

  void report() {
    const Page page = make_report({*run_.folder}, {}, {.known = {&run_, &*predictions_}});
    core::write_file(run_.folder->path / "report.html", render_page(page));
  }

  OpenedRun run_;
  PictureOptions options_;
  std::optional<explain::Predictions> predictions_;
  bool complete_ = true;
};

}  // namespace

bool write_pictures(OpenedRun run, const PictureOptions& options) {
  RESLAB_ASSERT(run.folder, "pictures belong into a run's folder");
  return Pictures(std::move(run), options).write();
}

}  // namespace reslab::report
