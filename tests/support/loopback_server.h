// The real transport over a FakeEngine on a free port of the loopback, with
// default clients.
//
//   LoopbackServer server;
//   server.engine().HoldLayersAfter(1);
//   auto stub = server.Stub<v1::ActivationService>();
//
// The destructor checks nothing: tests call WaitUntilIdle and look at the
// counters themselves.
#ifndef DEEPVISION_TESTS_SUPPORT_LOOPBACK_SERVER_H_
#define DEEPVISION_TESTS_SUPPORT_LOOPBACK_SERVER_H_

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "google/rpc/error_details.pb.h"
#include "server/lifecycle/server.h"
#include "tests/support/fake_engine.h"

namespace deepvision {

// The summaries of finished calls.
class CallRecorder {
 public:
  void Add(const CallSummary& summary) {
    absl::MutexLock lock(&mutex_);
    summaries_.push_back(summary);
  }
  std::vector<CallSummary> summaries() const {
    absl::MutexLock lock(&mutex_);
    return summaries_;
  }

 private:
  mutable absl::Mutex mutex_;
  std::vector<CallSummary> summaries_;
};

class LoopbackServer {
 public:
  explicit LoopbackServer(StreamOptions stream = {});
  // `options.listen` does not matter.
  explicit LoopbackServer(ServerOptions options);

  FakeEngine& engine() { return engine_; }
  Server& server() { return *server_; }
  CallRecorder& recorder() { return recorder_; }
  std::string address() const;
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  template <typename Service>
  std::unique_ptr<typename Service::Stub> Stub() const {
    return Service::NewStub(channel_);
  }

  // True when no call is alive within 20 s.
  bool WaitUntilIdle() const;

 private:
  CallRecorder recorder_;
  FakeEngine engine_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

// A context whose call ends after 60 s, so that a broken server fails a test
// instead of stopping it.
std::unique_ptr<grpc::ClientContext> MakeContext();

// What grpc-status-details-bin holds.
struct Details {
  std::optional<google::rpc::ErrorInfo> info;
  std::optional<google::rpc::RetryInfo> retry;
  std::optional<google::rpc::BadRequest> bad_request;
  std::optional<google::rpc::ResourceInfo> resource;
  int code = -1;
};
Details DetailsOf(const std::string& serialized);

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_SUPPORT_LOOPBACK_SERVER_H_
