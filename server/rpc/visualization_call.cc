#include "server/rpc/visualization_call.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "core/api/visualization_engine.h"
#include "core/base/status_macros.h"
#include "deepvision/v1/visualization.pb.h"
#include "server/convert/field.h"
#include "server/convert/visualization_convert.h"
#include "server/rpc/admission.h"
#include "server/rpc/streaming_call.h"
#include "server/rpc/visualization_stream.h"
#include "server/stream/stream_transport.h"

namespace deepvision {
namespace {

// What a call holds of a job: a watch, and perhaps a ticket. Whatever comes first,
// the client's leaving, the end of the job or the end of the server, both are
// given back once.
class Attachment : public std::enable_shared_from_this<Attachment> {
 public:
  explicit Attachment(VisualizationEngine* engine) : engine_(engine) {}

  void Watch(WatchVisualizationQuery query, std::shared_ptr<VisualizationStream> stream) {
    SetStream(std::move(stream));
    Attach(std::move(query));
  }

  void Stream(StreamVisualizationQuery query, std::shared_ptr<VisualizationStream> stream,
              const CancellationToken& cancelled) {
    SetStream(stream);
    engine_->Start(std::move(query.start), cancelled,
                   [self = shared_from_this(), watch = std::move(query.watch),
                    detach = query.detach](absl::StatusOr<StartedVisualization> started) mutable {
                     self->Started(std::move(started), std::move(watch), detach);
                   });
  }

  // OK tells the stream nothing: it has ended.
  void Leave(const absl::Status& status) {
    std::shared_ptr<VisualizationStream> stream;
    std::shared_ptr<VisualizationWatch> watch;
    std::string ticket;
    {
      absl::MutexLock lock(&mutex_);
      left_ = true;
      stream = std::move(stream_);
      watch = std::move(watch_);
      ticket = std::exchange(ticket_, std::string());
    }
    if (watch != nullptr) watch->Leave(status);
    if (stream != nullptr) {
      stream->OnDone(status);
      stream->Close();
    }
    GiveBack(ticket);
  }

 private:
  void SetStream(std::shared_ptr<VisualizationStream> stream) {
    absl::MutexLock lock(&mutex_);
    stream_ = std::move(stream);
  }

  void Started(absl::StatusOr<StartedVisualization> started, WatchVisualizationQuery query,
               bool detach) {
    std::shared_ptr<VisualizationStream> stream;
    {
      absl::MutexLock lock(&mutex_);
      stream = stream_;
      if (stream != nullptr && started.ok() && !detach) ticket_ = started->ticket;
    }
    if (stream == nullptr) {  // left meanwhile
      if (started.ok() && !detach) GiveBack(started->ticket);
      return;
    }
    if (!started.ok()) return stream->OnDone(started.status());
    stream->SetTicket(started->ticket, started->merged);
    query.id = started->job.id;
    Attach(std::move(query));
  }

  void Attach(WatchVisualizationQuery query) {
    std::shared_ptr<VisualizationStream> stream;
    {
      absl::MutexLock lock(&mutex_);
      stream = stream_;
    }
    if (stream == nullptr) return;
    std::shared_ptr<VisualizationWatch> watch = engine_->Watch(std::move(query), stream);
    {
      absl::MutexLock lock(&mutex_);
      if (!left_) {
        watch_ = std::move(watch);
        return;
      }
    }
    watch->Leave(absl::CancelledError("the client left"));
  }

  void GiveBack(const std::string& ticket) {
    // That the job has gone meanwhile is no error of anybody's.
    if (!ticket.empty()) engine_->Cancel({ticket, "", false}).IgnoreError();
  }

  VisualizationEngine* const engine_;
  absl::Mutex mutex_;
  bool left_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<VisualizationStream> stream_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<VisualizationWatch> watch_ ABSL_GUARDED_BY(mutex_);
  std::string ticket_ ABSL_GUARDED_BY(mutex_);
};

// The reactor. The watch holds the stream, the stream the writer, the writer this:
// the circle is cut when the attachment leaves.
class VisualizationCall final : public ReactorTransport<StreamReactor> {
 public:
  explicit VisualizationCall(std::shared_ptr<Attachment> attachment)
      : attachment_(std::move(attachment)) {}

