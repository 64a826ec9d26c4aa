#include "core/engine/live_session.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "core/api/error.h"

namespace deepvision {
namespace {

// Frames that may have been answered and not yet been taken by the reader: one is
// on its way while the next is computed.
constexpr int kMaxUntaken = 1;

struct Configuration {
  uint32_t number = 0;
  LiveConfig config;
};

// A frame, with the configuration it came under.
struct Pending {
  LiveFrame frame;
  std::shared_ptr<const Configuration> configuration;
  absl::Time arrival;
};

absl::Status NotConfigured() {
  return WithReason(
      absl::InvalidArgumentError("configuration: is not set; the first message must be one"),
      "INVALID_FIELD", {{"field", "configuration"}});
}

// Nothing more can be done for any frame.
bool EndsSession(const absl::Status& status) {
  return absl::IsCancelled(status) || absl::IsUnavailable(status) || absl::IsInternal(status) ||
         absl::IsUnknown(status);
}

class Session final : public LiveSession, public std::enable_shared_from_this<Session> {
 public:
  Session(std::unique_ptr<LiveWorker> worker, std::shared_ptr<LiveSink> sink,
          CancellationToken cancelled)
      : worker_(std::move(worker)), sink_(std::move(sink)), cancelled_(std::move(cancelled)) {}

  void Configure(LiveConfig config) override {
    {
      absl::MutexLock lock(&mutex_);
      const uint32_t number = newest_ == nullptr ? 1 : newest_->number + 1;
      newest_ = std::make_shared<const Configuration>(Configuration{number, std::move(config)});
    }
    Advance();
  }

  void Push(LiveFrame frame) override {
    std::optional<Pending> dropped;  // destroyed without the lock
    {
      absl::MutexLock lock(&mutex_);
      if (closed_) return;
      if (newest_ == nullptr) {
        End(NotConfigured());  // nothing waits yet
      } else {
        dropped = std::move(waiting_);
        if (dropped) ++counts_.dropped_frames;
        waiting_ = Pending{std::move(frame), newest_, absl::Now()};
        Reserve();
      }
    }
    Advance();
  }

  void Close(absl::Status status) override {
    Dropped dropped;
    {
      absl::MutexLock lock(&mutex_);
      dropped = End(std::move(status));
    }
    Advance();
  }

 private:
  using Dropped = std::vector<Pending>;
  // What to do next, decided under the mutex and done without it.
  enum class Step { kNothing, kConfigure, kRun, kFinish };

  // No more frames come; the first error stays. Gives what is dropped by it.
  Dropped End(absl::Status status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    Dropped dropped;
    if (done_) return dropped;
    closed_ = true;
    status_.Update(status);
    if (status_.ok()) return dropped;
    for (std::optional<Pending>* frame : {&next_, &waiting_}) {
      if (*frame) dropped.push_back(*std::exchange(*frame, std::nullopt));
    }
    counts_.dropped_frames += dropped.size();
    return dropped;
  }

  // Decides on the frame that is computed next: newer ones do not replace it any
  // more. This happens before the one in work is told to have ended, so that a
  // client which has two frames underway, and sends the next when it hears of an
  // end, loses none.
  void Reserve() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (next_ || !waiting_ || (busy_ && !finishing_)) return;
    if (waiting_->configuration != in_force_ || untaken_ > kMaxUntaken) return;
    next_ = std::exchange(waiting_, std::nullopt);
  }

  void Advance() {
    Step step;
    absl::Status status;
    LiveCounts counts;
    {
      absl::MutexLock lock(&mutex_);
      step = NextStep();
      status = status_;
      counts = counts_;
    }
    if (step == Step::kConfigure) StartConfiguration();
    if (step == Step::kRun) StartFrame();
    if (step == Step::kFinish) sink_->OnDone(std::move(status), counts);
  }

