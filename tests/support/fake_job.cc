#include "tests/support/fake_job.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/api/error.h"
#include "core/base/digest.h"
#include "tests/support/fake_input.h"
#include "tests/support/fake_pictures.h"

namespace deepvision {
namespace {

constexpr int kDeadUnit = 13;
constexpr int kFailingUnit = 14;

}  // namespace

bool HasEnded(UnitState state) {
  return state != UnitState::kWaiting && state != UnitState::kRunning;
}
bool HasEnded(JobState state) { return state != JobState::kQueued && state != JobState::kRunning; }

std::string FakeUnitKey(const VisualizationSpec& spec, int unit) {
  return absl::StrCat(spec.network, "|", spec.layer, "|", unit, "|", spec.method.index(), "|",
                      spec.steps, "|", spec.seed, "|", spec.height, "|", DigestOfInput(spec.start));
}

std::string FakeJobId(const VisualizationSpec& spec) {
  Sha256 hash;
  for (const int unit : spec.units) hash.Update(FakeUnitKey(spec, unit));
  return absl::StrCat("networks/", spec.network, "/visualizations/", hash.Finish());
}

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

void FakeJob::EndUnit(UnitStatus& unit, UnitState state, std::set<std::string>& stored) {
  unit.state = state;
  if (state == UnitState::kDone) {
    unit.step = info.spec.steps;
    stored.insert(FakeUnitKey(info.spec, unit.unit));
  }
  if (state == UnitState::kFailed && unit.failure.ok()) {
    unit.failure = WithReason(absl::InternalError(absl::StrCat("not finite at step ", unit.step)),
                              "NOT_FINITE");
  }
  TellState({unit});
  for (const auto& watcher : watchers) {
    if (watcher->Shows(unit.unit)) TellResult(unit, *watcher);
  }
}

void FakeJob::End(JobState state) {
  info.state = state;
  info.queue_position.reset();
  info.remaining.reset();
  info.ended = absl::Now();
  std::vector<UnitStatus> changed;
  for (UnitStatus& unit : info.units) {
    if (unit.state != UnitState::kRunning) continue;
    unit.state = UnitState::kWaiting;
    changed.push_back(unit);
  }
  TellState(changed);
  for (const auto& watcher : watchers) {
    if (watcher->query.view.layout == VisualizationLayout::kAtlas) TellSheet(*watcher);
    watcher->PushDone(absl::OkStatus());
  }
}

void FakeJob::Advance(int steps, std::set<std::string>& stored) {
  std::vector<UnitStatus> begun;
  if (info.state == JobState::kQueued) {
    info.state = JobState::kRunning;
    info.queue_position.reset();
    info.started = absl::Now();
    info.batch_width = kFakeBatch;
    info.steps_per_second = 100;
    info.remaining = absl::Seconds(1);
  }
  int running = 0;
  for (UnitStatus& unit : info.units) {
    if (HasEnded(unit.state) || running == kFakeBatch) continue;
    ++running;
    if (unit.state == UnitState::kWaiting) {
      unit.state = UnitState::kRunning;
      begun.push_back(unit);
    }
  }
  if (!begun.empty()) TellState(begun);
  std::vector<std::pair<size_t, UnitState>> ended;
  for (size_t i = 0; i < info.units.size(); ++i) {
    UnitStatus& unit = info.units[i];
    if (unit.state != UnitState::kRunning) continue;
    unit.step = std::min(unit.step + steps, info.spec.steps);
    if (unit.unit == kDeadUnit) ended.emplace_back(i, UnitState::kDead);
    if (unit.unit == kFailingUnit && unit.step >= 3) ended.emplace_back(i, UnitState::kFailed);
    if (unit.unit < kDeadUnit || unit.unit > kFailingUnit) {
      if (unit.step == info.spec.steps) ended.emplace_back(i, UnitState::kDone);
    }
  }
  TellProgress();
  for (const auto& [index, state] : ended) EndUnit(info.units[index], state, stored);
  const bool all_ended = std::all_of(info.units.begin(), info.units.end(),
                                     [](const UnitStatus& unit) { return HasEnded(unit.state); });
  if (!all_ended) return;
  const int total = static_cast<int>(info.units.size());
  const int done = info.counts.done;
  End(done == total ? JobState::kSucceeded : done > 0 ? JobState::kPartial : JobState::kFailed);
}

}  // namespace deepvision
