// Keeps grpc.health.v1 in step with the engine: "" and every service are SERVING
// from the start, "networks/<id>" is SERVING once the network is ready and
// NOT_SERVING while it loads, when it failed, and when it was removed.
//
//   HealthReporter health(engine);
//   health.Add(server->GetHealthCheckService(), {"deepvision.v1.NetworkService"});
//   health.Refresh();   // the engine's networks were replaced
//
// Threading: thread-safe. The engine's callbacks may come after the destructor;
// they then do nothing.
#ifndef DEEPVISION_SERVER_LIFECYCLE_HEALTH_REPORTER_H_
#define DEEPVISION_SERVER_LIFECYCLE_HEALTH_REPORTER_H_

#include <grpcpp/health_check_service_interface.h>

#include <memory>
#include <string>
#include <vector>

#include "core/api/cancellation.h"
#include "core/api/engine.h"

namespace deepvision {

class HealthReporter {
 public:
  // `engine` must outlive the reporter.
  explicit HealthReporter(Engine* engine);
  ~HealthReporter();
  HealthReporter(const HealthReporter&) = delete;
  HealthReporter& operator=(const HealthReporter&) = delete;

  // Reports to `health`, too, of which Stop is the end. `services` are SERVING.
  void Add(grpc::HealthCheckServiceInterface* health, const std::vector<std::string>& services);

  // Looks at the engine's networks again.
  void Refresh();

  // Everything becomes NOT_SERVING, for good.
  void Stop();

 private:
  class State;
  Engine* const engine_;
  const std::shared_ptr<State> state_;
  const CancellationToken cancellation_;
};

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_LIFECYCLE_HEALTH_REPORTER_H_
