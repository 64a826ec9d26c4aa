#include "core/engine/visualization_watcher.h"

#include <algorithm>
#include <functional>
#include <optional>

namespace deepvision {
namespace {

WatchQueue::Options OptionsFor(const WatchVisualizationQuery& query, int images, bool replays,
                               const VisualizationSheets* sheets) {
  WatchQueue::Options options;
  options.view = query.view;
  options.replays = replays;
  options.replay_fps = query.replay_fps;
  options.images = images;
  options.sheets = sheets == nullptr ? 0 : sheets->geometry().sheet_count;
  return options;
}

bool Lags(const VisualizationSink& sink) {
  return sink.BytesAhead() > VisualizationSink::kPictureBytesAhead;
}

}  // namespace

// Ends as a task that ran, or gives the turn back as one that was dropped.
struct VisualizationWatcher::Turn {
  explicit Turn(std::shared_ptr<VisualizationWatcher> watcher) : watcher(std::move(watcher)) {}
  Turn(Turn&&) = default;
  ~Turn() {
    if (watcher != nullptr) watcher->EndTurn();
  }
  void operator()() && { std::exchange(watcher, nullptr)->Pump(); }

  std::shared_ptr<VisualizationWatcher> watcher;
};

VisualizationWatcher::VisualizationWatcher(WatcherTools tools, WatchVisualizationQuery query,
                                           std::vector<int> units, int images,
                                           std::unique_ptr<VisualizationSheets> sheets,
                                           std::shared_ptr<VisualizationSink> sink)
    : tools_(std::move(tools)),
      query_(std::move(query)),
      sheets_(std::move(sheets)),
      sink_(std::move(sink)),
      queue_(OptionsFor(query_, images, replays(), sheets_.get())) {
  for (const int unit : units) {
    for (int image = 0; image < images; ++image) {
      tiles_.emplace(std::pair(unit, image), static_cast<int>(tiles_.size()));
    }
  }
}

template <typename Telling>
void VisualizationWatcher::Tell(Telling telling) {
  {
    absl::MutexLock lock(&mutex_);
    telling(queue_);
  }
  Wake();
}

void VisualizationWatcher::Begin(VisualizationHeader header, VisualizationJob state,
                                 std::vector<EndedUnit> ended, std::vector<WayPicture> way) {
  Tell([&](WatchQueue& queue) {
    queue.Begin(std::move(header), std::move(state), std::move(ended), std::move(way));
  });
}

void VisualizationWatcher::TellState(VisualizationJob job) {
  Tell([&](WatchQueue& queue) { queue.TellState(std::move(job)); });
}

void VisualizationWatcher::TellEnded(std::vector<EndedUnit> units) {
  Tell([&](WatchQueue& queue) { queue.TellEnded(std::move(units)); });
}

void VisualizationWatcher::TellJobEnded() {
  Tell([](WatchQueue& queue) { queue.TellJobEnded(); });
}

void VisualizationWatcher::StopWaiting() {
  Tell([](WatchQueue& queue) { queue.StopWaiting(); });
}

bool VisualizationWatcher::WantsProgress() const {
  absl::MutexLock lock(&mutex_);
  return !queue_.is_done() && tools_.timer->Now() >= next_progress_;
}

bool VisualizationWatcher::WantsPictures(int step) const {
  const VisualizationView& view = query_.view;
  if (view.results_only || (view.every_steps > 0 && step % view.every_steps != 0)) return false;
  std::shared_ptr<VisualizationSink> sink;
  {
    absl::MutexLock lock(&mutex_);
    if (tools_.timer->Now() < next_pictures_) return false;
    sink = sink_;
  }
  return sink != nullptr && !Lags(*sink);
}

int VisualizationWatcher::EveryStepsBefore(absl::Time time) const {
  absl::MutexLock lock(&mutex_);
  const bool wants = !queue_.is_done() && !query_.view.results_only && next_pictures_ <= time;
  return wants ? query_.view.every_steps : 0;
}

void VisualizationWatcher::Tick(std::vector<ImageProgress> progress,
                                std::vector<LivePicture> pictures) {
  const absl::Time next = tools_.timer->Now() + absl::Seconds(1 / query_.view.max_fps);
  Tell([&](WatchQueue& queue) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    if (!progress.empty()) next_progress_ = next;
    if (!pictures.empty()) next_pictures_ = next;
    if (!progress.empty()) queue.TellProgress(std::move(progress));
    queue.TellPictures(std::move(pictures));
  });
}

void VisualizationWatcher::Leave(absl::Status status) {
  {
    absl::MutexLock lock(&mutex_);
    queue_.Leave(std::move(status));
    if (has_turn_) return;  // who has it ends it
    has_turn_ = true;
  }
  Pump();
}

bool VisualizationWatcher::IsDone() const {
  absl::MutexLock lock(&mutex_);
  return queue_.is_done();
}

void VisualizationWatcher::Wake() {
  {
    absl::MutexLock lock(&mutex_);
    if (has_turn_ || queue_.is_done()) return;
    has_turn_ = true;
  }
  // One at a time for each watcher, so it is never refused for want of room.
  tools_.host->Post(Priority::kContinuation, Turn(shared_from_this())).IgnoreError();
}

void VisualizationWatcher::Pump() {
  while (Step()) {
  }
}

// False when the turn is over.
bool VisualizationWatcher::Step() {
  const std::shared_ptr<VisualizationSink> sink = Sink();
  const bool lags = sink != nullptr && Lags(*sink);  // its locks are not ours
  std::optional<WatchEvent> event;
  {
    absl::MutexLock lock(&mutex_);
    event = queue_.Next(lags, tools_.timer->Now());
    has_turn_ = event.has_value();
  }
  if (!event.has_value()) return false;
  std::visit([&](auto& what) { Do(*sink, what); }, *event);
  return true;
}

// The task was dropped: the executor has stopped. Who leaves is still told.
void VisualizationWatcher::EndTurn() {
  absl::MutexLock lock(&mutex_);
  has_turn_ = false;
}

std::shared_ptr<VisualizationSink> VisualizationWatcher::Sink() const {
  absl::MutexLock lock(&mutex_);
  return sink_;
}

}  // namespace deepvision
