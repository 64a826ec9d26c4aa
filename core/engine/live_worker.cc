#include "core/engine/live_worker.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "core/activation/plan_layer.h"
#include "core/api/error.h"
#include "core/base/status_macros.h"
#include "core/engine/activation_run.h"
#include "core/engine/compute_context.h"
#include "core/engine/layer_reading.h"
#include "core/engine/layer_selection.h"
#include "core/engine/range_memory.h"
#include "core/engine/reply.h"

namespace deepvision {
namespace {

// One frame, as LayerDelivery sees it.
class FrameSink final : public ActivationSink {
 public:
  explicit FrameSink(std::shared_ptr<LiveSink> sink) : sink_(std::move(sink)) {}

  // The session has told what comes, and tells the end.
  void OnHeader(const ActivationHeader&) override {}
  void OnDone(absl::Status) override {}
  void OnLayer(LayerActivation layer) override { sink_->OnLayer(std::move(layer)); }
  void OnPrediction(Prediction prediction) override { sink_->OnPrediction(std::move(prediction)); }
  uint64_t BytesAhead() const override { return sink_->BytesAhead(); }
  void WhenTaken(uint64_t bytes, absl::AnyInvocable<void() &&> resume) override {
    sink_->WhenTaken(bytes, std::move(resume));
  }

 private:
  const std::shared_ptr<LiveSink> sink_;
};

// Takes the time that a member spends on the device.
class TimedMember final : public PassMember {
 public:
  TimedMember(std::shared_ptr<PassMember> member, std::shared_ptr<absl::Duration> time)
      : member_(std::move(member)), time_(std::move(time)) {}

  bool IsCancelled() const override { return member_->IsCancelled(); }
  absl::StatusOr<std::vector<ValueId>> Select(
      std::shared_ptr<const Specialisation> specialisation) override {
    begin_ = absl::Now();
    return member_->Select(std::move(specialisation));
  }
  absl::Status Begin(const std::vector<int>& order) override { return member_->Begin(order); }
  absl::Status Deliver(int position, const at::Tensor& value) override {
    return member_->Deliver(position, value);
  }
  void End(absl::Status status) override {
    if (begin_ != absl::InfiniteFuture()) *time_ = absl::Now() - begin_;
    member_->End(std::move(status));
  }

 private:
  const std::shared_ptr<PassMember> member_;
  const std::shared_ptr<absl::Duration> time_;
  absl::Time begin_ = absl::InfiniteFuture();
};

// "input.pixels: …" -> "frame.input.pixels: …", as the server names the field.
absl::Status InFrame(const absl::Status& status) {
  const ErrorDetails details = GetErrorDetails(status);
  return WithReason(absl::Status(status.code(), absl::StrCat("frame.", status.message())),
                    details.reason, details.metadata, details.retry_after);
}

class Worker final : public LiveWorker {
 public:
  Worker(LiveTools tools, CancellationToken cancelled)
      : tools_(std::move(tools)), cancelled_(std::move(cancelled)) {}

  // `done` keeps this alive.
  void Configure(const LiveConfig& config, Callback<LiveHeader> done) override {
    auto reply = std::make_shared<Reply<LiveHeader>>(std::move(done));
    const auto found = tools_.find(config.network);
    if (!found.ok()) return (*reply)(found.status());
    auto go_on = [this, network = *found, config, reply] {
      if (absl::Status ready = network->Check(config.expected_digest); !ready.ok()) {
        return (*reply)(ready);
      }
      Post(reply, [this, network, config, reply] { (*reply)(PutIntoForce(network, config)); });
    };
    if (config.wait_until_ready) return (*found)->OnSettled(std::move(go_on));
    go_on();
  }

