// The real server as a process of its own, with one network, and that network
// without a server beside it.
//
// Threading: stubs are thread-safe; the rest is for one caller at a time.
// Ownership: the destructor ends both processes.
#ifndef DEEPVISION_BENCHMARKS_SERVING_SERVER_UNDER_TEST_H_
#define DEEPVISION_BENCHMARKS_SERVING_SERVER_UNDER_TEST_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "benchmarks/support/child_process.h"
#include "deepvision/v1/network.grpc.pb.h"

namespace deepvision {

// Programs of the build.
struct Programs {
  std::string server;        // deepvision_server
  std::string bare_forward;  // bare_forward
};

class ServerUnderTest {
 public:
  // Returns when the network is ready.
  static absl::StatusOr<std::unique_ptr<ServerUnderTest>> Start(const Programs& programs,
                                                                const std::string& model);

  const std::string& address() const { return address_; }
  const v1::Network& network() const { return network_; }
  // The first connection.
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  // A connection of its own.
  std::shared_ptr<grpc::Channel> Connect() const;
  const ChildProcess& process() const { return *server_; }

  // Milliseconds of a forward pass, or up to one layer, without the server.
  absl::StatusOr<double> BareForward();
  absl::StatusOr<double> BareLayer(const std::string& id);

 private:
  ServerUnderTest() = default;
  absl::Status StartServer(const std::string& program, const std::string& model);
  absl::Status StartBare(const std::string& program, const std::string& model);
  absl::StatusOr<double> Ask(const std::string& question);

  std::string address_;
  std::unique_ptr<ChildProcess> server_;
  std::unique_ptr<ChildProcess> bare_;
  std::shared_ptr<grpc::Channel> channel_;
  v1::Network network_;
};

}  // namespace deepvision

#endif  // DEEPVISION_BENCHMARKS_SERVING_SERVER_UNDER_TEST_H_
