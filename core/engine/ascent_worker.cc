#include "core/engine/ascent_worker.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/api/error.h"
#include "core/base/status_macros.h"
#include "core/device/torch_status.h"
#include "core/engine/intermission.h"
#include "core/visualization/quality.h"

namespace deepvision {
namespace {

// `tensor` is float32 on the CPU.
HostBuffer BytesOf(const at::Tensor& tensor) {
  const auto owner = std::make_shared<const at::Tensor>(tensor.contiguous());
  return HostBuffer(owner->const_data_ptr<float>(), owner->nbytes(), owner);
}

// [channels, height, width] as shown -> one or three of them: gray, or red, green, blue.
at::Tensor Colours(const at::Tensor& shown, const Preprocessing& preprocessing) {
  if (shown.size(0) == 1 || shown.size(0) == 3) return shown;
  std::vector<int> channels = preprocessing.display_channels;
  if (channels.empty()) channels = {0, 1, 2};
  at::Tensor colours = at::zeros({3, shown.size(1), shown.size(2)});
  for (size_t i = 0; i < std::min<size_t>(channels.size(), 3); ++i) {
    if (channels[i] < shown.size(0)) colours[static_cast<int64_t>(i)].copy_(shown[channels[i]]);
  }
  return colours;
}

absl::Status NotFinite(const UnitProgress& unit) {
  return WithReason(absl::FailedPreconditionError(absl::StrCat(
                        "at step ", unit.step, " the numbers are not finite, after ", unit.restarts,
                        " restarts; try smaller steps, or a smaller weight")),
                    "NOT_FINITE", {{"step", absl::StrCat(unit.step)}});
}

// A network whose control flow depends on the picture may leave the recorded way.
absl::Status AnotherWay() {
  return WithReason(absl::FailedPreconditionError(
                        "the network takes another way through its code for these images than "
                        "for the one that it was opened with; it cannot be visualized"),
                    "DATA_DEPENDENT_NETWORK");
}

UnitState StateOf(UnitProgress::State state) {
  switch (state) {
    case UnitProgress::State::kDone:
      return UnitState::kDone;
    case UnitProgress::State::kDead:
      return UnitState::kDead;
    case UnitProgress::State::kFailed:
      return UnitState::kFailed;
    case UnitProgress::State::kRunning:
      break;
  }
  return UnitState::kRunning;
}

class AscentWorker final : public VisualizationWorker {
 public:
  AscentWorker(AscentOptions options, AscentWorkerTools tools, PictureList compared)
      : options_(std::move(options)),
        tools_(std::move(tools)),
        compared_(std::move(compared)),
        intermission_(tools_.others, tools_.turn) {
    options_.go_on = [this] {
      if (cancelled_.IsCancelled()) return false;
      intermission_.Offer();
      return !cancelled_.IsCancelled();
    };
  }

  absl::StatusOr<WorkPlan> Prepare(const CancellationToken& cancelled) override {
    cancelled_ = cancelled;
    const absl::Status prepared = Measure();
    cancelled_ = CancellationToken();
    if (!prepared.ok()) return Told(prepared);
    return WorkPlan{std::max(1, options_.width / images()), options_.width};
  }

