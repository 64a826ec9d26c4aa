#include "core/engine/intermission.h"

#include <utility>

namespace deepvision {

Intermission::Intermission(std::function<void()> others, absl::Duration every)
    : others_(std::move(others)), every_(every), next_(absl::Now() + every) {}

void Intermission::Offer() {
  if (!others_ || std::this_thread::get_id() != thread_) return;
  const absl::Time begin = absl::Now();
  if (begin < next_) return;
  others_();
  const absl::Time end = absl::Now();
  taken_ += end - begin;
  next_ = end + every_;
}

}  // namespace deepvision
