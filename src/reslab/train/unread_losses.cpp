#include "reslab/train/unread_losses.h"

#include <ATen/ops/empty.h>
#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <optional>

#include "reslab/core/error.h"

namespace reslab::train {

struct UnreadLosses::Unread {
  BatchDone event;
  std::int64_t samples = 0;
  at::Tensor values;  // [2], fp64, CPU
  std::optional<c10::Event> arrived;

  Unread(const BatchDone& done, std::int64_t size, const at::Tensor& on_device) : event(done), samples(size) {
    if (on_device.is_cpu()) {
      values = on_device;
      return;
    }
    values = at::empty({2}, at::TensorOptions(at::kDouble).pinned_memory(true));
    values.copy_(on_device, /*non_blocking=*/true);
    arrived.emplace(on_device.device().type());
    arrived->record(c10::impl::VirtualGuardImpl(on_device.device().type()).getStream(on_device.device()));
  }
};

UnreadLosses::UnreadLosses() = default;
UnreadLosses::~UnreadLosses() = default;

void UnreadLosses::add(const BatchDone& event, std::int64_t samples, const at::Tensor& values) {
  waiting_.emplace_back(event, samples, values);
}

std::int64_t UnreadLosses::size() const { return std::ssize(waiting_); }

void UnreadLosses::clear() { waiting_.clear(); }

UnreadLosses::Read UnreadLosses::read() {
  RESLAB_ASSERT(!waiting_.empty(), "no batch is under way");
  const Unread oldest = std::move(waiting_.front());
  waiting_.pop_front();
  if (oldest.arrived) oldest.arrived->synchronize();
  const auto* const values = oldest.values.const_data_ptr<double>();
  return {.event = oldest.event,
          .samples = oldest.samples,
          .loss = values[0],
          .correct = static_cast<std::int64_t>(values[1])};
}

}  // namespace reslab::train
