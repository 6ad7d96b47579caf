#include "reslab/train/evaluate.h"

#include <torch/utils.h>

#include <chrono>

#include "reslab/core/error.h"
#include "reslab/data/loader.h"
#include "reslab/models/evaluation_mode.h"

namespace reslab::train {
namespace {

struct Collected {
  std::vector<at::Tensor> outputs, losses, labels;
};

void fill(EvaluationDetail& detail, const Collected& collected, std::int64_t classes) {
  detail.outputs = at::cat(collected.outputs);
  detail.losses = at::cat(collected.losses);
  const at::Tensor cells = at::cat(collected.labels) * classes + detail.outputs.argmax(1);
  detail.confusion = at::bincount(cells, /*weights=*/{}, classes * classes).view({classes, classes});
}

}  // namespace

Views views_named(const std::string& name) {
  if (name == "one") return Views::one;
  if (name == "mirror") return Views::mirror;
  RESLAB_ASSERT(name == "six", "no views called ", name);
  return Views::six;
}

const char* name(Views views) { return views == Views::one ? "one" : views == Views::mirror ? "mirror" : "six"; }

at::Tensor forward_views(models::Network& network, const at::Tensor& images, Views views) {
  const auto channels_last = [](const at::Tensor& x) { return x.contiguous(at::MemoryFormat::ChannelsLast); };
  const auto both_sides = [&](const at::Tensor& x) {
    return (network.forward(x) + network.forward(channels_last(x.flip({3})))) / 2;
  };
  if (views == Views::one) return network.forward(images);
  if (views == Views::mirror) return both_sides(images);
  const std::int64_t height = images.size(2), width = images.size(3);
  const at::Tensor padded = at::reflection_pad2d(images, {1, 1, 1, 1});
  const auto window = [&](std::int64_t offset) {
    return channels_last(padded.narrow(2, offset, height).narrow(3, offset, width));
  };
  return both_sides(images) / 2 + (both_sides(window(0)) + both_sides(window(2))) / 4;
}

Evaluation evaluate(models::Network& network, data::BatchSource source, const Compute& compute,
                    const EvaluationOptions& options, EvaluationDetail* detail) {
  const torch::NoGradGuard no_grad;
  const models::EvaluationMode mode(network);
  const auto start = std::chrono::steady_clock::now();
  const auto classes = static_cast<std::int64_t>(source.dataset.classes.size());
  source.pipeline = nullptr;
  data::Loader loader(std::move(source), {.batch = {.batch_size = options.batch_size,
                                                    .shuffle = false,
                                                    .limit_batches = options.limit_batches,
                                                    .type = compute.batch_type()}});
  Evaluation result;
  Collected collected;
  while (auto batch = loader.next()) {
    const at::Tensor labels = batch->labels;
    const at::Tensor outputs = forward_views(network, batch->images.to(compute.device), options.views).to(at::kCPU);
    RESLAB_ASSERT(outputs.size(1) == classes, "the network has ", outputs.size(1), " outputs for ", classes,
                  " classes");
    const at::Tensor losses = at::cross_entropy_loss(outputs, labels, /*weight=*/{}, at::Reduction::None);
    const double sum = losses.sum(at::kDouble).item<double>();
    result.samples += labels.size(0);
    result.mean_loss += sum;
    result.sum_of_batch_means += sum / static_cast<double>(labels.size(0));
    result.correct += outputs.argmax(1).eq(labels).sum().item<std::int64_t>();
    const at::Tensor top = std::get<1>(outputs.topk(std::min<std::int64_t>(5, classes), 1));
    result.correct_top5 += top.eq(labels.unsqueeze(1)).sum().item<std::int64_t>();
    if (detail != nullptr) {
      collected.outputs.push_back(outputs);
      collected.losses.push_back(losses);
      collected.labels.push_back(labels);
    }
  }
  if (result.samples > 0) result.mean_loss /= static_cast<double>(result.samples);
  if (detail != nullptr && !collected.outputs.empty()) fill(*detail, collected, classes);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace reslab::train
