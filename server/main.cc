// deepvision_server: flags, manifests, engine, server, and an orderly end.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/status_macros.h"
#include "core/engine/create_engine.h"
#include "server/auth/doors.h"
#include "server/auth/exposure.h"
#include "server/config/flags.h"
#include "server/config/manifests.h"
#include "server/lifecycle/health_probe.h"
#include "server/lifecycle/logging.h"
#include "server/lifecycle/memory.h"
#include "server/lifecycle/open_files.h"
#include "server/lifecycle/server.h"
#include "server/lifecycle/signals.h"
#include "server/lifecycle/spinning.h"
#include "server/metrics/endpoint.h"
#include "server/metrics/gauges.h"
#include "server/metrics/metrics.h"

namespace deepvision {
namespace {

absl::StatusOr<Manifests> ReadManifests(const Flags& flags) {
  ManifestSources sources;
  sources.model = flags.model;
  // A bare model is served alone unless folders are named.
  const bool alone = !flags.model.empty() && flags.projects.empty();
  sources.projects = alone ? flags.projects : FoldersOrDefault(flags.projects, "projects");
  sources.datasets = FoldersOrDefault(flags.datasets, "datasets");
  DV_ASSIGN_OR_RETURN(Manifests manifests, LoadManifests(sources));
  for (const std::string& notice : manifests.notices) LogInfo(notice);
  if (manifests.networks.empty()) LogWarning("no network: set --projects or --model");
  return manifests;
}

absl::StatusOr<std::unique_ptr<Engine>> MakeEngine(const Flags& flags,
                                                   std::shared_ptr<Metrics> metrics) {
  DV_ASSIGN_OR_RETURN(Manifests manifests, ReadManifests(flags));
  EngineOptions options;
  options.networks = std::move(manifests.networks);
  options.datasets = std::move(manifests.datasets);
  options.device = flags.device;
  options.threads = flags.threads;
  options.visualization_width = flags.visualization_width;
  options.load_timeout = flags.load_timeout;
  options.version = ServerVersion();
  options.max_encoded_image_bytes = flags.max_request_bytes;
  options.max_image_pixels = flags.max_image_pixels;
  options.max_queued_requests = flags.max_queued_requests;
  options.cache_bytes = flags.caches.cache_bytes;
  options.input_cache_bytes = flags.caches.input_cache_bytes;
  options.max_upload_bytes = flags.caches.max_upload_bytes;
  options.request_memory_bytes = flags.caches.request_memory_bytes;
  options.state_dir = flags.state.state_dir;
  options.state_bytes = flags.state.state_bytes;
  options.log = [](absl::string_view line) { LogInfo(line); };
  options.on_phase = [metrics](Phase phase, absl::Duration time) {
    metrics->RecordPhase(phase, time);
  };
  return CreateEngine(std::move(options));
}

absl::StatusOr<Doors> MakeDoors(const Flags& flags) {
  DoorOptions options;
  options.listen = flags.listen;
  options.tls = {flags.doors.tls_cert, flags.doors.tls_key, flags.doors.tls_client_ca};
  options.token_file = flags.doors.token_file;
  options.admin_token_file = flags.doors.admin_token_file;
  options.insecure = flags.doors.insecure;
  DV_ASSIGN_OR_RETURN(Doors doors, OpenDoors(options, LogWarning));
  if (!doors.warning.empty()) LogWarning(doors.warning);
  return doors;
}

AdminActions MakeAdminActions(const Flags& flags) {
  AdminActions actions;
  actions.read_projects = [flags]() -> absl::StatusOr<ProjectNetworks> {
    DV_ASSIGN_OR_RETURN(Manifests manifests, ReadManifests(flags));
    return ProjectNetworks{std::move(manifests.networks), std::move(manifests.notices)};
  };
  actions.drain = [] {
    LogInfo("an administrator asks for a drain");
    RequestStop();
  };
  return actions;
}

ServerOptions MakeServerOptions(const Flags& flags, Doors doors) {
  ServerOptions options;
  options.listen = flags.listen;
  options.max_request_bytes = flags.max_request_bytes;
  options.max_message_bytes = flags.max_message_bytes;
  options.max_layers_per_request = flags.max_layers_per_request;
  options.max_concurrent_streams = flags.max_concurrent_streams;
  options.stream.stall_timeout = flags.stall_timeout;
  options.stream.max_duration = flags.max_call_duration;
  options.doors = std::move(doors);
  options.channelz = flags.doors.channelz;
  options.admin_listen = flags.doors.admin_listen;
  options.admin = MakeAdminActions(flags);
  return options;
}

// Null when it is not wanted.
absl::StatusOr<std::unique_ptr<MetricsEndpoint>> ShowMetrics(const Flags& flags,
                                                             const Metrics& metrics,
                                                             const Engine& engine,
                                                             const Server& server) {
  const std::string& listen = flags.doors.metrics_listen;
  if (listen.empty()) return nullptr;
  auto gauges =
      MakeGauges({&engine, &server.calls(), &server.buffers(), server.tls(), ServerVersion()});
  DV_ASSIGN_OR_RETURN(auto endpoint,
                      MetricsEndpoint::Start(listen, {metrics.registry(), std::move(gauges)}));
  LogInfo(absl::StrCat("metrics on ", listen, ", port ", endpoint->port()));
  if (!IsLocalAddress(listen)) {
    LogWarning(absl::StrCat("--metrics_listen=", listen,
                            " can be reached from other machines, which may read the metrics"));
  }
  return endpoint;
}

// Returns after SIGTERM or SIGINT, when the running calls have ended.
absl::Status Serve(const Flags& flags) {
  DV_ASSIGN_OR_RETURN(Doors doors, MakeDoors(flags));
  const auto metrics = std::make_shared<Metrics>();
  DV_ASSIGN_OR_RETURN(const std::unique_ptr<Engine> engine, MakeEngine(flags, metrics));
  const auto report = [metrics](const CallSummary& call) {
    LogCall(call);
    metrics->RecordCall(call);
  };
  DV_ASSIGN_OR_RETURN(
      const std::unique_ptr<Server> server,
      Server::Start(MakeServerOptions(flags, std::move(doors)), engine.get(), report));
  DV_ASSIGN_OR_RETURN(const auto endpoint, ShowMetrics(flags, *metrics, *engine, *server));
  LogInfo(absl::StrCat("serving on ", flags.listen, ", port ", server->port(), ", version ",
                       ServerVersion()));
  if (server->admin_port() != 0) {
    LogInfo(absl::StrCat("administration on ", flags.doors.admin_listen, ", port ",
                         server->admin_port()));
  }
  WaitForStopSignal();
  LogInfo("stopping: running calls may finish; a second signal stops at once");
  StopAtOnceOnNextSignal();
  server->Drain(absl::Now() + flags.drain_timeout);
  LogInfo("stopped");
  // A thread of LibTorch that reads a file cannot be stopped, and must not see
  // the process tidy up around it.
  if (engine->Statistics().reading_files > 0) std::_Exit(0);
  return absl::OkStatus();
}

// With the flags of the server that it asks.
absl::Status CheckHealth(const Flags& flags) {
  std::optional<ProbeIdentity> tls;
  if (!flags.doors.tls_cert.empty()) {
    tls.emplace();
    DV_ASSIGN_OR_RETURN(tls->certificate, ReadFlagFile({"tls_cert", flags.doors.tls_cert}));
    DV_ASSIGN_OR_RETURN(tls->key, ReadFlagFile({"tls_key", flags.doors.tls_key}));
  }
  return ProbeHealth(flags.listen, "", absl::Seconds(5), tls);
}

absl::Status Main(int argc, char** argv) {
  DV_ASSIGN_OR_RETURN(const Flags flags, ParseFlags(argc, argv, ServerVersion()));
  if (flags.healthcheck) return CheckHealth(flags);
  LimitSpinning(argv);
  BlockStopSignals();
  KeepFreedMemory();
  RaiseOpenFileLimit();
  DV_RETURN_IF_ERROR(ConfigureLogging(flags.log_level));
  return Serve(flags);
}

}  // namespace
}  // namespace deepvision

int main(int argc, char** argv) {
  const absl::Status status = deepvision::Main(argc, argv);
  if (status.ok()) return 0;
  std::fprintf(stderr, "deepvision_server: %s\n", std::string(status.message()).c_str());
  return 1;
}
