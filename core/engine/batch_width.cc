#include "core/engine/batch_width.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "core/api/error.h"
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
  std::vector<int> widths;
  for (const int width : kWidths) {
    if (width < images) continue;
    const bool large = int64_t{width} * spec.height * spec.width > kMostPixels;
    // What EXACT means is told of single images.
    const bool inexact = spec.numerics == Numerics::kExact && width > 1;
    if (!widths.empty() && (large || inexact)) break;
    widths.push_back(width);
  }
  return widths;
}

// Up to the first one that holds all images of the job.
std::vector<int> UsefulWidths(const VisualizationSpec& spec) {
  const auto needed = static_cast<int64_t>(spec.units.size()) * spec.objective.group.images;
  std::vector<int> widths = PossibleWidths(spec);
  const auto enough = std::find_if(widths.begin(), widths.end(),
                                   [needed](const int width) { return width >= needed; });
  if (enough != widths.end()) widths.erase(enough + 1, widths.end());
  return widths;
}

// Of the faster one of `steps`.
absl::StatusOr<absl::Duration> MeasureStep(AscentOptions options, int width, int steps,
                                           absl::Duration longest,
                                           const Intermission& intermission) {
  const VisualizationSpec& spec = options.spec;
  const size_t fitting = static_cast<size_t>(width / spec.objective.group.images);
  const std::vector<int> units(spec.units.begin(),
                               spec.units.begin() + std::min(fitting, spec.units.size()));
  absl::Time latest = absl::InfiniteFuture();
  options.width = width;
  options.go_on = [&latest, &intermission, go_on = options.go_on] {
    return (!go_on || go_on()) && intermission.Now() < latest;
  };
  DV_ASSIGN_OR_RETURN(const std::unique_ptr<Ascent> ascent, Ascent::Create(options, units));
  absl::Duration fastest = absl::InfiniteDuration();
  for (int i = 0; i < steps; ++i) {
    const absl::Time begin = intermission.Now();
    latest = begin + longest;
    DV_RETURN_IF_ERROR(ascent->Step());
    fastest = std::min(fastest, intermission.Now() - begin);
  }
  return fastest;
}

// The fixed one; the smallest where that is impossible.
absl::StatusOr<int> FixedWidth(AscentOptions options, int fixed) {
  const std::vector<int> widths = PossibleWidths(options.spec);
  if (std::find(widths.begin(), widths.end(), fixed) == widths.end()) return widths.front();
  options.width = fixed;
  const absl::Status made = Ascent::Create(options, {options.spec.units.front()}).status();
  if (made.ok()) return fixed;
  if (GetErrorDetails(made).reason == "ONE_IMAGE_AT_A_TIME") return widths.front();
  return made;
}

}  // namespace

absl::StatusOr<int> ChooseBatchWidth(const AscentOptions& options, const WidthRule& rule,
                                     const Intermission& intermission) {
  if (rule.fixed > 0) return FixedWidth(options, rule.fixed);
  const std::vector<int> widths = UsefulWidths(options.spec);
  if (widths.size() == 1) return widths.front();
  DV_ASSIGN_OR_RETURN(absl::Duration step,
                      MeasureStep(options, widths[0], 2, absl::InfiniteDuration(), intermission));
  int chosen = widths[0];
  for (size_t i = 1; i < widths.size(); ++i) {
    if (step * widths[i] / widths[i - 1] * kBestGain > rule.longest_step) break;
    const absl::StatusOr<absl::Duration> wider =
        MeasureStep(options, widths[i], 1, rule.longest_step, intermission);
    if (!wider.ok() || *wider > rule.longest_step) break;  // or it takes no batches
    chosen = widths[i];
    step = *wider;
  }
  return chosen;
}

}  // namespace deepvision
