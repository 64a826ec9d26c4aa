// Clients that go on calling until they are destroyed, each from its own thread
// and over its own connection.
//
// Threading: one caller at a time.
#ifndef DEEPVISION_BENCHMARKS_SERVING_BACKGROUND_LOAD_H_
#define DEEPVISION_BENCHMARKS_SERVING_BACKGROUND_LOAD_H_

#include <atomic>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "benchmarks/serving/server_under_test.h"
#include "deepvision/v1/activation.grpc.pb.h"

namespace deepvision {

class BackgroundLoad {
 public:
  // A call, or its end.
  using CallOnce = std::function<absl::Status(v1::ActivationService::Stub&)>;

  BackgroundLoad(const ServerUnderTest& server, int clients, CallOnce call)
      : call_(std::move(call)) {
    for (int i = 0; i < clients; ++i) {
      threads_.emplace_back([this, stub = std::shared_ptr<v1::ActivationService::Stub>(
                                       v1::ActivationService::NewStub(server.Connect()))] {
        while (!stopped_) (call_(*stub).ok() ? calls_ : failures_).fetch_add(1);
      });
    }
  }
  ~BackgroundLoad() {
    stopped_ = true;
    for (std::thread& thread : threads_) thread.join();
  }
  BackgroundLoad(const BackgroundLoad&) = delete;
  BackgroundLoad& operator=(const BackgroundLoad&) = delete;

  // Calls that have ended well, and badly, so far.
  int calls() const { return calls_; }
  int failures() const { return failures_; }

 private:
  const CallOnce call_;
  std::atomic<bool> stopped_{false};
  std::atomic<int> calls_{0};
  std::atomic<int> failures_{0};
  std::vector<std::thread> threads_;
};

}  // namespace deepvision

#endif  // DEEPVISION_BENCHMARKS_SERVING_BACKGROUND_LOAD_H_
