// The listening server: builds gRPC with our limits, registers every service,
// health and reflection, and stops in order.
//
//   DV_ASSIGN_OR_RETURN(auto server, Server::Start(options, engine, LogCall));
//   …
//   server->Drain(absl::Now() + timeout);
//
// Threading: Start and the destructor from one thread; the rest is thread-safe.
// Ownership: `engine` must outlive the server. Once the destructor returns no
// reaction runs any more, but the engine may still hold sinks of calls that are
// over; calling them does nothing.
#ifndef DEEPVISION_SERVER_LIFECYCLE_SERVER_H_
#define DEEPVISION_SERVER_LIFECYCLE_SERVER_H_

#include <grpcpp/impl/service_type.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/api/engine.h"
#include "server/auth/doors.h"
#include "server/call/call_tracker.h"
#include "server/lifecycle/health_reporter.h"
#include "server/rpc/service_context.h"
#include "server/stream/stream_writer.h"

namespace deepvision {

struct ServerOptions {
  std::string listen = "127.0.0.1:50051";  // port 0: any free one
  uint64_t max_request_bytes = uint64_t{16} << 20;
  uint32_t max_message_bytes = uint32_t{1} << 20;
  uint32_t max_layers_per_request = 4096;
  uint32_t max_concurrent_streams = 100;  // calls of one connection at a time
  StreamOptions stream;
  Doors doors;
  bool channelz = false;
};

// For example "0.1.0".
std::string ServerVersion();

class Server {
 public:
  // kUnavailable when the address cannot be listened on.
  static absl::StatusOr<std::unique_ptr<Server>> Start(ServerOptions options, Engine* engine,
                                                       CallTracker::Report report);
  // Drains without waiting.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const { return port_; }
  const CallTracker& calls() const { return calls_; }
  const BufferCounters& buffers() const { return *context_.buffers; }
  const ByteBudget& uploads() const { return *context_.uploads; }

  // Says NOT_SERVING, refuses new calls as kUnavailable, lets the running ones
  // finish until `deadline` and cancels the rest. Blocks.
  void Drain(absl::Time deadline);

 private:
  Server(ServerOptions options, Engine* engine, CallTracker::Report report);
  absl::Status Listen();
  std::shared_ptr<grpc::ServerCredentials> Credentials() const;
  void AddGuard(grpc::ServerBuilder* builder, Door door) const;
  std::vector<std::string> ServiceNames() const;

  const ServerOptions options_;
  CallTracker calls_;
  ServiceContext context_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<HealthReporter> health_;
};

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_LIFECYCLE_SERVER_H_
