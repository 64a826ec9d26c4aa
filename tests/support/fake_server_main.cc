// fake_server: the real transport over a FakeEngine, to write clients against.
//   fake_server --listen=127.0.0.1:50051
#include <cstdio>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/time/clock.h"
#include "server/lifecycle/logging.h"
#include "server/lifecycle/server.h"
#include "server/lifecycle/signals.h"
#include "tests/support/fake_engine.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:50051", "address and port");

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  deepvision::BlockStopSignals();
  if (!deepvision::ConfigureLogging("info").ok()) return 1;
  deepvision::FakeEngine engine;
  deepvision::ServerOptions options;
  options.listen = absl::GetFlag(FLAGS_listen);
  auto server = deepvision::Server::Start(options, &engine, deepvision::LogCall);
  if (!server.ok()) {
    deepvision::LogError(server.status().message());
    return 1;
  }
  std::printf("listening on port %d\n", (*server)->port());
  std::fflush(stdout);
  deepvision::WaitForStopSignal();
  deepvision::StopAtOnceOnNextSignal();
  (*server)->Drain(absl::Now() + absl::Seconds(10));
  return 0;
}
