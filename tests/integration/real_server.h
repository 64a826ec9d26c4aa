// The whole server in this process: the engine that computes, the transport on a
// free port of the loopback, one small network ("net", input 3 x 256 x 256, some
// 15 MB of float layers) and no data set.
//
//   RealServer server;
//   server.WaitUntilReady();
//   …
//   CHECK(server.ComesToRest());
//
// Threading: as of what it holds.
#ifndef DEEPVISION_TESTS_INTEGRATION_REAL_SERVER_H_
#define DEEPVISION_TESTS_INTEGRATION_REAL_SERVER_H_

#include <grpcpp/channel.h>

#include <functional>
#include <memory>
#include <string>

#include "core/api/engine.h"
#include "server/lifecycle/server.h"
#include "tests/support/folder.h"
#include "tests/support/loopback_server.h"

namespace deepvision {

// Waits until `condition` holds; false when it does not within 20 s. For
// counters, which notify nobody.
bool Eventually(const std::function<bool()>& condition);

class RealServer {
 public:
  explicit RealServer(StreamOptions stream = {}, uint32_t max_queued_requests = 64);

  Server& server() { return *server_; }
  Engine& engine() { return *engine_; }
  CallRecorder& recorder() { return recorder_; }
  std::string address() const;
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  template <typename Service>
  std::unique_ptr<typename Service::Stub> Stub() const {
    return Service::NewStub(channel_);
  }

  // Every counter that must be zero when no request is alive becomes zero.
  bool ComesToRest() const;
  // The counters as text, for what a failed check prints.
  std::string Counters() const;

 private:
  TestFolder folder_;
  CallRecorder recorder_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_INTEGRATION_REAL_SERVER_H_
