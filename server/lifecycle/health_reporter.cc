#include "server/lifecycle/health_reporter.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

namespace deepvision {
namespace {

std::string HealthName(const std::string& network) { return absl::StrCat("networks/", network); }

bool IsReady(const absl::StatusOr<NetworkInfo>& info) {
  return info.ok() && info->state == NetworkState::kReady;
}

}  // namespace

// Shared with callbacks that may outlive the reporter.
class HealthReporter::State {
 public:
  void Add(grpc::HealthCheckServiceInterface* health, const std::vector<std::string>& services) {
    absl::MutexLock lock(&mutex_);
    health->SetServingStatus("", true);
    for (const std::string& service : services) health->SetServingStatus(service, true);
    for (const auto& [name, serving] : networks_) health->SetServingStatus(name, serving);
    healths_.push_back(health);
  }

  void Set(const std::string& name, bool serving) {
    absl::MutexLock lock(&mutex_);
    networks_[name] = serving;
    for (auto* health : healths_) health->SetServingStatus(name, serving);
  }

  // Until they are set again.
  void SetAllNotServing() {
    absl::MutexLock lock(&mutex_);
    for (auto& [name, serving] : networks_) serving = false;
  }

  // What Set has not been called for since then is not there any more.
  void Publish() {
    absl::MutexLock lock(&mutex_);
    for (const auto& [name, serving] : networks_) {
      for (auto* health : healths_) health->SetServingStatus(name, serving);
    }
  }

  void Stop() {
    absl::MutexLock lock(&mutex_);
    for (auto* health : healths_) health->Shutdown();
    healths_.clear();
  }

 private:
  absl::Mutex mutex_;
  std::vector<grpc::HealthCheckServiceInterface*> healths_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, bool> networks_ ABSL_GUARDED_BY(mutex_);
};

HealthReporter::HealthReporter(Engine* engine)
    : engine_(engine), state_(std::make_shared<State>()) {
  Refresh();
}

void HealthReporter::Add(grpc::HealthCheckServiceInterface* health,
                         const std::vector<std::string>& services) {
  state_->Add(health, services);
}

void HealthReporter::Refresh() {
  state_->SetAllNotServing();
  for (const NetworkInfo& network : engine_->ListNetworks()) {
    const std::string name = HealthName(network.id);
    state_->Set(name, network.state == NetworkState::kReady);
    if (network.state != NetworkState::kLoading) continue;
    // It may have been replaced by the time that it is ready.
    engine_->WaitForNetwork(network.id, cancellation_,
                            [state = state_, engine = engine_, id = network.id,
                             name](const absl::StatusOr<NetworkInfo>& settled) {
                              if (!settled.ok()) return;
                              state->Set(name, IsReady(engine->GetNetwork(id)));
                            });
  }
  state_->Publish();
}

HealthReporter::~HealthReporter() {
  cancellation_.Cancel();
  state_->Stop();
}

void HealthReporter::Stop() { state_->Stop(); }

}  // namespace deepvision
