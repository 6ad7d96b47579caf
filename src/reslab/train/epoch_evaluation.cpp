#include "reslab/train/epoch_evaluation.h"

namespace reslab::train {

Evaluation EpochEvaluation::evaluate_on(const data::BatchSource& source, const ViewOptions& views,
                                        const StopRequest& stop) const {
  return evaluate(network_, source, compute_,
                  {.batch_size = recipe_.data.batch_size,
                   .limit_batches = recipe_.data.limit_batches,
                   .views = views,
                   .give_up = [&] { return stop && stop().has_value(); }});
}

bool EpochEvaluation::evaluate_epoch(EpochDone& event, Decisions& decisions, const StopRequest& stop) const {
  bool counted = false;
  try {
    if (split_.holdout) {
      event.has_holdout = true;
      // Without test-time augmentation in every epoch, since epochs are compared by this.
      event.holdout = evaluate_on(*split_.holdout, {}, stop);
      // Counted before the test, since that may now be the training's last, and before checkpoints are written.
      decisions.after_holdout(event.holdout);
      counted = true;
    }
    // People only look at the accuracies between: test-time augmentation would take time and change nothing.
    const bool last = decisions.is_last_evaluation(event.epoch);
    event.test = evaluate_on(split_.test, last ? view_options(recipe_.evaluation) : ViewOptions{}, stop);
    return true;
  } catch (const EvaluationGivenUp&) {
    if (counted) decisions.forget_holdout();
    return false;
  }
}

}  // namespace reslab::train
