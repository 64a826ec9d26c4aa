#include "benchmarks/serving/calls.h"

#include <grpcpp/client_context.h>

#include <atomic>
#include <optional>
#include <random>
#include <utility>

#include "benchmarks/support/stopwatch.h"
#include "core/base/digest.h"
#include "core/base/status_macros.h"

namespace deepvision {
namespace {

// Other bytes in each call and in each run.
uint64_t NewSeed() {
  static std::atomic<uint64_t> next{std::random_device()()};
  return next.fetch_add(1);
}

// Messages of one stream -> layers.
class LayerReader {
 public:
  absl::Status Take(v1::StreamActivationsResponse& message) {
    if (received_.first_message == 0) received_.first_message = watch_.Milliseconds();
    if (message.has_layer()) Begin(*message.mutable_layer());
    Append(*message.mutable_data());
    if (message.has_end()) return End(message.end());
    complete_ = complete_ || message.has_trailer();
    return absl::OkStatus();
  }

  absl::StatusOr<ReceivedLayers> Finish() {
    if (!complete_) return absl::DataLossError("no trailer came");
    received_.all = watch_.Milliseconds();
    return std::move(received_);
  }

 private:
  void Begin(v1::ActivationLayer& meta) {
    received_.layers.push_back({std::move(meta), watch_.Milliseconds(), {}});
  }

  // What came in one message is not copied.
  void Append(std::string& data) {
    if (data.empty()) return;
    ReceivedLayer& layer = received_.layers.back();
    if (layer.bytes.empty() && data.size() == layer.meta.byte_count()) {
      layer.bytes = std::move(data);
      return;
    }
    layer.bytes.reserve(layer.meta.byte_count());
    layer.bytes += data;
  }

  absl::Status End(const v1::ItemEnd& end) const {
    const std::string& bytes = received_.layers.back().bytes;
    const bool whole =
        bytes.size() == end.byte_count() &&
        Crc32(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()) == end.crc32();
    return whole ? absl::OkStatus() : absl::DataLossError("a layer is damaged");
  }

  const Stopwatch watch_;
  ReceivedLayers received_;
  bool complete_ = false;
};

}  // namespace

absl::Status ToAbsl(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

v1::Input NewPixels(const v1::Network& network) {
  v1::Input input;
  v1::Pixels& pixels = *input.mutable_pixels();
  pixels.set_format(v1::PIXEL_FORMAT_RGB8);
  pixels.set_width(network.input().width());
  pixels.set_height(network.input().height());
  std::string& data = *pixels.mutable_data();
  data.resize(size_t{3} * pixels.width() * pixels.height());
  std::minstd_rand random(static_cast<uint32_t>(NewSeed()));
  for (char& byte : data) byte = static_cast<char>(random() >> 8);
  return input;
}

v1::Input NewNoise() {
  v1::Input input;
  input.mutable_noise()->set_seed(NewSeed());
  return input;
}

v1::StreamActivationsRequest AllLayers(const v1::Network& network, v1::Input input,
                                       v1::ActivationEncoding encoding) {
  v1::StreamActivationsRequest request;
  request.set_network(network.id());
  *request.mutable_input() = std::move(input);
  request.mutable_defaults()->set_encoding(encoding);
  return request;
}

absl::StatusOr<ReceivedLayers> ReadLayers(v1::ActivationService::Stub& stub,
                                          const v1::StreamActivationsRequest& request) {
  grpc::ClientContext context;
  LayerReader layers;
  const auto reader = stub.StreamActivations(&context, request);
  v1::StreamActivationsResponse message;
  absl::Status taken;
  while (taken.ok() && reader->Read(&message)) taken = layers.Take(message);
  if (!taken.ok()) context.TryCancel();
  const absl::Status status = ToAbsl(reader->Finish());
  DV_RETURN_IF_ERROR(taken);
  DV_RETURN_IF_ERROR(status);
  return layers.Finish();
}

v1::ClassifyRequest ClassifyRequestOf(const v1::Network& network, v1::Input input) {
  v1::ClassifyRequest request;
  request.set_network(network.id());
  *request.mutable_input() = std::move(input);
  return request;
}

absl::StatusOr<double> TimeClassify(v1::ActivationService::Stub& stub,
                                    const v1::ClassifyRequest& request) {
  grpc::ClientContext context;
  v1::ClassifyResponse response;
  const Stopwatch watch;
  DV_RETURN_IF_ERROR(ToAbsl(stub.Classify(&context, request, &response)));
  return watch.Milliseconds();
}

absl::StatusOr<double> TimeTopology(v1::NetworkService::Stub& stub, const v1::Network& network) {
  grpc::ClientContext context;
  v1::StreamTopologyRequest request;
  request.set_network(network.id());
  v1::StreamTopologyResponse message;
  const Stopwatch watch;
  const auto reader = stub.StreamTopology(&context, request);
  while (reader->Read(&message)) continue;
  DV_RETURN_IF_ERROR(ToAbsl(reader->Finish()));
  return watch.Milliseconds();
}

}  // namespace deepvision
