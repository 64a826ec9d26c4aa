// Keeps grpc.health.v1 in step with the engine: "" and every service are SERVING
// from the start, "networks/<id>" is SERVING once the network is ready and
// NOT_SERVING while it loads or when it failed.
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
  // `health` and `engine` must outlive the reporter.
  HealthReporter(grpc::HealthCheckServiceInterface* health, Engine* engine,
                 const std::vector<std::string>& services);
  ~HealthReporter();
  HealthReporter(const HealthReporter&) = delete;
  HealthReporter& operator=(const HealthReporter&) = delete;

  // Everything becomes NOT_SERVING, for good.
  void Stop();

 private:
  class State;
  const std::shared_ptr<State> state_;
  const CancellationToken cancellation_;
};

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_LIFECYCLE_HEALTH_REPORTER_H_
