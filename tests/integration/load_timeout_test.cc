// A model file whose reading never ends.
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/synchronization/notification.h"
#include "core/engine/create_engine.h"
#include "tests/integration/gate.h"
#include "tests/integration/real_server.h"
#include "tests/integration/small_network.h"
#include "tests/support/folder.h"

namespace deepvision {
namespace {

NetworkManifest Manifest(const std::string& id, const std::string& path) {
  NetworkManifest manifest;
  manifest.id = id;
  manifest.model_file = path;
  manifest.preprocessing.height = manifest.preprocessing.width = 32;
  return manifest;
}

NetworkInfo WaitFor(Engine& engine, const std::string& id) {
  NetworkInfo settled;
  absl::Notification done;
  engine.WaitForNetwork(id, {}, [&](absl::StatusOr<NetworkInfo> info) {
    if (info.ok()) settled = *std::move(info);
    done.Notify();
  });
  done.WaitForNotification();
  return settled;
}

TEST_CASE("a file that is never read to its end fails its network and holds up no other",
          "[integration][load_timeout]") {
  const TestFolder folder;
  const std::string path = (folder.path() / "net.pt").string();
  SaveSmallNetwork(path);
  EngineOptions options;
  options.networks = {Manifest("hangs", path), Manifest("good", path)};
  options.threads = 1;
  options.load_timeout = absl::Seconds(2);
  Gate gate("read_model");
  auto engine = CreateEngine(std::move(options));
  REQUIRE(engine.ok());
  const NetworkInfo hangs = WaitFor(**engine, "hangs");
  CHECK(hangs.state == NetworkState::kFailed);
  CHECK(absl::StrContains(hangs.failure, "longer than 2s"));
  CHECK(absl::StrContains(hangs.failure, "--load_timeout"));
  CHECK(WaitFor(**engine, "good").state == NetworkState::kReady);
  CHECK((*engine)->Statistics().reading_files == 1);
  gate.Open();
  CHECK(Eventually([&] { return (*engine)->Statistics().reading_files == 0; }));
}

}  // namespace
}  // namespace deepvision
