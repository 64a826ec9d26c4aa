// How fast one stream is: the same bytes through our stream, through ordinary
// `bytes` messages, and through a plain TCP connection, over the loopback.
//
//   stream_benchmark           prints the rows
//   stream_benchmark --serve   prints the three ports and serves until its input
//                              ends
//
// The server is a process of its own. The three take turns, a round of 256 MiB
// each; ratios are those of neighbouring rounds. The client of the first two is
// the generated one, which parses every message.
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmarks/stream/byte_servers.h"
#include "benchmarks/stream/tcp.h"
#include "benchmarks/support/child_process.h"
#include "benchmarks/support/report.h"
#include "benchmarks/support/rounds.h"
#include "benchmarks/support/samples.h"
#include "benchmarks/support/stopwatch.h"
#include "core/base/status_macros.h"
#include "deepvision/v1/activation.grpc.pb.h"

namespace deepvision {
namespace {

constexpr int kWarmUps = 2;
constexpr int kRounds = 21;

// One way of sending, seen from the client.
struct Way {
  const char* name;
  std::function<bool()> receive;  // a round of kRoundBytes
  Samples gigabytes_per_second;
  double server_seconds = 0;
};

std::function<bool()> ReceiveMessages(int port) {
  auto channel =
      grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials());
  std::shared_ptr<v1::ActivationService::Stub> stub = v1::ActivationService::NewStub(channel);
  return [stub] {
    grpc::ClientContext context;
    v1::StreamActivationsRequest request;
    request.set_network("any");
    request.mutable_input()->set_zeros(true);
    const auto reader = stub->StreamActivations(&context, request);
    v1::StreamActivationsResponse response;
    size_t received = 0;
    while (reader->Read(&response)) received += response.data().size();
    return reader->Finish().ok() && received == kRoundBytes;
  };
}

absl::StatusOr<std::function<bool()>> ReceiveTcp(int port) {
  DV_ASSIGN_OR_RETURN(std::shared_ptr<TcpConnection> connection, TcpConnection::Connect(port));
  return [connection] {
    const uint64_t go = 1;
    return connection->SendAll(&go, sizeof(go)) && connection->ReceiveAll(kRoundBytes);
  };
}

absl::Status RunRound(const ChildProcess& server, Way& way, bool counts) {
  const double cpu = server.CpuSeconds();
  const Stopwatch watch;
  if (!way.receive()) return absl::InternalError(absl::StrCat(way.name, ": bytes are missing"));
  if (!counts) return absl::OkStatus();
  way.gigabytes_per_second.Add(kRoundBytes / watch.Seconds() / 1e9);
  way.server_seconds += server.CpuSeconds() - cpu;
  return absl::OkStatus();
}

void Report(const std::vector<Way>& ways) {
  const Way &stream = ways[0], &bytes = ways[1], &tcp = ways[2];
  Print(Compared("stream, against plain TCP", stream.gigabytes_per_second, "GB/s",
                 tcp.gigabytes_per_second, ">= 0.9"));
  Print(Compared("stream, against bytes messages", stream.gigabytes_per_second, "GB/s",
                 bytes.gigabytes_per_second, ">= 1.3"));
  for (const Way& way : ways) {
    Print({absl::StrCat(way.name, ": throughput"),
           way.gigabytes_per_second.Median(),
           "GB/s",
           {},
           "",
           way.gigabytes_per_second.Noise()});
    Print({absl::StrCat(way.name, ": processor time of the server"),
           way.server_seconds / (kRoundBytes * way.gigabytes_per_second.size() / 1e9), "s/GB"});
  }
}

absl::Status Measure() {
  DV_ASSIGN_OR_RETURN(const auto server, ChildProcess::Start({"/proc/self/exe", "--serve"},
                                                             ChildProcess::Output::kLines));
  DV_ASSIGN_OR_RETURN(const std::string line, server->ReadLine());
  BytePorts ports;
  if (std::sscanf(line.c_str(), "%d %d %d", &ports.stream, &ports.bytes, &ports.tcp) != 3) {
    return absl::InternalError("the server told no ports");
  }
  DV_ASSIGN_OR_RETURN(const auto receive_tcp, ReceiveTcp(ports.tcp));
  std::vector<Way> ways = {{"stream", ReceiveMessages(ports.stream)},
                           {"bytes messages", ReceiveMessages(ports.bytes)},
                           {"plain TCP", receive_tcp}};
  for (Rounds rounds(kWarmUps, kRounds); rounds.Next();) {
    for (Way& way : ways) DV_RETURN_IF_ERROR(RunRound(*server, way, !rounds.warming_up()));
  }
  Report(ways);
  return absl::OkStatus();
}

absl::Status Serve() {
  DV_ASSIGN_OR_RETURN(const auto servers, StartByteServers());
  const BytePorts ports = servers->ports();
  std::printf("%d %d %d\n", ports.stream, ports.bytes, ports.tcp);
  std::fflush(stdout);
  while (std::getchar() != EOF) continue;
  return absl::OkStatus();
}

}  // namespace
}  // namespace deepvision

int main(int argc, char** argv) {
  const bool serve = argc == 2 && std::strcmp(argv[1], "--serve") == 0;
  const absl::Status status = serve ? deepvision::Serve() : deepvision::Measure();
  if (status.ok()) return 0;
  std::fprintf(stderr, "stream_benchmark: %s\n", std::string(status.message()).c_str());
  return 1;
}
