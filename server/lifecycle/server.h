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
#include "core/base/executor.h"
#include "server/auth/doors.h"
#include "server/call/call_tracker.h"
#include "server/lifecycle/health_reporter.h"
#include "server/rpc/admin_service.h"
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
  // Where AdminService is served without a client's door; empty: nowhere. With
  // administrators' tokens it is served on `listen` as well.
  std::string admin_listen;
  AdminActions admin;
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

  int port() const { return clients_.port; }
  // 0: no such listener.
  int admin_port() const { return admins_.port; }
  const CallTracker& calls() const { return calls_; }
  const TlsCredentials* tls() const { return options_.doors.tls.get(); }
  const BufferCounters& buffers() const { return *context_.buffers; }
  const ByteBudget& uploads() const { return *context_.uploads; }

  // Says NOT_SERVING, refuses new calls as kUnavailable, lets the running ones
  // finish until `deadline` and cancels the rest. Blocks.
  void Drain(absl::Time deadline);

 private:
  // An address and what is served there.
  struct Listener {
    std::unique_ptr<grpc::Service> admin;  // null: not here
    int port = 0;
    std::unique_ptr<grpc::Server> server;  // null: no such listener
  };

  Server(ServerOptions options, Engine* engine, CallTracker::Report report);
  absl::Status Listen();
  absl::Status ListenForClients();
  absl::Status ListenForAdmins();
  void AddAdminService(grpc::ServerBuilder* builder, Listener* listener,
                       std::vector<std::string>* names);
  // Starts what `builder` holds; `flag` named the address.
  absl::Status Build(grpc::ServerBuilder* builder, Door door, absl::string_view flag,
                     const std::string& address, const std::vector<std::string>& names,
                     Listener* listener);
  std::vector<std::string> ServiceNames() const;

  const ServerOptions options_;
  CallTracker calls_;
  const std::shared_ptr<HealthReporter> health_;
  ServiceContext context_;
  AdminActions admin_actions_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
  Listener clients_;
  Listener admins_;
  std::unique_ptr<Executor> admin_thread_;  // reads manifests; null: nobody may ask
};

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_LIFECYCLE_SERVER_H_
