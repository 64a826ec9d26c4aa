#include "core/engine/intermission.h"

#include <chrono>
#include <utility>

namespace deepvision {
namespace {

absl::Time Steady() {
  return absl::UnixEpoch() + absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

Intermission::Intermission(std::function<void()> others, absl::Duration every)
    : others_(std::move(others)), every_(every), next_(Steady() + every) {}

void Intermission::Offer() {
  if (!others_ || std::this_thread::get_id() != thread_) return;
  const absl::Time begin = Steady();
  if (begin < next_) return;
  others_();
  const absl::Time end = Steady();
  taken_ += end - begin;
  next_ = end + every_;
}

absl::Time Intermission::Now() const { return Steady() - taken_; }

}  // namespace deepvision
