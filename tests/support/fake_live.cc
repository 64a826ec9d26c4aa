// FakeEngine's live sessions: the real queue, frames on paper.
#include <utility>

#include "core/base/status_macros.h"
#include "core/engine/live_session.h"
#include "tests/support/fake_engine.h"
#include "tests/support/fake_input.h"

namespace deepvision {

class FakeEngine::FrameWorker final : public LiveWorker {
 public:
  FrameWorker(FakeEngine& engine, CancellationToken cancelled) : engine_(engine) {
    stream_.cancelled = std::move(cancelled);
  }

  void Configure(const LiveConfig& config, Callback<LiveHeader> done) override {
    if (!config.wait_until_ready) return std::move(done)(PutIntoForce(config));
    engine_.WaitForNetwork(
        config.network, stream_.cancelled,
        [this, config, done = std::move(done)](absl::StatusOr<NetworkInfo>) mutable {
          std::move(done)(PutIntoForce(config));
        });
  }

  void Run(Input input, std::shared_ptr<LiveSink> sink, Callback<absl::Duration> done) override {
    stream_.query.input = std::move(input);
    auto run = [this, sink, shared = std::make_shared<Callback<absl::Duration>>(std::move(done))] {
      std::move (*shared)(Compute(*sink));
    };
    {
      absl::MutexLock lock(&engine_.mutex_);
      stream_.fail_after = engine_.fail_after_;
      if (engine_.hold_frames_) {
        engine_.held_frames_.push_back(run);
        return;
      }
    }
    run();
  }

 private:
  absl::StatusOr<LiveHeader> PutIntoForce(const LiveConfig& config) {
    DV_ASSIGN_OR_RETURN(stream_.network, engine_.FindReady(config.network));
    stream_.query.network = config.network;
    stream_.query.layers = config.layers;
    stream_.query.defaults = config.defaults;
    stream_.query.prediction = config.prediction;
    DV_ASSIGN_OR_RETURN(stream_.layers, engine_.Resolve(stream_.network, stream_.query));
    LiveHeader header;
    header.network = stream_.network.info.id;
    header.network_digest = stream_.network.info.digest;
    header.produced_by = FakeProducer(config.numerics);
    for (const LayerSelection& layer : stream_.layers) header.layers.push_back({layer.pattern, {}});
    return header;
  }

  absl::StatusOr<absl::Duration> Compute(LiveSink& sink) {
    engine_.frames_run_.fetch_add(1);
    for (size_t i = 0; i < stream_.layers.size(); ++i) {
      if (stream_.cancelled.IsCancelled()) return absl::CancelledError("cancelled");
      if (stream_.fail_after && i >= static_cast<size_t>(stream_.fail_after->first)) {
        return stream_.fail_after->second;
      }
      sink.OnLayer(engine_.MakeLayer(stream_, i));
    }
    if (stream_.query.prediction) sink.OnPrediction(MakeFakePrediction(10));
    return absl::Milliseconds(3);
  }

  FakeEngine& engine_;
  Stream stream_;
};

void FakeEngine::HoldFrames() {
  absl::MutexLock lock(&mutex_);
  hold_frames_ = true;
}

bool FakeEngine::ReleaseFrame() {
  std::function<void()> run;
  {
    absl::MutexLock lock(&mutex_);
    const auto has_frame = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return !held_frames_.empty();
    };
    if (!mutex_.AwaitWithTimeout(absl::Condition(&has_frame), absl::Seconds(20))) return false;
    run = std::move(held_frames_.front());
    held_frames_.pop_front();
  }
  run();
  return true;
}

void FakeEngine::ReleaseFrames() {
  std::deque<std::function<void()>> frames;
  {
    absl::MutexLock lock(&mutex_);
    hold_frames_ = false;
    frames.swap(held_frames_);
  }
  for (const auto& run : frames) run();
}

std::shared_ptr<LiveSession> FakeEngine::OpenLive(std::shared_ptr<LiveSink> sink,
                                                  CancellationToken cancelled) {
  {
    absl::MutexLock lock(&mutex_);
    tokens_.push_back(cancelled);
  }
  auto worker = std::make_unique<FrameWorker>(*this, cancelled);
  return MakeLiveSession(std::move(worker), std::move(sink), std::move(cancelled));
}

}  // namespace deepvision
