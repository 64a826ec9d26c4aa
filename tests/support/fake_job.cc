#include "tests/support/fake_job.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "tests/support/fake_pictures.h"

namespace deepvision {

bool HasEnded(UnitState state) {
  return state != UnitState::kWaiting && state != UnitState::kRunning;
}
bool HasEnded(JobState state) { return state != JobState::kQueued && state != JobState::kRunning; }

FakeWatcher::FakeWatcher(WatchVisualizationQuery query, std::shared_ptr<VisualizationSink> sink)
    : query(std::move(query)), sink_(std::move(sink)) {}

bool FakeWatcher::Shows(int unit) const {
  return std::find(shown.begin(), shown.end(), unit) != shown.end();
}

bool FakeWatcher::left() const {
  absl::MutexLock lock(&mutex_);
  return left_ || sink_ == nullptr;
}

void FakeWatcher::Push(Call call, bool waits_for_reader) {
  absl::MutexLock lock(&mutex_);
  if (!ending_) calls_.push_back({std::move(call), waits_for_reader});
}

void FakeWatcher::PushDone(const absl::Status& status) {
  absl::MutexLock lock(&mutex_);
  if (ending_) return;
  ending_ = true;
  calls_.push_back({[status](VisualizationSink& sink) { sink.OnDone(status); }, true});
}

void FakeWatcher::Leave(const absl::Status& status) {
  {
    absl::MutexLock lock(&mutex_);
    left_ = ending_ = true;
    calls_.clear();
    calls_.push_back({[status](VisualizationSink& sink) { sink.OnDone(status); }, false});
  }
  Pump();
}

void FakeWatcher::Pump() {
  {
    absl::MutexLock lock(&mutex_);
    if (pumping_) return;
    pumping_ = true;
  }
  while (CallNext()) {
  }
}

bool FakeWatcher::CallNext() {
  constexpr uint64_t kAhead = VisualizationSink::kPictureBytesAhead;
  std::shared_ptr<VisualizationSink> sink;
  Call call;
  {
    absl::MutexLock lock(&mutex_);
    sink = sink_;
    pumping_ = sink != nullptr && !calls_.empty();
    if (!pumping_) return false;
    if (calls_.front().waits_for_reader && sink->BytesAhead() > kAhead) {
      pumping_ = false;
    } else {
      call = std::move(calls_.front().call);
      calls_.pop_front();
      if (ending_ && calls_.empty()) sink_ = nullptr;
    }
  }
  if (call) {
    call(*sink);
    return true;
  }
  sink->WhenTaken(kAhead, [self = shared_from_this()] { self->Pump(); });
  return false;
}

void FakeJob::Count() {
  info.counts = {};
  for (const UnitStatus& unit : info.units) {
    info.counts.waiting += unit.state == UnitState::kWaiting;
    info.counts.running += unit.state == UnitState::kRunning;
    info.counts.done += unit.state == UnitState::kDone;
    info.counts.dead += unit.state == UnitState::kDead;
    info.counts.failed += unit.state == UnitState::kFailed;
  }
}

void FakeJob::TellState(const std::vector<UnitStatus>& units) {
  Count();
  for (const auto& watcher : watchers) TellState(units, *watcher);
}

void FakeJob::TellState(const std::vector<UnitStatus>& units, FakeWatcher& watcher) {
  VisualizationJob seen = info;
  seen.spec = {};
  seen.units.clear();
  for (const UnitStatus& unit : units) {
    if (watcher.Shows(unit.unit)) seen.units.push_back(unit);
  }
  watcher.Push([seen](VisualizationSink& sink) { sink.OnState(seen); });
}

void FakeJob::TellResult(const UnitStatus& unit, FakeWatcher& watcher) const {
  for (int image = 0; image < images(); ++image) {
    VisualizationResult result;
    result.unit = unit.unit;
    result.image = image;
    result.status = unit;
    result.finished = absl::Now();
    if (unit.state == UnitState::kDone) {
      result.quality = {static_cast<float>(unit.unit) + 0.5F, 10.0F, {}, 0.25F};
      result.produced_by = info.produced_by;
      result.batch_width = kFakeBatch;
      result.compute_time = absl::Milliseconds(20);
      if (watcher.query.view.layout == VisualizationLayout::kUnits) {
        result.data =
            DrawFakeImage(unit.unit, image, info.spec.steps, info.spec.height, watcher.query.view);
      }
    }
    watcher.Push([result](VisualizationSink& sink) { sink.OnResult(result); }, true);
  }
}

void FakeJob::TellSheet(FakeWatcher& watcher) const {
  std::vector<FakeTile> tiles;
  for (const UnitStatus& unit : info.units) {
    if (!watcher.Shows(unit.unit)) continue;
    const bool seen = unit.state == UnitState::kRunning || unit.state == UnitState::kDone;
    for (int image = 0; image < images(); ++image) {
      tiles.push_back({unit.unit, image, seen ? unit.step : -1});
    }
  }
  const VisualizationPicture sheet = DrawFakeSheet(tiles, info.spec.height, watcher.query.view);
  watcher.Push([sheet](VisualizationSink& sink) { sink.OnPicture(sheet); });
}

void FakeJob::TellPictures(FakeWatcher& watcher) const {
  const VisualizationView& view = watcher.query.view;
  if (view.results_only) return;
  if (view.layout == VisualizationLayout::kAtlas) return TellSheet(watcher);
  for (const UnitStatus& unit : info.units) {
    if (unit.state != UnitState::kRunning || !watcher.Shows(unit.unit)) continue;
    if (view.every_steps != 0 && unit.step % view.every_steps != 0) continue;
    for (int image = 0; image < images(); ++image) {
      VisualizationPicture picture;
      picture.unit = unit.unit;
      picture.image = image;
      picture.step = unit.step;
      picture.data = DrawFakeImage(unit.unit, image, unit.step, info.spec.height, view);
      watcher.Push([picture](VisualizationSink& sink) { sink.OnPicture(picture); });
    }
  }
}

void FakeJob::TellProgress() const {
  for (const auto& watcher : watchers) {
    std::vector<ImageProgress> progress;
    for (const UnitStatus& unit : info.units) {
      if (unit.state != UnitState::kRunning || !watcher->Shows(unit.unit)) continue;
      for (int image = 0; image < images(); ++image) {
        progress.push_back({unit.unit, image, unit.step, 0.1F * static_cast<float>(unit.step),
                            1.0F / static_cast<float>(unit.step + 1)});
      }
    }
    watcher->Push([progress](VisualizationSink& sink) { sink.OnProgress(progress); });
    TellPictures(*watcher);
  }
}

void FakeJob::TellSnapshots(const UnitStatus& unit, FakeWatcher& watcher) const {
  if (!watcher.query.from_step || unit.state != UnitState::kDone) return;
  for (int quarter = 0; quarter < 4; ++quarter) {
    VisualizationPicture picture;
    picture.unit = unit.unit;
    picture.step = quarter * info.spec.steps / 4;
    picture.replayed = true;
    if (picture.step < *watcher.query.from_step) continue;
    picture.data = DrawFakeImage(unit.unit, 0, picture.step, info.spec.height, watcher.query.view);
    watcher.Push([picture](VisualizationSink& sink) { sink.OnPicture(picture); }, true);
  }
}

}  // namespace deepvision
