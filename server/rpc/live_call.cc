#include "server/rpc/live_call.h"

#include <atomic>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/api/error.h"
#include "core/api/live.h"
#include "core/base/status_macros.h"
#include "deepvision/v1/activation.pb.h"
#include "server/call/hand_over.h"
#include "server/convert/activation_convert.h"
#include "server/convert/field.h"
#include "server/convert/status_convert.h"
#include "server/rpc/admission.h"
#include "server/rpc/streaming_call.h"
#include "server/stream/item_stream.h"
#include "server/stream/stream_transport.h"

namespace deepvision {
namespace {

using Request = v1::LiveActivationsRequest;
using Response = v1::LiveActivationsResponse;

// What the session makes -> messages of the stream.
class Sink final : public LiveSink {
 public:
  Sink(std::shared_ptr<StreamWriter> writer, size_t max_message_bytes)
      : writer_(std::move(writer)), stream_(writer_, max_message_bytes) {}

  // Of the messages from now on. Thread-safe.
  void SetMaxMessageBytes(size_t bytes) { stream_.SetMaxMessageBytes(bytes); }

  void OnConfigured(const LiveHeader& header) override {
    Response message;
    *message.mutable_header() = ToProto(header);
    stream_.Send(message);
  }

  void OnFrameBegin(const LiveFrameBegin& frame) override {
    Response message;
    *message.mutable_frame_begin() = ToProto(frame);
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

  void OnFrameEnd(const LiveFrameEnd& frame, absl::AnyInvocable<void() &&> taken) override {
    Response message;
    *message.mutable_frame_end() = ToProto(frame);
    const auto shared = std::make_shared<absl::AnyInvocable<void() &&>>(std::move(taken));
    writer_->Write(WholeMessage(message), [shared] { std::move (*shared)(); });
  }

  uint64_t BytesAhead() const override { return writer_->BytesAhead(); }
  void WhenTaken(uint64_t bytes, absl::AnyInvocable<void() &&> resume) override {
    writer_->WhenTaken(bytes, std::move(resume));
  }

  void OnDone(absl::Status status, const LiveCounts& counts) override {
    if (status.ok()) {
      Response message;
      message.mutable_trailer()->set_answered_frames(counts.answered_frames);
      message.mutable_trailer()->set_failed_frames(counts.failed_frames);
      message.mutable_trailer()->set_dropped_frames(counts.dropped_frames);
      message.mutable_trailer()->set_byte_count(stream_.byte_count());
      stream_.Send(message);
    }
    writer_->Finish(std::move(status));
  }

 private:
  const std::shared_ptr<StreamWriter> writer_;
  ItemStream<Response> stream_;
};

// "layers[0].range: …" -> "configuration.layers[0].range: …".
absl::Status InConfiguration(const absl::Status& status) {
  const ErrorDetails details = GetErrorDetails(status);
  const auto field = details.metadata.find("field");
  if (status.ok() || field == details.metadata.end()) return status;
  const absl::string_view text = status.message();
  return FieldError(FieldPath("configuration", field->second),
                    absl::StripPrefix(text, absl::StrCat(field->second, ": ")));
}

// The reactor. The session holds the sink, the sink the writer, the writer this:
// the circle is cut in OnDone.
class LiveCall final : public ReactorTransport<LiveReactor> {
 public:
  explicit LiveCall(const ServiceContext& service) : service_(service) {}

  void Begin(std::shared_ptr<StreamWriter> writer) {
    sink_ = std::make_shared<Sink>(writer, service_.max_message_bytes);
    session_ = service_.engine->OpenLive(sink_, writer->cancellation());
    service_.calls->WhenStopping(session_,
                                 [session = session_.get()] { session->Close(StoppingError()); });
    Read();
  }

 private:
  void Read() {
    read_.Give();
    StartRead(&incoming_);
  }

  // A client that has left reads no more: its token is raised, and Close sees it.
  void OnReadDone(bool ok) override {
    read_.Take();
    if (session_ == nullptr) return;
    if (!ok) return session_->Close(absl::OkStatus());
    if (absl::Status status = Take(); !status.ok()) return session_->Close(std::move(status));
    Read();
  }

  absl::Status Take() {
    DV_ASSIGN_OR_RETURN(Request request, ParseRequest<Request>(incoming_));
    incoming_.Clear();
    if (request.has_configuration()) {
      return InConfiguration(Configure(request.configuration()));
    }
    if (!request.has_frame()) {
      return FieldError("kind", "is not set; set configuration or frame in every message");
    }
    session_->Push(FromProto(std::move(*request.mutable_frame())));
    return absl::OkStatus();
  }

  absl::Status Configure(const v1::LiveConfiguration& configuration) {
    DV_RETURN_IF_ERROR(
        CheckMaxMessageBytes(configuration.max_message_bytes(), service_.max_message_bytes));
    DV_RETURN_IF_ERROR(
        CheckLayerCount(configuration.layers_size(), service_.max_layers_per_request));
    DV_ASSIGN_OR_RETURN(LiveConfig config, FromProto(configuration));
    sink_->SetMaxMessageBytes(MessageLimit(service_, configuration.max_message_bytes()));
    session_->Configure(std::move(config));
    return absl::OkStatus();
  }

  void OnDone() override {
    read_.Take();
    session_.reset();
    sink_.reset();
    ReactorTransport<LiveReactor>::OnDone();
  }

  const ServiceContext& service_;
  std::shared_ptr<Sink> sink_;
  std::shared_ptr<LiveSession> session_;
  grpc::ByteBuffer incoming_;
  HandOver read_;
};

// Live calls last as long as the client likes.
StreamOptions WithoutLongestDuration(StreamOptions options) {
  options.max_duration = absl::InfiniteDuration();
  return options;
}

}  // namespace

LiveReactor* ServeLive(const ServiceContext& service, grpc::CallbackServerContext* context) {
  std::unique_ptr<Call> call =
      service.calls->Begin("ActivationService/LiveActivations", context->peer());
  const absl::Status admitted = Admit(service, *context, Door::kService, call.get());
  auto owned = std::make_unique<LiveCall>(service);
  LiveCall* const reactor = owned.get();
  const std::shared_ptr<StreamWriter> writer =
      StreamWriter::StartOn(std::move(owned), context, std::move(call),
                            WithoutLongestDuration(service.stream), service.buffers);
  if (admitted.ok()) {
    reactor->Begin(writer);
  } else {
    writer->Finish(admitted);
  }
  return reactor;
}

}  // namespace deepvision
