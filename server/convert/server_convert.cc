#include "server/convert/server_convert.h"

#include "server/convert/enum_convert.h"

namespace deepvision {

v1::ProducedBy ToProto(const ProducedBy& produced_by) {
  v1::ProducedBy out;
  out.set_device(produced_by.device);
  out.set_build(produced_by.build);
  out.set_threads(produced_by.threads);
  out.set_numerics(ToProto(produced_by.numerics));
  return out;
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration out;
  absl::Duration rest;
  out.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &rest));
  out.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  return out;
}

v1::GetServerInfoResponse ToProto(const ServerDescription& server, const EngineInfo& engine) {
  v1::GetServerInfoResponse out;
  out.set_version(server.version);
  out.set_libtorch_version(engine.libtorch_version);
  for (const DeviceInfo& info : engine.devices) {
    v1::Device* device = out.add_devices();
    device->set_name(info.name);
    device->set_threads(info.threads);
    device->set_memory_bytes(info.memory_bytes);
  }
  out.mutable_limits()->set_max_request_bytes(server.max_request_bytes);
  out.mutable_limits()->set_max_image_pixels(engine.max_image_pixels);
  out.mutable_limits()->set_max_message_bytes(server.max_message_bytes);
  out.mutable_limits()->set_max_queued_requests(engine.max_queued_requests);
  out.mutable_limits()->set_max_layers_per_request(server.max_layers_per_request);
  out.mutable_limits()->set_max_concurrent_streams(server.max_concurrent_streams);
  *out.mutable_limits()->mutable_max_call_duration() = ToProto(server.max_call_duration);
  out.mutable_limits()->set_cache_bytes(engine.cache_bytes);
  out.mutable_limits()->set_input_cache_bytes(engine.input_cache_bytes);
  out.mutable_limits()->set_max_upload_bytes(engine.max_upload_bytes);
  out.mutable_limits()->set_request_memory_bytes(engine.request_memory_bytes);
  out.mutable_limits()->set_state_bytes(engine.state_bytes);
  *out.mutable_uptime() = ToProto(server.uptime);
  for (Numerics numerics : engine.numerics) out.add_numerics(ToProto(numerics));
  return out;
}

}  // namespace deepvision
