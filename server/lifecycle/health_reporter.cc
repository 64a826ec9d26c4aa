#include "server/lifecycle/health_reporter.h"

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

namespace deepvision {

// Shared with callbacks that may outlive the reporter.
class HealthReporter::State {
 public:
  explicit State(grpc::HealthCheckServiceInterface* health) : health_(health) {}

  void Set(const std::string& name, bool serving) {
    absl::MutexLock lock(&mutex_);
    if (health_ != nullptr) health_->SetServingStatus(name, serving);
  }

  void Stop() {
    absl::MutexLock lock(&mutex_);
    if (health_ != nullptr) health_->Shutdown();
    health_ = nullptr;
  }

  void Detach() {
    absl::MutexLock lock(&mutex_);
    health_ = nullptr;
  }

 private:
  absl::Mutex mutex_;
  grpc::HealthCheckServiceInterface* health_ ABSL_GUARDED_BY(mutex_);
};

HealthReporter::HealthReporter(grpc::HealthCheckServiceInterface* health, Engine* engine,
                               const std::vector<std::string>& services)
    : state_(std::make_shared<State>(health)) {
  state_->Set("", true);
  for (const std::string& service : services) state_->Set(service, true);
  for (const NetworkInfo& network : engine->ListNetworks()) {
    const std::string name = absl::StrCat("networks/", network.id);
    state_->Set(name, network.state == NetworkState::kReady);
    if (network.state != NetworkState::kLoading) continue;
    engine->WaitForNetwork(network.id, cancellation_,
                           [state = state_, name](absl::StatusOr<NetworkInfo> info) {
                             state->Set(name, info.ok() && info->state == NetworkState::kReady);
                           });
  }
}

HealthReporter::~HealthReporter() {
  cancellation_.Cancel();
  state_->Detach();
}

void HealthReporter::Stop() { state_->Stop(); }

}  // namespace deepvision
