#include "server/rpc/visualization_stream.h"

#include <algorithm>

#include "server/convert/visualization_convert.h"

namespace deepvision {

VisualizationStream::VisualizationStream(std::shared_ptr<StreamWriter> writer,
                                         size_t max_message_bytes, VisualizationView view)
    : writer_(writer), view_(view), stream_(std::move(writer), max_message_bytes) {}

void VisualizationStream::SetTicket(std::string ticket, bool merged) {
  absl::MutexLock lock(&mutex_);
  ticket_ = std::move(ticket);
  merged_ = merged;
}

void VisualizationStream::Close() {
  Resume resume;
  std::deque<Outgoing> queue;
  std::deque<Waiting> pictures;
  absl::MutexLock lock(&mutex_);
  resume = std::exchange(resume_, nullptr);
  queue.swap(queue_);
  pictures.swap(pictures_);
  queued_bytes_ = 0;
}

void VisualizationStream::OnHeader(const VisualizationHeader& header) {
  Outgoing out;
  *out.message.mutable_header() = ToProto(header);
  {
    absl::MutexLock lock(&mutex_);
    out.message.mutable_header()->set_ticket(ticket_);
    out.message.mutable_header()->set_merged(merged_);
  }
  Enqueue(std::move(out));
}

void VisualizationStream::OnState(const VisualizationJob& job) {
  Outgoing out;
  *out.message.mutable_state() = StatusOf(job);
  Enqueue(std::move(out));
}

void VisualizationStream::OnProgress(const std::vector<ImageProgress>& images) {
  {
    absl::MutexLock lock(&mutex_);
    progress_ = images;
  }
  Pump();
}

void VisualizationStream::OnPicture(VisualizationPicture picture) {
  Outgoing out;
  *out.message.mutable_picture() = ToProto(picture, view_);
  out.is_item = true;
  out.payload = std::move(picture.data.bytes);
  out.crc32 = picture.data.crc32;
  if (picture.replayed) return Enqueue(std::move(out));
  const Key key =
      picture.geometry ? Key(picture.sheet_index, -1) : Key(picture.unit, picture.image);
  {
    absl::MutexLock lock(&mutex_);
    queued_bytes_ += out.payload.size();
    const auto older = std::find_if(pictures_.begin(), pictures_.end(),
                                    [&](const Waiting& waiting) { return waiting.key == key; });
    if (older == pictures_.end()) {
      pictures_.push_back({key, std::move(out)});
    } else {
      queued_bytes_ -= older->picture.payload.size();
      older->picture = std::move(out);
      ++replaced_;
    }
  }
  Pump();
}

void VisualizationStream::OnResult(VisualizationResult result) {
  Outgoing out;
  *out.message.mutable_result() = ToProto(result, view_);
  out.is_item = true;
  if (result.data) {
    out.payload = std::move(result.data->bytes);
    out.crc32 = result.data->crc32;
  }
  {
    absl::MutexLock lock(&mutex_);
    // Nothing of an image follows its result.
    const Key key(result.unit, result.image);
    const auto older = std::find_if(pictures_.begin(), pictures_.end(),
                                    [&](const Waiting& waiting) { return waiting.key == key; });
    if (older != pictures_.end()) {
      queued_bytes_ -= older->picture.payload.size();
      pictures_.erase(older);
      ++replaced_;
    }
    progress_.erase(std::remove_if(progress_.begin(), progress_.end(),
                                   [&](const ImageProgress& image) {
                                     return Key(image.unit, image.image) == key;
                                   }),
                    progress_.end());
  }
  Enqueue(std::move(out));
}

void VisualizationStream::OnDone(absl::Status status) {
  {
    absl::MutexLock lock(&mutex_);
    if (end_) return;
    end_ = std::move(status);
    progress_.clear();
    // What waits is the newest there will be: the last sheets.
    for (Waiting& waiting : pictures_) queue_.push_back(std::move(waiting.picture));
    pictures_.clear();
  }
  Pump();
}

void VisualizationStream::Enqueue(Outgoing outgoing) {
  {
    absl::MutexLock lock(&mutex_);
    queued_bytes_ += outgoing.payload.size();
    queue_.push_back(std::move(outgoing));
  }
  Pump();
}

// One thread at a time hands messages to the writer, without the lock: what the
// writer calls back may come on this thread.
void VisualizationStream::Pump() {
  {
    absl::MutexLock lock(&mutex_);
    if (pumping_) return;
    pumping_ = true;
  }
  while (std::optional<Outgoing> next = Next()) Send(*std::move(next));
}

std::optional<VisualizationStream::Outgoing> VisualizationStream::Next() {
  std::optional<absl::Status> end;
  {
    absl::MutexLock lock(&mutex_);
    if (!queue_.empty()) {
      std::optional<Outgoing> next(std::move(queue_.front()));
      queue_.pop_front();
      queued_bytes_ -= std::min<uint64_t>(queued_bytes_, next->payload.size());
      return next;
    }
    if (end_ && !ended_) {
      ended_ = true;
      end = end_;
    }
    const bool idle = !ended_ && writer_->BytesAhead() == 0;
    if (idle && !progress_.empty()) {
      std::optional<Outgoing> next(std::in_place);
      *next->message.mutable_progress() = ToProto(progress_);
      progress_.clear();
      return next;
    }
    if (idle && !pictures_.empty()) {
      std::optional<Outgoing> next(std::move(pictures_.front().picture));
      pictures_.pop_front();
      queued_bytes_ -= std::min<uint64_t>(queued_bytes_, next->payload.size());
      return next;
    }
    if (!end) pumping_ = false;
  }
  // The last one: pumping_ stays true.
  if (end && end->ok()) SendTrailer();
  if (end) writer_->Finish(*std::move(end));
  return std::nullopt;
}

void VisualizationStream::Send(Outgoing outgoing) {
  const std::function<void()> on_written = [weak = weak_from_this()] {
    if (const auto stream = weak.lock()) stream->OnWritten();
  };
  if (!outgoing.is_item) return writer_->Write(WholeMessage(outgoing.message), on_written);
  ++items_;
  if (outgoing.message.has_result()) ++results_;
  stream_.SendItem(outgoing.message, std::move(outgoing.payload), ElementBytes(view_.encoding),
                   outgoing.crc32, on_written);
}

void VisualizationStream::SendTrailer() {
  Response message;
  v1::VisualizationTrailer* trailer = message.mutable_trailer();
  trailer->set_item_count(items_);
  trailer->set_byte_count(stream_.byte_count());
  trailer->set_result_count(results_);
  {
    absl::MutexLock lock(&mutex_);
    trailer->set_replaced_pictures(replaced_);
  }
  stream_.Send(message);
}

void VisualizationStream::OnWritten() {
  Pump();
  Resume resume;
  {
    absl::MutexLock lock(&mutex_);
    if (resume_ && Ahead() <= resume_at_) resume = std::exchange(resume_, nullptr);
  }
  if (resume) std::move(resume)();
}

uint64_t VisualizationStream::Ahead() const { return queued_bytes_ + writer_->BytesAhead(); }

uint64_t VisualizationStream::BytesAhead() const {
  absl::MutexLock lock(&mutex_);
  return Ahead();
}

void VisualizationStream::WhenTaken(uint64_t bytes, Resume resume) {
  {
    absl::MutexLock lock(&mutex_);
    if (end_) return;
    if (Ahead() > bytes) {
      resume_at_ = bytes;
      resume_ = std::move(resume);
      return;
    }
  }
  std::move(resume)();
}

}  // namespace deepvision
