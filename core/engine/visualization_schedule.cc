#include "core/engine/visualization_schedule.h"

#include <algorithm>
#include <cmath>

namespace deepvision {
namespace {

constexpr absl::Duration kRateWindow = absl::Seconds(10);

}  // namespace

std::vector<int> SnapshotSteps(int steps, int count) {
  std::vector<int> stops;
  for (int i = 0; i < count; ++i) {
    const int step = static_cast<int>(std::lround(std::pow(steps, static_cast<double>(i) / count)));
    if (step < steps && (stops.empty() || step > stops.back())) stops.push_back(step);
  }
  return stops;
}

int StepsUntilStop(int step, int last, const std::vector<int>& stops, int every) {
  int next = last;
  const auto stop = std::upper_bound(stops.begin(), stops.end(), step);
  if (stop != stops.end()) next = std::min(next, *stop);
  if (every > 0) next = std::min<int64_t>(next, (int64_t{step} / every + 1) * every);
  return std::max(1, next - step);
}

void RateMeter::Add(int64_t steps, absl::Time now) {
  const int64_t before = samples_.empty() ? 0 : samples_.back().second;
  samples_.emplace_back(now, samples_.empty() ? 0 : before + steps);
  while (samples_.size() > 2 && samples_[1].first <= now - kRateWindow) samples_.pop_front();
}

double RateMeter::PerSecond() const {
  if (samples_.size() < 2) return 0;
  const double seconds = absl::ToDoubleSeconds(samples_.back().first - samples_.front().first);
  if (seconds <= 0) return 0;
  return static_cast<double>(samples_.back().second - samples_.front().second) / seconds;
}

}  // namespace deepvision
