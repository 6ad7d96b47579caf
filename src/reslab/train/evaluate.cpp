#include "reslab/train/evaluate.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/bincount.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/reflection_pad2d.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/where.h>

#include <chrono>
#include <cmath>

#include "reslab/core/error.h"
#include "reslab/data/loader.h"
#include "reslab/models/evaluation_mode.h"

namespace reslab::train {
namespace {

struct Collected {
  at::Tensor outputs, labels;       // [samples, classes] in fp32, [samples]; CPU
  std::vector<std::int64_t> sizes;  // of the batches
};

// The network's outputs for all samples of `source`; `outputs(images, n)` of a batch whose first sample is the n-th.
template <typename Outputs>
Collected collect(data::BatchSource source, const Compute& compute, const EvaluationOptions& options,
                  const Outputs& outputs) {
  source.pipeline = nullptr;
  data::Loader loader(std::move(source), {.batch = {.batch_size = options.batch_size,
                                                    .shuffle = false,
                                                    .limit_batches = options.limit_batches,
                                                    .type = compute.batch_type(),
                                                    .pinned = compute.device.is_cuda()}});
  std::vector<at::Tensor> all, labels;
  Collected collected;
  std::int64_t seen = 0;
  while (const auto batch = loader.next()) {
    if (options.give_up && options.give_up()) throw EvaluationGivenUp();
    all.push_back(outputs(batch->images.to(compute.device, /*non_blocking=*/true), seen));
    labels.push_back(batch->labels);
    collected.sizes.push_back(batch->size());
    seen += batch->size();
  }
  if (seen == 0) return collected;
  // Only now, so that a GPU is never waited for in between.
  collected.outputs = at::cat(all).to(at::kCPU);
  collected.labels = at::cat(labels).to(at::kCPU);
  return collected;
}

// The least confident of the samples, in ascending order. Those whose confidence is NaN count as the most confident, as
// PyTorch sorts: test-time augmentation would tell no more of them.
at::Tensor least_confident(const at::Tensor& outputs, double share) {
  const auto count = static_cast<std::int64_t>(std::ceil(share * static_cast<double>(outputs.size(0))));
  const at::Tensor confidence = at::softmax(outputs, 1).amax(1);
  const at::Tensor order = std::get<1>(confidence.sort(/*stable=*/true, 0, /*descending=*/false));
  return std::get<0>(order.narrow(0, 0, count).sort());
}

// Test-time augmentation of the least confident samples.
void add_views(Collected& collected, models::Network& network, data::BatchSource source, const Compute& compute,
               EvaluationOptions options) {
  const at::Tensor chosen = least_confident(collected.outputs, options.views.share);
  const at::Tensor first = collected.outputs.index_select(0, chosen);
  source.samples = data::select(source.samples, chosen);
  options.limit_batches = 0;
  const Collected seen_more =
      collect(std::move(source), compute, options, [&](const at::Tensor& images, std::int64_t n) {
        return forward_views(network, images, options.views.views,
                             first.narrow(0, n, images.size(0)).to(compute.device));
      });
  collected.outputs.index_copy_(0, chosen, seen_more.outputs);
}

// Whether each sample's scores are all finite. PyTorch takes NaN for the highest score: without this, a network that
// says nothing would be right about all samples of the class that stands first.
at::Tensor has_scores(const at::Tensor& outputs) { return outputs.isfinite().all(1); }

void add_batch(Evaluation& result, const at::Tensor& outputs, const at::Tensor& labels, const at::Tensor& losses) {
  const double sum = losses.sum(at::kDouble).item<double>();
  result.samples += labels.size(0);
  result.mean_loss += sum;
  result.sum_of_batch_means += sum / static_cast<double>(labels.size(0));
  const at::Tensor scored = has_scores(outputs);
  result.correct += outputs.argmax(1).eq(labels).logical_and(scored).sum().item<std::int64_t>();
  const at::Tensor top = std::get<1>(outputs.topk(std::min<std::int64_t>(5, outputs.size(1)), 1));
  result.correct_top5 += top.eq(labels.unsqueeze(1)).any(1).logical_and(scored).sum().item<std::int64_t>();
}

Evaluation summarise(const Collected& collected, EvaluationDetail* detail) {
  Evaluation result;
  if (collected.sizes.empty()) return result;
  const at::Tensor losses =
      at::cross_entropy_loss(collected.outputs, collected.labels, /*weight=*/{}, at::Reduction::None);
  std::int64_t begin = 0;
  for (const std::int64_t size : collected.sizes) {
    const auto batch = [&](const at::Tensor& all) { return all.narrow(0, begin, size); };
    add_batch(result, batch(collected.outputs), batch(collected.labels), batch(losses));
    begin += size;
  }
  result.mean_loss /= static_cast<double>(result.samples);
  const std::int64_t classes = collected.outputs.size(1);
  const at::Tensor predicted = collected.outputs.argmax(1);
  result.classes =
      count_classes(collected.labels, at::where(has_scores(collected.outputs), predicted, at::Scalar(-1)), classes);
  if (detail == nullptr) return result;
  const at::Tensor cells = collected.labels * classes + predicted;
  *detail = {.outputs = collected.outputs,
             .losses = losses,
             .confusion = at::bincount(cells, /*weights=*/{}, classes * classes).view({classes, classes})};
  return result;
}

}  // namespace

Views views_named(const std::string& name) {
  if (name == "one") return Views::one;
  if (name == "mirror") return Views::mirror;
  if (name == "six") return Views::six;
  RESLAB_ASSERT(name == "ten", "no views called ", name);
  return Views::ten;
}

const char* name(Views views) {
  switch (views) {
    case Views::one: break;
    case Views::mirror: return "mirror";
    case Views::six: return "six";
    case Views::ten: return "ten";
  }
  return "one";
}

ViewOptions view_options(const recipe::EvaluationSettings& settings) {
  return {.views = views_named(settings.views), .share = settings.views_share};
}

std::string describe(const ViewOptions& options) {
  std::string text = name(options.views);
  if (options.views != Views::one && options.share < 1)
    text += core::concatenate(", of the least confident ", 100 * options.share, " %");
  return text;
}

double passes_of(const ViewOptions& options) {
  switch (options.views) {
    case Views::one: break;
    case Views::mirror: return 1 + options.share;
    case Views::six: return 1 + 5 * options.share;
    case Views::ten: return 1 + 9 * options.share;
  }
  return 1;
}

at::Tensor forward_views(models::Network& network, const at::Tensor& images, Views views, const at::Tensor& first) {
  const auto channels_last = [](const at::Tensor& x) { return x.contiguous(at::MemoryFormat::ChannelsLast); };
  const auto with_mirrored = [&](const at::Tensor& outputs, const at::Tensor& x) {
    return (outputs + network.forward(channels_last(x.flip({3})))) / 2;
  };
  const at::Tensor plain = first.defined() ? first : network.forward(images);
  if (views == Views::one) return plain;
  if (views == Views::mirror) return with_mirrored(plain, images);
  const std::int64_t height = images.size(2), width = images.size(3);
  const at::Tensor padded = at::reflection_pad2d(images, {1, 1, 1, 1});
  const auto shifted = [&](std::int64_t row, std::int64_t column) {
    const at::Tensor window = channels_last(padded.narrow(2, row, height).narrow(3, column, width));
    return with_mirrored(network.forward(window), window);
  };
  const at::Tensor middle = with_mirrored(plain, images) / 2, diagonal = shifted(0, 0) + shifted(2, 2);
  if (views == Views::six) return middle + diagonal / 4;
  return middle + (diagonal + shifted(0, 2) + shifted(2, 0)) / 8;
}

Evaluation evaluate(models::Network& network, data::BatchSource source, const Compute& compute,
                    const EvaluationOptions& options, EvaluationDetail* detail) {
  RESLAB_ASSERT(options.views.share > 0 && options.views.share <= 1, options.views.share);
  const at::NoGradGuard no_grad;
  const models::EvaluationMode mode(network);
  const auto start = std::chrono::steady_clock::now();
  const auto classes = source.samples.info().class_count();
  const bool some = options.views.views != Views::one && options.views.share < 1;
  const Views at_once = some ? Views::one : options.views.views;
  Collected collected = collect(source, compute, options, [&](const at::Tensor& images, std::int64_t) {
    const at::Tensor outputs = forward_views(network, images, at_once);
    RESLAB_ASSERT(outputs.size(1) == classes, "the network has ", outputs.size(1), " outputs for ", classes,
                  " classes");
    return outputs;
  });
  if (some && !collected.sizes.empty()) add_views(collected, network, std::move(source), compute, options);
  Evaluation result = summarise(collected, detail);
  result.views = describe(options.views);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace reslab::train
