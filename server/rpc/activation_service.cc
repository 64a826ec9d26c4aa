#include "server/rpc/activation_service.h"

#include <utility>

#include "core/base/status_macros.h"
#include "deepvision/v1/activation.grpc.pb.h"
#include "server/convert/activation_convert.h"
#include "server/convert/field.h"
#include "server/rpc/live_call.h"
#include "server/rpc/streaming_call.h"
#include "server/rpc/unary_call.h"
#include "server/stream/item_stream.h"

namespace deepvision {
namespace {

using Response = v1::StreamActivationsResponse;

// Layers of the engine -> messages of the stream.
class StreamSink final : public ActivationSink {
 public:
  StreamSink(const std::shared_ptr<StreamWriter>& writer, size_t max_message_bytes)
      : writer_(writer), stream_(writer, max_message_bytes) {}

  void OnHeader(const ActivationHeader& header) override {
    Response message;
    *message.mutable_header() = ToProto(header);
    stream_.Send(message);
  }

  void OnLayer(LayerActivation layer) override {
    Response begin;
    *begin.mutable_layer() = ToProto(layer);
    stream_.SendItem(begin, std::move(layer.data.bytes), ElementBytes(layer.data.encoding),
                     layer.data.crc32);
  }

  void OnPrediction(Prediction prediction) override {
    Response message;
    *message.mutable_prediction() = ToProto(prediction);
    stream_.Send(message);
  }

  void OnDone(absl::Status status) override { stream_.Finish(std::move(status)); }

  uint64_t BytesAhead() const override { return writer_->BytesAhead(); }

  void WhenTaken(uint64_t bytes, absl::AnyInvocable<void() &&> resume) override {
    writer_->WhenTaken(bytes, std::move(resume));
  }

 private:
  const std::shared_ptr<StreamWriter> writer_;
  ItemStream<Response> stream_;
};

using Base = v1::ActivationService::WithRawCallbackMethod_StreamActivations<
    v1::ActivationService::WithRawCallbackMethod_LiveActivations<
        v1::ActivationService::WithCallbackMethod_Classify<v1::ActivationService::Service>>>;

class Service final : public Base {
 public:
  explicit Service(const ServiceContext& context) : context_(context) {}

  StreamReactor* StreamActivations(grpc::CallbackServerContext* context,
                                   const grpc::ByteBuffer* request) override {
    return ServeStream<v1::StreamActivationsRequest>(
        context_, context, "ActivationService/StreamActivations", *request,
        [this](v1::StreamActivationsRequest&& parsed, std::shared_ptr<StreamWriter> writer) {
          return Activations(std::move(parsed), std::move(writer));
        });
  }

  LiveReactor* LiveActivations(grpc::CallbackServerContext* context) override {
    return ServeLive(context_, context);
  }

  grpc::ServerUnaryReactor* Classify(grpc::CallbackServerContext* context,
                                     const v1::ClassifyRequest* request,
                                     v1::ClassifyResponse* response) override {
    UnaryCall* call = UnaryCall::Start(context_, context, "ActivationService/Classify", response);
    if (!call->Admit()) return call;
    absl::StatusOr<ClassifyQuery> query = FromProto(v1::ClassifyRequest(*request));
    if (!query.ok()) {
      call->Finish(query.status());
      return call;
    }
    context_.engine->Classify(*std::move(query), call->cancellation(),
                              call->Reply<Classification>([response](Classification result) {
                                *response = ToProto(result);
                              }));
    return call;
  }

 private:
  absl::Status Activations(v1::StreamActivationsRequest&& request,
                           std::shared_ptr<StreamWriter> writer) {
    DV_RETURN_IF_ERROR(
        CheckMaxMessageBytes(request.max_message_bytes(), context_.max_message_bytes));
    DV_RETURN_IF_ERROR(CheckLayerCount(request.layers_size(), context_.max_layers_per_request));
    const size_t limit = MessageLimit(context_, request.max_message_bytes());
    DV_ASSIGN_OR_RETURN(ActivationQuery query, FromProto(std::move(request)));
    const CancellationToken cancellation = writer->cancellation();
    context_.engine->StreamActivations(std::move(query),
                                       std::make_shared<StreamSink>(writer, limit), cancellation);
    return absl::OkStatus();
  }

  const ServiceContext& context_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeActivationService(const ServiceContext& context) {
  return std::make_unique<Service>(context);
}

}  // namespace deepvision
