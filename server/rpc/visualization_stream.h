// What a VisualizationEngine shows of a job -> messages of one stream.
//
// States, results and replayed pictures are handed to the writer in their order.
// Progress and pictures of images that are not done wait here until the writer has
// nothing else, at most one of each image: a newer one takes its place. So a slow
// reader costs one picture per image and gets the newest ones.
//
// StreamVisualizationResponse and WatchVisualizationResponse have the same fields:
// this one writes both.
//
// Threading: calls of On… come one at a time; all methods are thread-safe.
// Ownership: shares the writer; what it gave the writer refers to it weakly.
#ifndef DEEPVISION_SERVER_RPC_VISUALIZATION_STREAM_H_
#define DEEPVISION_SERVER_RPC_VISUALIZATION_STREAM_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "core/api/host_buffer.h"
#include "core/api/visualization_sink.h"
#include "deepvision/v1/visualization.pb.h"
#include "server/stream/item_stream.h"
#include "server/stream/stream_writer.h"

namespace deepvision {

class VisualizationStream final : public VisualizationSink,
                                  public std::enable_shared_from_this<VisualizationStream> {
 public:
  VisualizationStream(std::shared_ptr<StreamWriter> writer, size_t max_message_bytes,
                      VisualizationView view);

  // Of the header; before OnHeader.
  void SetTicket(std::string ticket, bool merged);
  // Drops what waits and whoever waits for the reader: the call is over.
  void Close();

  void OnHeader(const VisualizationHeader& header) override;
  void OnState(const VisualizationJob& job) override;
  void OnProgress(const std::vector<ImageProgress>& images) override;
  void OnPicture(VisualizationPicture picture) override;
  void OnResult(VisualizationResult result) override;
  void OnDone(absl::Status status) override;
  uint64_t BytesAhead() const override;
  void WhenTaken(uint64_t bytes, absl::AnyInvocable<void() &&> resume) override;

 private:
  using Response = v1::WatchVisualizationResponse;
  using Resume = absl::AnyInvocable<void() &&>;
  // (unit, image), or (sheet, -1).
  using Key = std::pair<int, int>;
  struct Outgoing {
    Response message;
    bool is_item = false;
    HostBuffer payload;
    uint32_t crc32 = 0;
  };
  struct Waiting {
    Key key;
    Outgoing picture;
  };

  void Enqueue(Outgoing outgoing) ABSL_LOCKS_EXCLUDED(mutex_);
  void Pump() ABSL_LOCKS_EXCLUDED(mutex_);
  std::optional<Outgoing> Next() ABSL_LOCKS_EXCLUDED(mutex_);
  void Send(Outgoing outgoing) ABSL_LOCKS_EXCLUDED(mutex_);
  void SendTrailer() ABSL_LOCKS_EXCLUDED(mutex_);
  void OnWritten() ABSL_LOCKS_EXCLUDED(mutex_);
  uint64_t Ahead() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::shared_ptr<StreamWriter> writer_;
  const VisualizationView view_;
  ItemStream<Response> stream_;  // of the one that pumps
  uint64_t items_ = 0;           // of the one that pumps
  uint64_t results_ = 0;         // of the one that pumps

  mutable absl::Mutex mutex_;
  std::string ticket_ ABSL_GUARDED_BY(mutex_);
  bool merged_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<Outgoing> queue_ ABSL_GUARDED_BY(mutex_);
  uint64_t queued_bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // with those that wait
  std::vector<ImageProgress> progress_ ABSL_GUARDED_BY(mutex_);
  std::deque<Waiting> pictures_ ABSL_GUARDED_BY(mutex_);  // the oldest first
  uint64_t replaced_ ABSL_GUARDED_BY(mutex_) = 0;
  bool pumping_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;  // the end was handed on
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
  uint64_t resume_at_ ABSL_GUARDED_BY(mutex_) = 0;
  Resume resume_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_RPC_VISUALIZATION_STREAM_H_
