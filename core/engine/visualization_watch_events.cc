// What a VisualizationWatcher does when its WatchQueue says so.
#include <algorithm>
#include <utility>

#include "core/base/status_macros.h"
#include "core/engine/small_picture.h"
#include "core/engine/visualization_watcher.h"

namespace deepvision {
namespace {

RawPicture RawOf(const VisualizationRecord& record, const RecordedImage& image) {
  return {record.display_channels, record.height,  record.width, image.display, image.values,
          image.transparency,      record.channels};
}

// The way of a unit from a step on.
std::vector<WayPicture> WayOf(const EndedUnit& unit, const SharedRecord& record, int from_step) {
  std::vector<WayPicture> way;
  for (size_t image = 0; image < record->images.size(); ++image) {
    for (const RecordedSnapshot& snapshot : record->images[image].snapshots) {
      if (snapshot.step < from_step) continue;
      way.push_back({unit.status.unit, static_cast<int>(image),
                     std::make_shared<const RecordedSnapshot>(snapshot)});
    }
  }
  return way;
}

}  // namespace

std::function<void()> VisualizationWatcher::Resume() {
  return [weak = weak_from_this()] {
    if (const std::shared_ptr<VisualizationWatcher> self = weak.lock()) self->StopWaiting();
  };
}

void VisualizationWatcher::Do(VisualizationSink& sink, VisualizationHeader& header) {
  sink.OnHeader(header);
}

void VisualizationWatcher::Do(VisualizationSink& sink, VisualizationJob& job) { sink.OnState(job); }

void VisualizationWatcher::Do(VisualizationSink& sink, std::vector<ImageProgress>& progress) {
  sink.OnProgress(progress);
}

// A unit whose result is gone has no way, and its result says so.
void VisualizationWatcher::Do(VisualizationSink&, LoadWay& load) {
  std::vector<WayPicture> way;
  for (const EndedUnit& unit : load.units) {
    const absl::StatusOr<SharedRecord> record = Load(unit.key);
    if (!record.ok()) continue;
    for (WayPicture& picture : WayOf(unit, *record, from_step())) way.push_back(std::move(picture));
  }
  loaded_ = {};
  std::stable_sort(way.begin(), way.end(), [](const WayPicture& a, const WayPicture& b) {
    return a.snapshot->step < b.snapshot->step;
  });
  absl::MutexLock lock(&mutex_);
  queue_.AddWay(std::move(way));
}

void VisualizationWatcher::Do(VisualizationSink& sink, WayPicture& frame) {
  VisualizationPicture picture;
  picture.unit = frame.unit;
  picture.image = frame.image;
  picture.step = frame.snapshot->step;
  picture.replayed = true;
  Show(sink, std::move(picture), PictureOf(*frame.snapshot));
}

void VisualizationWatcher::Do(VisualizationSink& sink, LivePicture& live) {
  VisualizationPicture picture;
  picture.unit = live.unit;
  picture.image = live.image;
  picture.step = live.step;
  Show(sink, std::move(picture), *live.picture);
}

// On its own, or as a tile of a sheet that is given later.
void VisualizationWatcher::Show(VisualizationSink& sink, VisualizationPicture picture,
                                const RawPicture& raw) {
  if (sheets_ != nullptr) {
    const absl::Status status = SetTile(picture.unit, picture.image, raw);
    if (!status.ok()) Leave(status);
    return;
  }
  absl::StatusOr<EncodedImageData> data = tools_.encoder->Encode(raw, query_.view);
  if (!data.ok()) return Leave(data.status());
  picture.data = *std::move(data);
  sink.OnPicture(std::move(picture));
}

absl::Status VisualizationWatcher::SetTile(int unit, int image, const RawPicture& raw) {
  const int tile = tiles_.at({unit, image});
  DV_RETURN_IF_ERROR(sheets_->SetTile(tile, raw));
  const SheetGeometry& geometry = sheets_->geometry();
  absl::MutexLock lock(&mutex_);
  queue_.MarkSheet(tile / (geometry.columns * geometry.rows));
  return absl::OkStatus();
}

void VisualizationWatcher::Do(VisualizationSink& sink, GiveResult& give) {
  VisualizationResult result;
  result.unit = give.unit.status.unit;
  result.image = give.image;
  result.status = give.unit.status;
  if (result.status.state == UnitState::kDone) {
    const absl::Status status = Fill(give, &result);
    if (!status.ok()) {
      result.status.state = UnitState::kFailed;
      result.status.failure = status;
    }
  }
  sink.OnResult(std::move(result));
}

absl::Status VisualizationWatcher::Fill(const GiveResult& give, VisualizationResult* result) {
  DV_ASSIGN_OR_RETURN(const SharedRecord record, Load(give.unit.key));
  if (static_cast<size_t>(give.image) >= record->images.size()) {
    return absl::InternalError("the stored result has fewer images than its unit");
  }
  const RecordedImage& image = record->images[static_cast<size_t>(give.image)];
  result->quality = image.quality;
  result->produced_by = record->produced_by;
  result->batch_width = record->batch_width;
  result->compute_time = record->compute_time;
  result->finished = record->finished;
  const RawPicture raw = RawOf(*record, image);
  if (sheets_ != nullptr) return SetTile(give.unit.status.unit, give.image, raw);
  DV_ASSIGN_OR_RETURN(result->data, tools_.encoder->Encode(raw, query_.view));
  return absl::OkStatus();
}

// Images of one unit follow each other.
absl::StatusOr<SharedRecord> VisualizationWatcher::Load(const std::string& key) {
  if (loaded_.first != key) {
    DV_ASSIGN_OR_RETURN(SharedRecord record, tools_.results->Load(key));
    loaded_ = {key, std::move(record)};
  }
  return loaded_.second;
}

void VisualizationWatcher::Do(VisualizationSink& sink, GiveSheet& give) {
  absl::StatusOr<EncodedImageData> data = sheets_->Encode(give.sheet);
  if (!data.ok()) return Leave(data.status());
  VisualizationPicture picture;
  picture.step = give.step;
  picture.replayed = give.replayed;
  picture.sheet_index = give.sheet;
  picture.geometry = sheets_->geometry();
  picture.data = *std::move(data);
  sink.OnPicture(std::move(picture));
}

void VisualizationWatcher::Do(VisualizationSink& sink, WaitForReader&) {
  loaded_ = {};
  sink.WhenTaken(VisualizationSink::kPictureBytesAhead, Resume());
}

void VisualizationWatcher::Do(VisualizationSink&, WaitUntil& wait) {
  tools_.timer->At(wait.time, Resume());
}

void VisualizationWatcher::Do(VisualizationSink& sink, GiveDone& done) {
  loaded_ = {};
  sink.OnDone(std::move(done.status));
  absl::MutexLock lock(&mutex_);
  sink_ = nullptr;
}

}  // namespace deepvision
