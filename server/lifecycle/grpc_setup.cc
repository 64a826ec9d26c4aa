#include "server/lifecycle/grpc_setup.h"

#include <grpc/grpc.h>
#include <grpcpp/ext/channelz_service_plugin.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>

#include <mutex>

#include "absl/time/time.h"
#include "grpc/health/v1/health.pb.h"

namespace deepvision {
namespace {

// What a request may hold beside its largest field.
constexpr uint64_t kRequestOverheadBytes = 64 << 10;
// Requests being received, over all connections: a back-stop.
constexpr size_t kReceiveBufferBytes = size_t{1} << 30;
// Threads of gRPC's own services (reflection, channelz), which block theirs.
constexpr int kPluginThreads = 16;

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(absl::ToInt64Milliseconds(duration));
}

}  // namespace

void RegisterPlugins(bool channelz) {
  static std::once_flag once;
  std::call_once(once, [] {
    // Never undone: at its last user's end gRPC joins a thread that may poll for 10 s
    // more, and stopping would wait for it.
    grpc_init();
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    // gRPC serves health without its descriptor; reflection needs it.
    grpc::health::v1::HealthCheckRequest::descriptor();
  });
  static std::once_flag channelz_once;
  if (channelz) std::call_once(channelz_once, grpc::channelz::experimental::InitChannelzService);
}

void SetConnectionLimits(const ConnectionLimits& limits, grpc::ServerBuilder* builder) {
  builder->SetMaxReceiveMessageSize(
      static_cast<int>(limits.max_request_bytes + kRequestOverheadBytes));
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                              static_cast<int>(limits.max_concurrent_streams));
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(absl::Seconds(30)));
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(absl::Seconds(20)));
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                              Milliseconds(absl::Seconds(10)));
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, Milliseconds(absl::Minutes(30)));
  builder->AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
                              Milliseconds(absl::Seconds(10)));
  grpc::ResourceQuota quota("deepvision");
  quota.Resize(kReceiveBufferBytes);
  quota.SetMaxThreads(kPluginThreads);
  builder->SetResourceQuota(quota);
}

}  // namespace deepvision
