// A visualization worker, encoder and sink on paper.
#ifndef DEEPVISION_TESTS_SUPPORT_FAKE_VISUALIZATION_H_
#define DEEPVISION_TESTS_SUPPORT_FAKE_VISUALIZATION_H_

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/api/error.h"
#include "core/engine/visualization_jobs.h"

namespace deepvision {

// What a FakeWorker does, and what was asked of it. Set before the job starts; one
// script may serve several workers of one device.
struct WorkerScript {
  int units_per_batch = 2;
  int steps_per_slice = 4;
  int images = 1;
  std::set<int> dead;                // at their first step
  std::map<int, int> failing;        // at this step
  std::map<int, int> restarting;     // once, at this step
  absl::Status prepare, begin, run;  // errors
  std::function<void()> in_prepare;
  std::function<void(int step)> before_step;

  std::vector<std::vector<int>> batches;
  std::vector<int> slices;  // steps taken in each
  int pictures = 0;
  int alive = 0;
};

inline HostBuffer FloatsOf(std::vector<float> floats) {
  auto owner = std::make_shared<const std::vector<float>>(std::move(floats));
  return HostBuffer(owner->data(), owner->size() * sizeof(float), owner);
}

// Images are 1 x 2 x 2, all values unit + step / 1000.
class FakeWorker final : public VisualizationWorker {
 public:
  FakeWorker(std::shared_ptr<WorkerScript> script, int steps)
      : script_(std::move(script)), steps_(steps) {
    ++script_->alive;
  }
  ~FakeWorker() override { --script_->alive; }

  absl::StatusOr<WorkPlan> Prepare(const CancellationToken& cancelled) override {
    if (script_->in_prepare) script_->in_prepare();
    if (cancelled.IsCancelled()) return RequestCancelled();
    if (!script_->prepare.ok()) return script_->prepare;
    return WorkPlan{script_->units_per_batch, script_->units_per_batch * script_->images};
  }

  absl::Status Begin(const std::vector<int>& units) override {
    script_->batches.push_back(units);
    batch_.clear();
    for (const int unit : units) {
      UnitReport report;
      report.unit = unit;
      report.images.resize(static_cast<size_t>(script_->images));
      batch_.push_back(std::move(report));
    }
    return script_->begin;
  }

  absl::StatusOr<std::vector<UnitReport>> Run(const SliceLimits& limits,
                                              const CancellationToken& cancelled) override {
    if (!script_->run.ok()) return script_->run;
    int taken = 0;
    while (taken < limits.max_steps && taken < script_->steps_per_slice &&
           !cancelled.IsCancelled()) {
      Step();
      ++taken;
    }
    script_->slices.push_back(taken);
    return batch_;
  }

  absl::StatusOr<RawPicture> Picture(int unit, int image, bool with_values) override {
    ++script_->pictures;
    const float value = static_cast<float>(Find(unit).step) / 1000 + static_cast<float>(image);
    RawPicture picture{1, 2, 2, FloatsOf(std::vector<float>(4, value))};
    if (with_values) picture.values = picture.display;
    picture.value_channels = 1;
    return picture;
  }

  absl::StatusOr<VisualizationRecord> Result(int unit) override {
    VisualizationRecord record;
    record.channels = record.display_channels = 1;
    record.height = record.width = 2;
    record.compute_time = absl::Milliseconds(5);
    for (int image = 0; image < script_->images; ++image) {
      RecordedImage made;
      made.values = FloatsOf(std::vector<float>(4, static_cast<float>(unit * 10 + image)));
      made.display = made.values;
      made.quality.objective = static_cast<float>(unit);
      record.images.push_back(std::move(made));
    }
    return record;
  }

 private:
  void Step() {
    for (UnitReport& unit : batch_) {
      if (unit.state != UnitState::kRunning) continue;
      if (script_->before_step) script_->before_step(unit.step);
      ++unit.step;
      const auto restart = script_->restarting.find(unit.unit);
      if (restart != script_->restarting.end() && unit.restarts == 0 &&
          unit.step == restart->second) {
        unit.step = 0;
        ++unit.restarts;
      }
      const auto failing = script_->failing.find(unit.unit);
      if (failing != script_->failing.end() && unit.step == failing->second) {
        unit.state = UnitState::kFailed;
        unit.failure = absl::InternalError(absl::StrCat("not finite at step ", unit.step));
      } else if (script_->dead.contains(unit.unit)) {
        unit.state = UnitState::kDead;
      } else if (unit.step >= steps_) {
        unit.state = UnitState::kDone;
      }
      for (ImageReport& image : unit.images) image.objective = static_cast<float>(unit.step);
    }
  }

  const UnitReport& Find(int unit) const {
    for (const UnitReport& report : batch_) {
      if (report.unit == unit) return report;
    }
    std::abort();
  }

  const std::shared_ptr<WorkerScript> script_;
  const int steps_;
  std::vector<UnitReport> batch_;
};

// Bytes are the first value as a text; sheets are their tiles' texts.
class FakeEncoder final : public VisualizationEncoder {
 public:
  static std::string TextOf(const RawPicture& picture) {
    return absl::StrCat(*reinterpret_cast<const float*>(picture.display.data()));
  }

  absl::StatusOr<EncodedImageData> Encode(const RawPicture& picture,
                                          const VisualizationView&) const override {
    EncodedImageData data;
    data.width = picture.width;
    data.height = picture.height;
    data.bytes = HostBuffer(TextOf(picture));
    return data;
  }

