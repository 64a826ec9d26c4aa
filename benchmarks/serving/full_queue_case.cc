// The refusal of a call that finds the queue full.
#include <grpcpp/client_context.h>

#include <memory>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "benchmarks/serving/calls.h"
#include "benchmarks/serving/cases.h"
#include "benchmarks/support/report.h"
#include "benchmarks/support/stopwatch.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace deepvision {
namespace {

// More than any queue of the server takes, and less than a connection may have.
constexpr int kConnections = 4;
constexpr int kCallsPerConnection = 90;
constexpr int kProbes = 60;
// A probe that is not refused by then has found a free place.
constexpr absl::Duration kPatience = absl::Milliseconds(200);

bool HasRetryInfo(const grpc::Status& status) {
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return false;
  for (const auto& detail : details.details()) {
    if (detail.Is<google::rpc::RetryInfo>()) return true;
  }
  return false;
}

// A Classify in flight. The destructor cancels it and waits.
class PendingCall {
 public:
  PendingCall(v1::ActivationService::Stub& stub, const v1::Network& network)
      : request_(ClassifyRequestOf(network, NewNoise())) {
    stub.async()->Classify(&context_, &request_, &response_, [this](grpc::Status status) {
      milliseconds_ = watch_.Milliseconds();
      status_ = std::move(status);
      done_.Notify();
    });
  }
  ~PendingCall() {
    context_.TryCancel();
    done_.WaitForNotification();
  }
  PendingCall(const PendingCall&) = delete;
  PendingCall& operator=(const PendingCall&) = delete;

  // False when there is no answer within `patience`.
  bool Wait(absl::Duration patience) const {
    return done_.WaitForNotificationWithTimeout(patience);
  }
  // Of an answered call.
  bool WasRefused() const { return status_.error_code() == grpc::RESOURCE_EXHAUSTED; }
  bool SaysWhenToRetry() const { return HasRetryInfo(status_); }
  double milliseconds() const { return milliseconds_; }

 private:
  v1::ClassifyRequest request_;
  v1::ClassifyResponse response_;
  grpc::ClientContext context_;
  const Stopwatch watch_;
  double milliseconds_ = 0;
  grpc::Status status_;
  absl::Notification done_;
};

}  // namespace

absl::Status MeasureFullQueue(ServerUnderTest& server, const std::string& model) {
  std::vector<std::unique_ptr<v1::ActivationService::Stub>> stubs;
  for (int i = 0; i < kConnections; ++i) {
    stubs.push_back(v1::ActivationService::NewStub(server.Connect()));
  }
  std::vector<std::unique_ptr<PendingCall>> calls;
  for (int i = 0; i < kConnections * kCallsPerConnection; ++i) {
    calls.push_back(std::make_unique<PendingCall>(*stubs[i % kConnections], server.network()));
  }
  const auto probes = v1::ActivationService::NewStub(server.channel());
  Samples refusals;
  int without_retry = 0;
  for (int i = 0; i < kProbes; ++i) {
    auto probe = std::make_unique<PendingCall>(*probes, server.network());
    if (probe->Wait(kPatience) && probe->WasRefused()) {
      refusals.Add(probe->milliseconds());
      without_retry += !probe->SaysWhenToRetry();
    }
    calls.push_back(std::move(probe));
  }
  if (refusals.size() == 0) return absl::InternalError("no call was refused");
  Print({model + ": refusal by a full queue, median",
         refusals.Median(),
         "ms",
         {},
         "< 10",
         refusals.Noise()});
  Print({model + ": refusal by a full queue, 95 of 100", refusals.Quantile(0.95), "ms"});
  Print({model + ": refusals without RetryInfo",
         static_cast<double>(without_retry),
         "calls",
         {},
         "<= 0"});
  return absl::OkStatus();
}

}  // namespace deepvision
