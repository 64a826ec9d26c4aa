#include "core/engine/visualization_watch_queue.h"

#include <algorithm>

namespace deepvision {

void WatchQueue::Begin(VisualizationHeader header, VisualizationJob state,
                       std::vector<EndedUnit> ended, std::vector<WayPicture> way) {
  header_ = std::move(header);
  TellState(std::move(state));
  AddWay(std::move(way));
  // Side by side, a group after the other, each before its results.
  for (size_t first = 0; first < ended.size(); first += kReplayedTogether) {
    const size_t last = std::min(first + kReplayedTogether, ended.size());
    LoadWay group;
    for (size_t i = first; i < last; ++i) {
      if (ended[i].status.state == UnitState::kDone) group.units.push_back(ended[i]);
    }
    if (options_.replays && !group.units.empty()) deliveries_.push_back(std::move(group));
    for (size_t i = first; i < last; ++i) deliveries_.push_back(PendingResult{ended[i]});
  }
}

void WatchQueue::AddWay(std::vector<WayPicture> way) {
  for (WayPicture& picture : way) {
    shown_[{picture.unit, picture.image}] = picture.snapshot->step;
    frames_.push_back(std::move(picture));
  }
}

// Steps of an image rise, also after a restart: until it is as far as it was, what
// was shown of it stays.
void WatchQueue::TellPictures(std::vector<LivePicture> pictures) {
  for (LivePicture& picture : pictures) {
    const ImageId id = {picture.unit, picture.image};
    const auto shown = shown_.find(id);
    if (shown != shown_.end() && picture.step <= shown->second) continue;
    furthest_step_ = std::max(furthest_step_, picture.step);
    pictures_[id] = std::move(picture);
  }
  sheets_due_ = true;
}

void WatchQueue::TellEnded(std::vector<EndedUnit> units) {
  for (EndedUnit& unit : units) {
    for (int image = 0; image < options_.images; ++image) {
      pictures_.erase({unit.status.unit, image});
    }
    furthest_step_ = std::max(furthest_step_, unit.status.step);
    deliveries_.push_back(PendingResult{std::move(unit)});
  }
}

void WatchQueue::TellJobEnded() {
  job_ended_ = true;
  pictures_.clear();
  for (int sheet = 0; sheet < options_.sheets; ++sheet) changed_sheets_.insert(sheet);
}

void WatchQueue::Leave(absl::Status status) {
  if (!left_.has_value()) left_ = std::move(status);
}

std::optional<WatchEvent> WatchQueue::Next(bool reader_lags, absl::Time now) {
  if (done_) return std::nullopt;
  if (left_.has_value()) return Finish(*left_);
  if (auto event = NextWords()) return event;
  if (waits_) return std::nullopt;
  if (auto event = NextFrame(reader_lags, now)) return event;
  if (auto event = NextDelivery(reader_lags)) return event;
  if (auto event = NextPicture(reader_lags)) return event;
  if (auto event = NextSheet(reader_lags)) return event;
  const bool all_told = job_ended_ && (changed_sheets_.empty() || !InAtlas());
  return all_told ? std::optional<WatchEvent>(Finish(absl::OkStatus())) : std::nullopt;
}

std::optional<WatchEvent> WatchQueue::NextWords() {
  if (header_.has_value()) return *std::exchange(header_, std::nullopt);
  if (!states_.empty()) {
    VisualizationJob state = std::move(states_.front());
    states_.pop_front();
    return state;
  }
  if (!progress_.empty()) return std::exchange(progress_, {});
  return std::nullopt;
}

// Frames of one step make a round; sheets are shown when a round is over.
std::optional<WatchEvent> WatchQueue::NextFrame(bool reader_lags, absl::Time now) {
  if (frames_.empty() && !frame_step_.has_value()) return std::nullopt;
  const bool new_round = frames_.empty() || frames_.front().snapshot->step != frame_step_;
  if (new_round) {
    if (InAtlas() && frame_step_.has_value() && !changed_sheets_.empty()) {
      return reader_lags ? Wait(WaitForReader()) : TakeSheet(true);
    }
    if (now < next_frame_) return Wait(WaitUntil{next_frame_});
    frame_step_.reset();
    if (frames_.empty()) return std::nullopt;
    frame_step_ = frames_.front().snapshot->step;
    if (options_.replay_fps > 0) next_frame_ = now + absl::Seconds(1 / options_.replay_fps);
  }
  if (!InAtlas() && reader_lags) return Wait(WaitForReader());
  WayPicture frame = std::move(frames_.front());
  frames_.pop_front();
  return frame;
}

std::optional<WatchEvent> WatchQueue::NextDelivery(bool reader_lags) {
  if (deliveries_.empty()) return std::nullopt;
  if (auto* const load = std::get_if<LoadWay>(&deliveries_.front())) {
    LoadWay taken = std::move(*load);
    deliveries_.pop_front();
    return taken;
  }
  return reader_lags ? Wait(WaitForReader()) : TakeResult();
}

WatchEvent WatchQueue::TakeResult() {
  PendingResult& result = std::get<PendingResult>(deliveries_.front());
  GiveResult give{result.unit, result.next_image};
  if (++result.next_image >= options_.images) deliveries_.pop_front();
  return give;
}

std::optional<WatchEvent> WatchQueue::NextPicture(bool reader_lags) {
  // Tiles cost the reader nothing.
  if (pictures_.empty() || (reader_lags && !InAtlas())) return std::nullopt;
  LivePicture picture = std::move(pictures_.begin()->second);
  shown_[pictures_.begin()->first] = picture.step;
  pictures_.erase(pictures_.begin());
  return picture;
}

std::optional<WatchEvent> WatchQueue::NextSheet(bool reader_lags) {
  const bool due = job_ended_ || (sheets_due_ && !options_.view.results_only);
  if (!InAtlas() || changed_sheets_.empty() || !due) return std::nullopt;
  if (!reader_lags) return TakeSheet(false);
  return job_ended_ ? std::optional<WatchEvent>(Wait(WaitForReader())) : std::nullopt;
}

WatchEvent WatchQueue::TakeSheet(bool replayed) {
  const int sheet = *changed_sheets_.begin();
  changed_sheets_.erase(changed_sheets_.begin());
  if (changed_sheets_.empty()) sheets_due_ = false;
  return GiveSheet{sheet, replayed ? *frame_step_ : furthest_step_, replayed};
}

WatchEvent WatchQueue::Wait(WatchEvent how) {
  waits_ = true;
  return how;
}

WatchEvent WatchQueue::Finish(absl::Status status) {
  done_ = true;
  states_.clear();
  pictures_.clear();
  frames_.clear();
  deliveries_.clear();
  return GiveDone{std::move(status)};
}

}  // namespace deepvision