  absl::StatusOr<std::unique_ptr<VisualizationSheets>> MakeSheets(
      int tiles, int height, int width, const VisualizationView& view) const override {
    if (width > view.max_sheet_side) return absl::InvalidArgumentError("view.max_sheet_side");
    return std::make_unique<Sheets>(tiles, height, width);
  }

 private:
  // Two tiles a sheet.
  class Sheets final : public VisualizationSheets {
   public:
    Sheets(int tiles, int height, int width) : tiles_(static_cast<size_t>(tiles), "-") {
      geometry_ = {(tiles + 1) / 2, 2 * width, height, 2, 1, width, height, 0};
    }
    const SheetGeometry& geometry() const override { return geometry_; }
    absl::Status SetTile(int index, const RawPicture& picture) override {
      tiles_[static_cast<size_t>(index)] = TextOf(picture);
      return absl::OkStatus();
    }
    absl::StatusOr<EncodedImageData> Encode(int sheet) override {
      std::string text;
      for (size_t i = static_cast<size_t>(sheet) * 2;
           i < tiles_.size() && i < static_cast<size_t>(sheet) * 2 + 2; ++i) {
        absl::StrAppend(&text, text.empty() ? "" : "|", tiles_[i]);
      }
      EncodedImageData data;
      data.bytes = HostBuffer(text);
      return data;
    }

   private:
    std::vector<std::string> tiles_;
    SheetGeometry geometry_;
  };
};

inline std::string NameOf(JobState state) {
  const char* const names[] = {"queued", "running", "succeeded", "partial", "failed", "cancelled"};
  return names[static_cast<int>(state)];
}
inline std::string NameOf(UnitState state) {
  const char* const names[] = {"waiting", "running", "done", "dead", "failed"};
  return names[static_cast<int>(state)];
}

// What arrived, as words: "state running 0:done", "picture 0@4", "result 0 done",
// "sheet 0 …", "done OK". Thread-safe. A reader who does not read for a while: Stall.
class WordsSink final : public VisualizationSink {
 public:
  void OnHeader(const VisualizationHeader& header) override {
    Say(absl::StrCat("header ", header.units.size()));
  }
  void OnState(const VisualizationJob& job) override {
    std::string words = absl::StrCat("state ", NameOf(job.state));
    if (job.queue_position) absl::StrAppend(&words, " behind ", *job.queue_position);
    for (const UnitStatus& unit : job.units) {
      absl::StrAppend(&words, " ", unit.unit, ":", NameOf(unit.state));
    }
    Say(words);
  }
  void OnProgress(const std::vector<ImageProgress>& images) override {
    std::string words = "progress";
    for (const ImageProgress& image : images)
      absl::StrAppend(&words, " ", image.unit, "@", image.step);
    Say(words);
  }
  void OnPicture(VisualizationPicture picture) override {
    const std::string way = picture.replayed ? "replay" : "picture";
    if (picture.geometry) {
      Say(absl::StrCat("sheet ", picture.sheet_index, picture.replayed ? " replayed " : " ",
                       TextOf(picture.data)));
    } else {
      Say(absl::StrCat(way, " ", picture.unit, "@", picture.step));
    }
  }
  void OnResult(VisualizationResult result) override {
    Say(absl::StrCat("result ", result.unit, " ", NameOf(result.status.state),
                     result.data ? absl::StrCat(" ", TextOf(*result.data)) : ""));
  }
  void OnDone(absl::Status status) override {
    Say(absl::StrCat("done ", absl::StatusCodeToString(status.code())));
  }

  uint64_t BytesAhead() const override {
    const std::lock_guard<std::mutex> lock(mutex_);
    return stalled_ ? kPictureBytesAhead + 1 : 0;
  }
  void WhenTaken(uint64_t, absl::AnyInvocable<void() &&> resume) override {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (stalled_) {
        resume_ = std::move(resume);
        return;
      }
    }
    std::move(resume)();
  }

  void Stall() {
    const std::lock_guard<std::mutex> lock(mutex_);
    stalled_ = true;
  }
  void ReadOn() {
    absl::AnyInvocable<void() &&> resume;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      stalled_ = false;
      resume = std::move(resume_);
      resume_ = nullptr;
    }
    if (resume) std::move(resume)();
  }

  // What arrived since the last call; those that begin with one of `kinds` only.
  std::vector<std::string> Take(const std::vector<std::string>& kinds = {}) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<std::string> taken;
    for (std::string& words : words_) {
      bool wanted = kinds.empty();
      for (const std::string& kind : kinds) wanted = wanted || words.rfind(kind, 0) == 0;
      if (wanted) taken.push_back(std::move(words));
    }
    words_.clear();
    return taken;
  }

 private:
  static std::string TextOf(const EncodedImageData& data) {
    return std::string(reinterpret_cast<const char*>(data.bytes.data()), data.bytes.size());
  }
  void Say(std::string words) {
    const std::lock_guard<std::mutex> lock(mutex_);
    words_.push_back(std::move(words));
  }

  mutable std::mutex mutex_;
  std::vector<std::string> words_;
  bool stalled_ = false;
  absl::AnyInvocable<void() &&> resume_;
};

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_SUPPORT_FAKE_VISUALIZATION_H_