  Step NextStep() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (busy_ || done_) return Step::kNothing;
    if (cancelled_.IsCancelled()) End(absl::CancelledError("the call was cancelled"));
    Reserve();
    const bool idle = !next_ && !waiting_ && newest_ == in_force_;
    if (!status_.ok() || (closed_ && idle)) {
      done_ = true;
      return Step::kFinish;
    }
    if (next_) {
      busy_ = true;
      in_work_ = *std::exchange(next_, std::nullopt);
      return Step::kRun;
    }
    if (idle || untaken_ > kMaxUntaken) return Step::kNothing;
    busy_ = true;
    in_force_ = waiting_ ? waiting_->configuration : newest_;
    return Step::kConfigure;
  }

  // From here on only the one who made the session busy comes by, until it calls
  // GoOn: what has no lock needs none.

  void StartConfiguration() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    worker_->Configure(in_force_->config, [self = shared_from_this(), number = in_force_->number](
                                              absl::StatusOr<LiveHeader> header) {
      if (header.ok()) {
        header->configuration = number;
        self->sink_->OnConfigured(*header);
      }
      self->GoOn(header.status());
    });
  }

  void StartFrame() {
    taken_at_ = absl::Now();
    sink_->OnFrameBegin(
        {in_work_.frame.id, in_work_.frame.client_timestamp, in_work_.configuration->number});
    if (!in_work_.frame.input.ok()) return FinishFrame(in_work_.frame.input.status());
    worker_->Run(*std::move(in_work_.frame.input), sink_,
                 [self = shared_from_this()](absl::StatusOr<absl::Duration> compute_time) {
                   self->FinishFrame(std::move(compute_time));
                 });
  }

  void FinishFrame(absl::StatusOr<absl::Duration> compute_time) {
    if (EndsSession(compute_time.status())) return GoOn(compute_time.status());
    LiveFrameEnd end{in_work_.frame.id, in_work_.frame.client_timestamp, compute_time.status()};
    end.waiting_time = taken_at_ - in_work_.arrival;
    if (compute_time.ok()) end.compute_time = *compute_time;
    end.total_time = absl::Now() - in_work_.arrival;
    {
      absl::MutexLock lock(&mutex_);
      finishing_ = true;
      ++untaken_;
      Reserve();
      ++counts_.answered_frames;
      if (!end.status.ok()) ++counts_.failed_frames;
      end.dropped_frames = counts_.dropped_frames;
    }
    sink_->OnFrameEnd(end, [weak = weak_from_this()] {
      if (const std::shared_ptr<Session> self = weak.lock()) self->OnTaken();
    });
    GoOn(absl::OkStatus());
  }

  void OnTaken() {
    {
      absl::MutexLock lock(&mutex_);
      --untaken_;
      Reserve();
    }
    Advance();
  }

  void GoOn(absl::Status status) {
    Dropped dropped;
    {
      absl::MutexLock lock(&mutex_);
      busy_ = false;
      finishing_ = false;
      if (!status.ok()) dropped = End(std::move(status));
    }
    Advance();
  }

  const std::unique_ptr<LiveWorker> worker_;
  const std::shared_ptr<LiveSink> sink_;
  const CancellationToken cancelled_;
  Pending in_work_;      // of whoever is busy
  absl::Time taken_at_;  // of whoever is busy

  absl::Mutex mutex_;
  std::shared_ptr<const Configuration> newest_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const Configuration> in_force_ ABSL_GUARDED_BY(mutex_);
  std::optional<Pending> next_ ABSL_GUARDED_BY(mutex_);     // certain to be computed
  std::optional<Pending> waiting_ ABSL_GUARDED_BY(mutex_);  // a newer one may replace it
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;
  bool finishing_ ABSL_GUARDED_BY(mutex_) = false;  // the frame in work has been computed
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  int untaken_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  LiveCounts counts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

std::shared_ptr<LiveSession> MakeLiveSession(std::unique_ptr<LiveWorker> worker,
                                             std::shared_ptr<LiveSink> sink,
                                             CancellationToken cancelled) {
  return std::make_shared<Session>(std::move(worker), std::move(sink), std::move(cancelled));
}

}  // namespace deepvision
