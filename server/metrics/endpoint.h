// Where Prometheus finds the metrics: http://ADDRESS/metrics.
//
// Threading: thread-safe; requests are answered on two threads of its own.
// Ownership: shares what it shows.
#ifndef DEEPVISION_SERVER_METRICS_ENDPOINT_H_
#define DEEPVISION_SERVER_METRICS_ENDPOINT_H_

#include <prometheus/collectable.h>
#include <prometheus/exposer.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace deepvision {

class MetricsEndpoint {
 public:
  // `listen` is ADDRESS:PORT; port 0: any free one. kUnavailable, with what to do,
  // when it cannot be listened on.
  static absl::StatusOr<std::unique_ptr<MetricsEndpoint>> Start(
      const std::string& listen, std::vector<std::shared_ptr<prometheus::Collectable>> metrics);

  int port() const { return exposer_->GetListeningPorts().at(0); }

 private:
  MetricsEndpoint(std::unique_ptr<prometheus::Exposer> exposer,
                  std::vector<std::shared_ptr<prometheus::Collectable>> metrics);

  const std::vector<std::shared_ptr<prometheus::Collectable>> metrics_;
  const std::unique_ptr<prometheus::Exposer> exposer_;
};

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_METRICS_ENDPOINT_H_
