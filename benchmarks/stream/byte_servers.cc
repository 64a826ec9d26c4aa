#include "benchmarks/stream/byte_servers.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "benchmarks/stream/tcp.h"
#include "core/base/digest.h"
#include "core/base/status_macros.h"
#include "deepvision/v1/activation.grpc.pb.h"
#include "server/lifecycle/server.h"
#include "tests/support/fake_engine.h"

namespace deepvision {
namespace {

// The payload of one layer: bytes that no page shares.
HostBuffer MakePayload() {
  std::vector<uint8_t> bytes(kLayerBytes);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * 2654435761U >> 13);
  return HostBuffer(std::move(bytes));
}

// Has every layer at once.
class ReadyEngine final : public FakeEngine {
 public:
  ReadyEngine(HostBuffer payload, uint32_t crc32) : payload_(std::move(payload)), crc32_(crc32) {}

  void StreamActivations(ActivationQuery query, std::shared_ptr<ActivationSink> sink,
                         CancellationToken) override {
    ActivationHeader header;
    header.network = query.network;
    sink->OnHeader(header);
    for (size_t i = 0; i < kLayers; ++i) sink->OnLayer(Layer(i));
    sink->OnDone(absl::OkStatus());
  }

 private:
  LayerActivation Layer(size_t index) const {
    LayerActivation layer;
    layer.id = "layer" + std::to_string(index);
    layer.data.kind = DataKind::kFeatureMap;
    layer.data.shape = layer.data.full_shape = {static_cast<int64_t>(kLayerBytes >> 16), 256, 256};
    layer.data.encoding = ActivationEncoding::kUint8;
    layer.data.bytes = payload_;
    layer.data.crc32 = crc32_;
    return layer;
  }

  const HostBuffer payload_;
  const uint32_t crc32_;
};

using Response = v1::StreamActivationsResponse;

// Copies each payload into its message, as generated code does.
class CopyingReactor final : public grpc::ServerWriteReactor<Response> {
 public:
  explicit CopyingReactor(const HostBuffer& payload) : payload_(payload) { Next(); }

  void OnWriteDone(bool ok) override {
    if (ok) return Next();
    Finish(grpc::Status::CANCELLED);
  }
  void OnDone() override { delete this; }

 private:
  // Of a message, beside the payload.
  static constexpr size_t kFraming = 8;

  void Next() {
    if (sent_ == kRoundBytes) return Finish(grpc::Status::OK);
    const size_t offset = sent_ % kLayerBytes;
    const size_t size = std::min(kMessageBytes - kFraming, kLayerBytes - offset);
    message_.set_data(payload_.data() + offset, size);
    sent_ += size;
    StartWrite(&message_);
  }

  const HostBuffer payload_;
  Response message_;
  size_t sent_ = 0;
};

class CopyingService final : public v1::ActivationService::WithCallbackMethod_StreamActivations<
                                 v1::ActivationService::Service> {
 public:
  explicit CopyingService(HostBuffer payload) : payload_(std::move(payload)) {}

  grpc::ServerWriteReactor<Response>* StreamActivations(
      grpc::CallbackServerContext*, const v1::StreamActivationsRequest*) override {
    return new CopyingReactor(payload_);
  }

 private:
  const HostBuffer payload_;
};

void ServeTcp(TcpListener& listener, const HostBuffer& payload) {
  while (auto connection = listener.Accept()) {
    while (connection->ReceiveAll(sizeof(uint64_t))) {
      for (size_t sent = 0; sent < kRoundBytes; sent += kMessageBytes) {
        connection->SendAll(payload.data() + sent % kLayerBytes, kMessageBytes);
      }
    }
  }
}

class AllServers final : public ByteServers {
 public:
  absl::Status Start() {
    ServerOptions options;
    options.listen = "127.0.0.1:0";
    DV_ASSIGN_OR_RETURN(stream_, Server::Start(options, &engine_, nullptr));
    ports_.stream = stream_->port();
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &ports_.bytes);
    builder.RegisterService(&copying_service_);
    copying_ = builder.BuildAndStart();
    DV_ASSIGN_OR_RETURN(listener_, TcpListener::Listen());
    ports_.tcp = listener_->port();
    tcp_ = std::thread([this] { ServeTcp(*listener_, payload_); });
    return absl::OkStatus();
  }

  ~AllServers() override {
    if (listener_) listener_->Stop();
    if (tcp_.joinable()) tcp_.join();
  }

  BytePorts ports() const override { return ports_; }

 private:
  const HostBuffer payload_ = MakePayload();
  ReadyEngine engine_{payload_, Crc32(payload_.data(), payload_.size())};
  CopyingService copying_service_{payload_};
  std::unique_ptr<Server> stream_;
  std::unique_ptr<grpc::Server> copying_;
  std::unique_ptr<TcpListener> listener_;
  std::thread tcp_;
  BytePorts ports_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ByteServers>> StartByteServers() {
  auto servers = std::make_unique<AllServers>();
  DV_RETURN_IF_ERROR(servers->Start());
  return servers;
}

}  // namespace deepvision
