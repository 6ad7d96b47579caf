#include "reslab/train/unread_losses.h"

#include <ATen/ops/empty.h>
#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <optional>

#include "reslab/core/error.h"

namespace reslab::train {

struct UnreadLosses::Unread {
  BatchDone event;
  at::Tensor values;                  // [3], fp64, on the host
  std::optional<c10::Event> arrived;  // follows the copy in the device's stream; nothing on a processor

  Unread(const BatchDone& done, const at::Tensor& on_device) : event(done) {
    if (on_device.is_cpu()) {
      values = on_device;
      return;
    }
    values = at::empty(on_device.sizes(), at::TensorOptions(at::kDouble).pinned_memory(true));
    values.copy_(on_device, /*non_blocking=*/true);
    arrived.emplace(on_device.device().type());
    arrived->record(c10::impl::VirtualGuardImpl(on_device.device().type()).getStream(on_device.device()));
  }
};

UnreadLosses::UnreadLosses() = default;
UnreadLosses::~UnreadLosses() = default;

void UnreadLosses::add(const BatchDone& event, const at::Tensor& values) { waiting_.emplace_back(event, values); }

std::int64_t UnreadLosses::size() const { return std::ssize(waiting_); }

void UnreadLosses::clear() { waiting_.clear(); }

UnreadLosses::Read UnreadLosses::read() {
  RESLAB_ASSERT(!waiting_.empty(), "all batches have been read");
  const Unread oldest = std::move(waiting_.front());
  waiting_.pop_front();
  if (oldest.arrived) oldest.arrived->synchronize();
  return {.event = oldest.event, .values = read_values(oldest.values)};
}

}  // namespace reslab::train