 private:
  void OnCancel() override {
    ReactorTransport<StreamReactor>::OnCancel();
    attachment_->Leave(absl::CancelledError("the client left"));
  }
  void OnDone() override {
    attachment_->Leave(absl::OkStatus());
    ReactorTransport<StreamReactor>::OnDone();
  }

  const std::shared_ptr<Attachment> attachment_;
};

// Only the stall watchdog ends these.
StreamOptions WithoutLongestDuration(StreamOptions options) {
  options.max_duration = absl::InfiniteDuration();
  return options;
}

// The frame of both calls; `begin(Request&&, writer)` says what is wrong.
template <typename Request, typename Begin>
StreamReactor* Serve(const ServiceContext& service, grpc::CallbackServerContext* context,
                     absl::string_view method, const grpc::ByteBuffer& bytes,
                     const std::shared_ptr<Attachment>& attachment, Begin begin) {
  std::unique_ptr<Call> call = service.calls->Begin(method, context->peer());
  const absl::Status admitted = Admit(service, *context, Door::kService, call.get());
  auto owned = std::make_unique<VisualizationCall>(attachment);
  VisualizationCall* const reactor = owned.get();
  const std::shared_ptr<StreamWriter> writer =
      StreamWriter::StartOn(std::move(owned), context, std::move(call),
                            WithoutLongestDuration(service.stream), service.buffers);
  const absl::Status status = [&]() -> absl::Status {
    DV_RETURN_IF_ERROR(admitted);
    DV_ASSIGN_OR_RETURN(Request request, ParseRequest<Request>(bytes));
    DV_RETURN_IF_ERROR(
        CheckMaxMessageBytes(request.max_message_bytes(), service.max_message_bytes));
    return begin(std::move(request), writer);
  }();
  if (!status.ok()) {
    writer->Finish(status);
    return reactor;
  }
  service.calls->WhenStopping(attachment,
                              [held = attachment.get()] { held->Leave(StoppingError()); });
  return reactor;
}

}  // namespace

StreamReactor* ServeWatchVisualization(const ServiceContext& service,
                                       grpc::CallbackServerContext* context,
                                       const grpc::ByteBuffer& request) {
  auto attachment = std::make_shared<Attachment>(service.engine->visualizations());
  return Serve<v1::WatchVisualizationRequest>(
      service, context, "VisualizationService/WatchVisualization", request, attachment,
      [&](v1::WatchVisualizationRequest&& parsed,
          const std::shared_ptr<StreamWriter>& writer) -> absl::Status {
        const size_t limit = MessageLimit(service, parsed.max_message_bytes());
        DV_ASSIGN_OR_RETURN(WatchVisualizationQuery query, FromProto(std::move(parsed)));
        auto stream = std::make_shared<VisualizationStream>(writer, limit, query.view);
        attachment->Watch(std::move(query), std::move(stream));
        return absl::OkStatus();
      });
}

StreamReactor* ServeStreamVisualization(const ServiceContext& service,
                                        grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer& request) {
  auto attachment = std::make_shared<Attachment>(service.engine->visualizations());
  return Serve<v1::StreamVisualizationRequest>(
      service, context, "VisualizationService/StreamVisualization", request, attachment,
      [&](v1::StreamVisualizationRequest&& parsed,
          const std::shared_ptr<StreamWriter>& writer) -> absl::Status {
        const size_t limit = MessageLimit(service, parsed.max_message_bytes());
        DV_ASSIGN_OR_RETURN(StreamVisualizationQuery query, FromProto(std::move(parsed)));
        auto stream = std::make_shared<VisualizationStream>(writer, limit, query.watch.view);
        attachment->Stream(std::move(query), std::move(stream), writer->cancellation());
        return absl::OkStatus();
      });
}

}  // namespace deepvision
