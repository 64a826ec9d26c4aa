#include "tests/integration/methods.h"

#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <vector>

#include "deepvision/v1/activation.grpc.pb.h"
#include "deepvision/v1/network.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace deepvision {
namespace {

// Another input for every call, so that none is answered from a cache.
uint64_t NextSeed() {
  static std::atomic<uint64_t> count = 0;
  return (static_cast<uint64_t>(getpid()) << 32) + ++count;
}

template <typename Reader, typename Response>
grpc::Status ReadAll(Reader& reader, Response* response) {
  while (reader.Read(response)) {
  }
  return reader.Finish();
}

grpc::Status Classify(const std::shared_ptr<grpc::Channel>& channel, grpc::ClientContext* context,
                      const std::string& network) {
  v1::ClassifyRequest request;
  request.set_network(network);
  request.mutable_input()->mutable_noise()->set_seed(NextSeed());
  v1::ClassifyResponse response;
  return v1::ActivationService::NewStub(channel)->Classify(context, request, &response);
}

grpc::Status Topology(const std::shared_ptr<grpc::Channel>& channel, grpc::ClientContext* context,
                      const std::string& network) {
  v1::StreamTopologyRequest request;
  request.set_network(network);
  v1::StreamTopologyResponse response;
  const auto stub = v1::NetworkService::NewStub(channel);
  return ReadAll(*stub->StreamTopology(context, request), &response);
}

grpc::Status Activations(const std::shared_ptr<grpc::Channel>& channel,
                         grpc::ClientContext* context, const std::string& network) {
  v1::StreamActivationsRequest request;
  request.set_network(network);
  request.mutable_input()->mutable_noise()->set_seed(NextSeed());
  request.mutable_defaults()->set_encoding(v1::ACTIVATION_ENCODING_FLOAT32);
  v1::StreamActivationsResponse response;
  const auto stub = v1::ActivationService::NewStub(channel);
  return ReadAll(*stub->StreamActivations(context, request), &response);
}

grpc::Status FrameStatus(const v1::LiveFrameError& error) {
  google::rpc::ErrorInfo info;
  info.set_reason(error.reason());
  google::rpc::Status status;
  status.set_code(static_cast<int>(error.code()));
  status.add_details()->PackFrom(info);
  return {static_cast<grpc::StatusCode>(error.code()), error.message(), status.SerializeAsString()};
}

std::vector<v1::LiveActivationsRequest> OneFrame(const std::string& network) {
  std::vector<v1::LiveActivationsRequest> requests(2);
  v1::LiveConfiguration& configuration = *requests[0].mutable_configuration();
  configuration.set_network(network);
  configuration.mutable_defaults()->set_encoding(v1::ACTIVATION_ENCODING_FLOAT32);
  requests[1].mutable_frame()->set_frame_id(1);
  requests[1].mutable_frame()->mutable_input()->mutable_noise()->set_seed(NextSeed());
  return requests;
}

grpc::Status Live(const std::shared_ptr<grpc::Channel>& channel, grpc::ClientContext* context,
                  const std::string& network) {
  const auto stub = v1::ActivationService::NewStub(channel);
  const auto stream = stub->LiveActivations(context);
  for (const v1::LiveActivationsRequest& request : OneFrame(network)) stream->Write(request);
  stream->WritesDone();
  grpc::Status frame(grpc::StatusCode::DATA_LOSS, "the call ended without an answer");
  v1::LiveActivationsResponse response;
  while (stream->Read(&response)) {
    if (!response.has_frame_end()) continue;
    const v1::LiveFrameEnd& end = response.frame_end();
    frame = end.has_error() ? FrameStatus(end.error()) : grpc::Status::OK;
  }
  const grpc::Status status = stream->Finish();
  return status.ok() ? frame : status;
}

}  // namespace

std::string NameOf(Method method) {
  if (method == Method::kClassify) return "classify";
  if (method == Method::kLive) return "live";
  return method == Method::kTopology ? "topology" : "activations";
}

std::optional<Method> MethodNamed(const std::string& name) {
  for (const Method method : kMethods) {
    if (NameOf(method) == name) return method;
  }
  return std::nullopt;
}

// The topology is answered without the device.
const char* HoldPoint(Method method) {
  return method == Method::kTopology ? "after_parse" : "between_operators";
}

grpc::Status CallMethod(Method method, const std::shared_ptr<grpc::Channel>& channel,
                        grpc::ClientContext* context, const std::string& network) {
  if (method == Method::kClassify) return Classify(channel, context, network);
  if (method == Method::kTopology) return Topology(channel, context, network);
  if (method == Method::kLive) return Live(channel, context, network);
  return Activations(channel, context, network);
}

}  // namespace deepvision
