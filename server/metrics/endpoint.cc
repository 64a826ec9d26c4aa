#include "server/metrics/endpoint.h"

#include <exception>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"

namespace deepvision {

MetricsEndpoint::MetricsEndpoint(std::unique_ptr<prometheus::Exposer> exposer,
                                 std::vector<std::shared_ptr<prometheus::Collectable>> metrics)
    : metrics_(std::move(metrics)), exposer_(std::move(exposer)) {
  for (const auto& metric : metrics_) exposer_->RegisterCollectable(metric);
}

absl::StatusOr<std::unique_ptr<MetricsEndpoint>> MetricsEndpoint::Start(
    const std::string& listen, std::vector<std::shared_ptr<prometheus::Collectable>> metrics) {
  try {
    return absl::WrapUnique(
        new MetricsEndpoint(std::make_unique<prometheus::Exposer>(listen), std::move(metrics)));
  } catch (const std::exception&) {  // it says no more than that it failed
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", listen,
                     " for Prometheus: the address is in use or is none of this machine; choose "
                     "another --metrics_listen"));
  }
}

}  // namespace deepvision
