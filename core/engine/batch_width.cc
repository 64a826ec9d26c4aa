#include "core/engine/batch_width.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "absl/time/clock.h"
#include "core/base/status_macros.h"

namespace deepvision {
namespace {

constexpr int kWidths[] = {1, 4, 16};
// Pixels of all images of a batch, whose parameters, gradients and views take some
// hundred bytes each.
constexpr int64_t kMostPixels = int64_t{8} << 20;
// A batch of four in less time than this many single images would be a wonder.
constexpr double kBestGain = 0.4;

// Those that may be chosen, rising; the first one holds a unit.
std::vector<int> PossibleWidths(const VisualizationSpec& spec) {
  const int images = spec.objective.group.images;
  const auto needed = static_cast<int64_t>(spec.units.size()) * images;
  std::vector<int> widths;
  for (const int width : kWidths) {
    if (width < images) continue;
    const bool enough = !widths.empty() && widths.back() >= needed;
    const bool large = int64_t{width} * spec.height * spec.width > kMostPixels;
    // What EXACT means is told of single images.
    const bool inexact = spec.numerics == Numerics::kExact && width > 1;
    if (!widths.empty() && (enough || large || inexact)) break;
    widths.push_back(width);
  }
  return widths;
}

// Of the faster one of `steps`.
absl::StatusOr<absl::Duration> MeasureStep(AscentOptions options, int width, int steps,
                                           absl::Duration longest) {
  const VisualizationSpec& spec = options.spec;
  const size_t fitting = static_cast<size_t>(width / spec.objective.group.images);
  const std::vector<int> units(spec.units.begin(),
                               spec.units.begin() + std::min(fitting, spec.units.size()));
  absl::Time latest = absl::InfiniteFuture();
  options.width = width;
  options.go_on = [&latest] { return absl::Now() < latest; };
  DV_ASSIGN_OR_RETURN(const std::unique_ptr<Ascent> ascent, Ascent::Create(options, units));
  absl::Duration fastest = absl::InfiniteDuration();
  for (int i = 0; i < steps; ++i) {
    const absl::Time begin = absl::Now();
    latest = begin + longest;
    DV_RETURN_IF_ERROR(ascent->Step());
    fastest = std::min(fastest, absl::Now() - begin);
  }
  return fastest;
}

}  // namespace

absl::StatusOr<int> ChooseBatchWidth(const AscentOptions& options, const WidthRule& rule) {
  const std::vector<int> widths = PossibleWidths(options.spec);
  if (rule.fixed > 0) return std::max(rule.fixed, widths.front());
  if (widths.size() == 1) return widths.front();
  DV_ASSIGN_OR_RETURN(absl::Duration step,
                      MeasureStep(options, widths[0], 2, absl::InfiniteDuration()));
  int chosen = widths[0];
  for (size_t i = 1; i < widths.size(); ++i) {
    if (step * widths[i] / widths[i - 1] * kBestGain > rule.longest_step) break;
    const absl::StatusOr<absl::Duration> wider =
        MeasureStep(options, widths[i], 1, rule.longest_step);
    if (!wider.ok() || *wider > rule.longest_step) break;  // or it takes no batches
    chosen = widths[i];
    step = *wider;
  }
  return chosen;
}

}  // namespace deepvision