  absl::Status Begin(const std::vector<int>& units) override {
    ascent_.reset();  // before there is another one
    clean_.reset();
    units_ = units;
    times_.assign(units.size(), absl::ZeroDuration());
    absl::StatusOr<std::unique_ptr<Ascent>> made = Ascent::Create(options_, units);
    if (!made.ok()) return Told(made.status());
    ascent_ = *std::move(made);
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<UnitReport>> Run(const SliceLimits& limits,
                                              const CancellationToken& cancelled) override {
    cancelled_ = cancelled;
    clean_.reset();
    const absl::Time begin = intermission_.Now();
    absl::Duration longest;
    for (int i = 0; i < limits.max_steps && !ascent_->finished(); ++i) {
      const absl::Time step_begin = intermission_.Now();
      const bool in_time = step_begin - begin + longest <= limits.max_time;
      if (cancelled.IsCancelled() || (i > 0 && !in_time)) break;
      const absl::Status status = Step();
      if (absl::IsCancelled(status)) break;
      if (!status.ok()) return Told(status);
      longest = std::max(longest, intermission_.Now() - step_begin);
    }
    cancelled_ = CancellationToken();  // what is done is looked at in any case
    return Reports();
  }

  absl::StatusOr<RawPicture> Picture(int unit, int image, bool with_values) override {
    DV_ASSIGN_OR_RETURN(const int index, IndexOf(unit));
    RawPicture picture;
    DV_ASSIGN_OR_RETURN(const at::Tensor shown, Image(index, image, ImageSpace::kDisplay));
    DV_ASSIGN_OR_RETURN(const at::Tensor colours,
                        CallTorch([&] { return Colours(shown, options_.preprocessing); }));
    picture.channels = static_cast<int>(colours.size(0));
    picture.height = static_cast<int>(shown.size(1));
    picture.width = static_cast<int>(shown.size(2));
    picture.display = BytesOf(colours);
    if (with_values) {
      picture.value_channels = static_cast<int>(shown.size(0));
      DV_ASSIGN_OR_RETURN(const at::Tensor values, Image(index, image, ImageSpace::kNetwork));
      picture.values = BytesOf(values);
    }
    DV_ASSIGN_OR_RETURN(const at::Tensor opacity, ascent_->Opacity(index));
    if (opacity.defined()) picture.transparency = BytesOf(opacity.select(0, image));
    return picture;
  }

  absl::StatusOr<VisualizationRecord> Result(int unit) override {
    DV_ASSIGN_OR_RETURN(const int index, IndexOf(unit));
    const absl::Time begin = intermission_.Now();
    DV_RETURN_IF_ERROR(MeasureClean());
    VisualizationRecord record;
    for (int image = 0; image < images(); ++image) {
      DV_ASSIGN_OR_RETURN(const RawPicture picture, Picture(unit, image, /*with_values=*/true));
      record.channels = picture.value_channels;
      record.display_channels = picture.channels;
      record.height = picture.height;
      record.width = picture.width;
      RecordedImage& recorded = record.images.emplace_back();
      recorded.values = picture.values;
      recorded.display = picture.display;
      recorded.transparency = picture.transparency;
      DV_ASSIGN_OR_RETURN(recorded.quality, QualityOf(index, image));
    }
    record.compute_time = times_[static_cast<size_t>(index)] + (intermission_.Now() - begin);
    return record;
  }

 private:
  int images() const { return options_.spec.objective.group.images; }

  absl::Status Measure() {
    DV_ASSIGN_OR_RETURN(options_.width, ChooseBatchWidth(options_, tools_.width, intermission_));
    if (compared_.count == 0) return absl::OkStatus();
    DV_ASSIGN_OR_RETURN(ranges_, SurveyObjectives(options_, compared_));
    return absl::OkStatus();
  }

  // Its time is shared by the units that run.
  absl::Status Step() {
    std::vector<size_t> running;
    const std::vector<UnitProgress> units = ascent_->progress();
    for (size_t i = 0; i < units.size(); ++i) {
      if (units[i].state == UnitProgress::State::kRunning) running.push_back(i);
    }
    const absl::Time begin = intermission_.Now();
    const absl::Status status = ascent_->Step();
    for (const size_t i : running) {
      times_[i] += (intermission_.Now() - begin) / static_cast<double>(running.size());
    }
    return status;
  }

  std::vector<UnitReport> Reports() const {
    std::vector<UnitReport> reports;
    for (const UnitProgress& unit : ascent_->progress()) {
      UnitReport& report = reports.emplace_back();
      report.unit = unit.unit;
      report.state = StateOf(unit.state);
      report.step = unit.step;
      report.restarts = unit.restarts;
      if (report.state == UnitState::kFailed) report.failure = NotFinite(unit);
      // The images of a unit are one sum.
      report.images.assign(
          static_cast<size_t>(images()),
          {static_cast<float>(unit.objective / images()), static_cast<float>(unit.gradient_norm)});
    }
    return reports;
  }

  absl::StatusOr<int> IndexOf(int unit) const {
    const auto found = std::find(units_.begin(), units_.end(), unit);
    if (found != units_.end()) return static_cast<int>(found - units_.begin());
    return absl::InternalError(absl::StrCat("unit ", unit, " is not of the batch"));
  }

  absl::StatusOr<at::Tensor> Image(int index, int image, ImageSpace space) const {
    DV_ASSIGN_OR_RETURN(const at::Tensor images, ascent_->Images(index, space));
    return images.select(0, image);
  }

  // Of all units of the batch, once after each slice.
  absl::Status MeasureClean() {
    if (clean_.has_value()) return absl::OkStatus();
    DV_ASSIGN_OR_RETURN(clean_, ascent_->CleanObjectives());
    return absl::OkStatus();
  }

  absl::StatusOr<VisualizationQuality> QualityOf(int index, int image) const {
    DV_ASSIGN_OR_RETURN(const at::Tensor shown, Image(index, image, ImageSpace::kDisplay));
    VisualizationQuality quality;
    quality.objective =
        static_cast<float>((*clean_)[static_cast<size_t>(index)][static_cast<size_t>(image)]);
    DV_ASSIGN_OR_RETURN(const double distance, CallTorch([&] { return SpectralDistance(shown); }));
    quality.spectral_distance = static_cast<float>(distance);
    if (ranges_.empty()) return quality;
    const std::vector<int>& all = options_.spec.units;
    const auto unit = std::find(all.begin(), all.end(), units_[static_cast<size_t>(index)]);
    const ObjectiveRange& range = ranges_[static_cast<size_t>(unit - all.begin())];
    quality.dataset_maximum = static_cast<float>(range.maximum);
    quality.dataset_mean = static_cast<float>(range.mean);
    return quality;
  }

  // What torch throws is not for clients.
  absl::Status Told(const absl::Status& status) const {
    if (absl::IsAborted(status)) return AnotherWay();
    if (!absl::IsInternal(status)) return status;
    if (tools_.log) tools_.log(absl::StrCat("a visualization: ", status.message()));
    return absl::InternalError("the network could not be run on these images");
  }

  AscentOptions options_;
  const AscentWorkerTools tools_;
  const PictureList compared_;
  std::vector<ObjectiveRange> ranges_;  // of the spec's units; empty: not asked for
  Intermission intermission_;
  CancellationToken cancelled_;
  std::unique_ptr<Ascent> ascent_;
  std::vector<int> units_;
  std::vector<absl::Duration> times_;  // of the device, by unit
  std::optional<std::vector<std::vector<double>>> clean_;
};

}  // namespace

std::unique_ptr<VisualizationWorker> MakeAscentWorker(AscentOptions options,
                                                      AscentWorkerTools tools,
                                                      PictureList compared) {
  return std::make_unique<AscentWorker>(std::move(options), std::move(tools), std::move(compared));
}

}  // namespace deepvision
