#include "core/engine/engine_visualizations.h"

#include "core/api/error.h"
namespace deepvision {
namespace {

using StartReply = std::shared_ptr<Reply<StartedVisualization>>;

// A start on its way from thread to thread.
struct Arrival {
  StartVisualizationQuery query;
  CancellationToken cancelled;
  StartReply reply;
  std::shared_ptr<Network> network;
};

void CheckAndStart(Arrival& arrival, const VisualizationRequestTools& tools,
                   VisualizationJobs& jobs) {
  if (arrival.cancelled.IsCancelled()) {
    return (*arrival.reply)(RequestCancelled());
  }
  absl::StatusOr<VisualizationRequest> request =
      MakeVisualizationRequest(std::move(arrival.query.spec), arrival.network, tools);
  if (!request.ok()) return (*arrival.reply)(request.status());
  jobs.Start(*std::move(request), arrival.query.mode, arrival.query.priority, arrival.cancelled,
             [reply = arrival.reply](absl::StatusOr<StartedVisualization> started) {
               (*reply)(std::move(started));
             });
}

}  // namespace

void EngineVisualizations::Start(StartVisualizationQuery query, CancellationToken cancelled,
                                 Callback<StartedVisualization> done) {
  auto reply = std::make_shared<Reply<StartedVisualization>>(std::move(done));
  const auto found = tools_->find(query.spec.network);
  if (!found.ok()) return (*reply)(found.status());
  const bool wait = query.wait_until_ready;
  auto arrival =
      std::make_shared<Arrival>(Arrival{std::move(query), std::move(cancelled), reply, *found});
  auto go_on = [tools = tools_, jobs = jobs_, arrival, reply] {
    const absl::Status ready = arrival->network->Check(arrival->query.spec.expected_digest);
    if (!ready.ok()) return (*reply)(ready);
    const absl::Status posted = tools->host->Post(Priority::kInteractive, [tools, jobs, arrival] {
      CheckAndStart(*arrival, tools->request, *jobs);
    });
    if (!posted.ok()) (*reply)(posted);
  };
  if (wait) return (*found)->OnSettled(std::move(go_on));
  go_on();
}

}  // namespace deepvision
