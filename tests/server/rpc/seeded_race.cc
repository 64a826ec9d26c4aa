// A race that the thread sanitizer must find in the server, in spite of what is
// suppressed: reports of calls are counted without a lock.
#include <cstdio>
#include <thread>
#include <vector>

#include "deepvision/v1/server.grpc.pb.h"
#include "tests/support/loopback_server.h"

namespace deepvision {
namespace {

long seeded = 0;  // NOLINT: the race

void CallOften(const std::string& address) {
  const auto stub =
      v1::ServerService::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  for (int i = 0; i < 200; ++i) {
    v1::GetServerInfoResponse response;
    stub->GetServerInfo(MakeContext().get(), {}, &response);
  }
}

int Run() {
  FakeEngine engine;
  ServerOptions options;
  options.listen = "127.0.0.1:0";
  const auto server = Server::Start(options, &engine, [](const CallSummary&) { ++seeded; });
  if (!server.ok()) return 1;
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back(CallOften, "127.0.0.1:" + std::to_string((*server)->port()));
  }
  for (std::thread& client : clients) client.join();
  std::printf("%ld reports\n", seeded);
  return 0;
}

}  // namespace
}  // namespace deepvision

int main() { return deepvision::Run(); }