  void Run(Input input, std::shared_ptr<LiveSink> sink, Callback<absl::Duration> done) override {
    auto time = std::make_shared<absl::Duration>();
    auto reply = std::make_shared<Reply<Nothing>>(
        [time, done = std::move(done)](absl::StatusOr<Nothing> result) mutable {
          if (!result.ok()) return std::move(done)(result.status());
          std::move(done)(*time);
        });
    Post(reply, [this, time, reply, sink = std::move(sink), input = std::move(input)] {
      const absl::StatusOr<at::Tensor> tensor = tools_.prepare(input, *network_);
      if (!tensor.ok()) return (*reply)(InFrame(tensor.status()));
      auto delivery = std::make_shared<LayerDelivery>(std::make_shared<FrameSink>(sink), reply,
                                                      cancelled_, tools_.delivery);
      Join(*tensor, std::move(delivery), time);
    });
  }

 private:
  template <typename T, typename Task>
  void Post(const std::shared_ptr<Reply<T>>& reply, Task task) {
    const absl::Status posted = tools_.host->Post(
        Priority::kInteractive, [reply, cancelled = cancelled_, task = std::move(task)]() mutable {
          if (cancelled.IsCancelled()) return (*reply)(absl::CancelledError("cancelled"));
          task();
        });
    if (!posted.ok()) (*reply)(posted);
  }

  // A frame needs no digest: nobody joins it, nothing remembers it.
  void Join(const at::Tensor& tensor, std::shared_ptr<LayerDelivery> delivery,
            std::shared_ptr<absl::Duration> time) {
    ComputeContext context{network_->Info(), /*input_digest=*/"", produced_by_, cancelled_};
    auto run =
        MakeActivationRun(std::move(context), query_, *tools_.budget, std::move(delivery), ranges_);
    tools_.passes->Join({network_, /*digest=*/"", produced_by_.numerics}, tensor, InputKind::kLive,
                        std::make_shared<TimedMember>(std::move(run), std::move(time)));
  }

  absl::StatusOr<LiveHeader> PutIntoForce(std::shared_ptr<Network> network,
                                          const LiveConfig& config) {
    DV_ASSIGN_OR_RETURN(produced_by_, tools_.produced_by(*network, config.numerics));
    network_ = std::move(network);
    ranges_ = std::make_shared<RangeMemory>();
    ActivationQuery query{config.network};
    query.layers = config.layers;
    query.defaults = config.defaults;
    query.prediction = config.prediction;
    query_ = std::make_shared<const ActivationQuery>(std::move(query));
    LiveHeader header;
    header.network = config.network;
    header.network_digest = network_->Info().digest;
    header.produced_by = produced_by_;
    DV_ASSIGN_OR_RETURN(header.layers, ResolveLayers(*network_->Default()));
    return header;
  }

  // For an input of the network's own size, in the order of execution.
  absl::StatusOr<std::vector<ResolvedLayer>> ResolveLayers(const Specialisation& own) const {
    if (query_->prediction && own.scores() == kNone) return NoScores(query_->network);
    DV_ASSIGN_OR_RETURN(const auto layers, SelectLayers(own, query_->layers, query_->defaults));
    std::vector<ResolvedLayer> resolved;
    std::vector<ValueId> targets;
    for (const SelectedLayer& layer : layers) {
      const DataDescription data = own.Describe(layer.addressed);
      const auto size = PlanLayer(data.shape, data.kind, layer.options, Frames::kMany);
      if (!size.ok()) return InLayer(layer.id, size.status());
      resolved.push_back({layer.id, size->byte_count});
      targets.push_back(layer.addressed.value);
    }
    std::vector<ResolvedLayer> ordered;
    const Plan plan = Plan::Make(own.graph(), targets);
    for (const int target : plan.delivery_order()) {
      ordered.push_back(std::move(resolved[target]));
    }
    return ordered;
  }

  const LiveTools tools_;
  const CancellationToken cancelled_;
  // Of the configuration in force.
  std::shared_ptr<Network> network_;
  ProducedBy produced_by_;
  std::shared_ptr<const ActivationQuery> query_;
  std::shared_ptr<RangeMemory> ranges_;
};

}  // namespace

std::unique_ptr<LiveWorker> MakeLiveWorker(LiveTools tools, CancellationToken cancelled) {
  return std::make_unique<Worker>(std::move(tools), std::move(cancelled));
}

}  // namespace deepvision
