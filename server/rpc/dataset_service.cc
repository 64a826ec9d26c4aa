#include "server/rpc/dataset_service.h"

#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "deepvision/v1/dataset.grpc.pb.h"
#include "server/convert/dataset_convert.h"
#include "server/convert/field.h"
#include "server/convert/page.h"
#include "server/rpc/streaming_call.h"
#include "server/rpc/unary_call.h"
#include "server/rpc/upload_call.h"
#include "server/stream/item_stream.h"

namespace deepvision {
namespace {

// Pictures of the engine -> messages of the stream; the next picture is asked
// for when this one has been written.
class PictureStream final : public PictureSink {
 public:
  PictureStream(std::shared_ptr<StreamWriter> writer, size_t max_message_bytes)
      : stream_(std::move(writer), max_message_bytes) {}

  void OnPicture(EncodedPicture picture, std::function<void()> more) override {
    v1::StreamImagesResponse begin;
    *begin.mutable_image() = ToProto(picture);
    stream_.SendItem(begin, std::move(picture.bytes), 1, picture.crc32, std::move(more));
  }
  void OnDone(absl::Status status) override { stream_.Finish(std::move(status)); }

 private:
  ItemStream<v1::StreamImagesResponse> stream_;
};

// One picture or tensor.
void SendInput(const ResolvedInput& input, ItemStream<v1::StreamInputResponse>* stream) {
  v1::StreamInputResponse begin;
  if (input.picture) {
    *begin.mutable_image() = ToProto(*input.picture);
    stream->SendItem(begin, input.picture->bytes, 1, input.picture->crc32);
  } else {
    *begin.mutable_tensor() = TensorMetaOf(input);
    stream->SendItem(begin, input.tensor, sizeof(float), input.tensor_crc32);
  }
}

using Base = v1::DatasetService::WithCallbackMethod_ListDatasets<
    v1::DatasetService::WithCallbackMethod_ListNoiseGenerators<
        v1::DatasetService::WithRawCallbackMethod_StreamImages<
            v1::DatasetService::WithRawCallbackMethod_StreamInput<
                v1::DatasetService::WithCallbackMethod_UploadInput<v1::DatasetService::Service>>>>>;

class Service final : public Base {
 public:
  explicit Service(const ServiceContext& context) : context_(context) {}

  grpc::ServerUnaryReactor* ListDatasets(grpc::CallbackServerContext* context,
                                         const v1::ListDatasetsRequest* request,
                                         v1::ListDatasetsResponse* response) override {
    UnaryCall* call = UnaryCall::Start(context_, context, "DatasetService/ListDatasets", response);
    if (call->Admit()) call->Finish(FillDatasets(*request, response));
    return call;
  }

  grpc::ServerUnaryReactor* ListNoiseGenerators(
      grpc::CallbackServerContext* context, const v1::ListNoiseGeneratorsRequest* request,
      v1::ListNoiseGeneratorsResponse* response) override {
    UnaryCall* call =
        UnaryCall::Start(context_, context, "DatasetService/ListNoiseGenerators", response);
    if (call->Admit()) call->Finish(FillGenerators(*request, response));
    return call;
  }

  StreamReactor* StreamImages(grpc::CallbackServerContext* context,
                              const grpc::ByteBuffer* request) override {
    return ServeStream<v1::StreamImagesRequest>(
        context_, context, "DatasetService/StreamImages", *request,
        [this](v1::StreamImagesRequest&& parsed, std::shared_ptr<StreamWriter> writer) {
          return Images(std::move(parsed), std::move(writer));
        });
  }

  StreamReactor* StreamInput(grpc::CallbackServerContext* context,
                             const grpc::ByteBuffer* request) override {
    return ServeStream<v1::StreamInputRequest>(
        context_, context, "DatasetService/StreamInput", *request,
        [this](v1::StreamInputRequest&& parsed, std::shared_ptr<StreamWriter> writer) {
          return Input(std::move(parsed), std::move(writer));
        });
  }

  UploadReactor* UploadInput(grpc::CallbackServerContext* context,
                             v1::UploadInputResponse* response) override {
    return UploadCall::Start(context_, context, response);
  }

 private:
  absl::Status FillDatasets(const v1::ListDatasetsRequest& request,
                            v1::ListDatasetsResponse* response) {
    const std::vector<DatasetInfo> datasets = context_.engine->ListDatasets();
    DV_ASSIGN_OR_RETURN(const Page page, SelectPage(request.page_size(), request.page_token(),
                                                    datasets.size(), PageLimits{}));
    for (size_t i = page.begin; i < page.end; ++i) *response->add_datasets() = ToProto(datasets[i]);
    response->set_next_page_token(page.next_token);
    return absl::OkStatus();
  }

  absl::Status FillGenerators(const v1::ListNoiseGeneratorsRequest& request,
                              v1::ListNoiseGeneratorsResponse* response) {
    const std::vector<NoiseGeneratorInfo> generators = context_.engine->ListNoiseGenerators();
    DV_ASSIGN_OR_RETURN(const Page page, SelectPage(request.page_size(), request.page_token(),
                                                    generators.size(), PageLimits{}));
    for (size_t i = page.begin; i < page.end; ++i) {
      *response->add_generators() = ToProto(generators[i]);
    }
    response->set_next_page_token(page.next_token);
    return absl::OkStatus();
  }

  absl::Status Images(v1::StreamImagesRequest&& request, std::shared_ptr<StreamWriter> writer) {
    DV_RETURN_IF_ERROR(
        CheckMaxMessageBytes(request.max_message_bytes(), context_.max_message_bytes));
    const size_t limit = MessageLimit(context_, request.max_message_bytes());
    DV_ASSIGN_OR_RETURN(ImagesQuery query, FromProto(std::move(request)));
    const CancellationToken cancellation = writer->cancellation();
    context_.engine->StreamImages(
        std::move(query), std::make_shared<PictureStream>(std::move(writer), limit), cancellation);
    return absl::OkStatus();
  }

  absl::Status Input(v1::StreamInputRequest&& request, std::shared_ptr<StreamWriter> writer) {
    DV_RETURN_IF_ERROR(
        CheckMaxMessageBytes(request.max_message_bytes(), context_.max_message_bytes));
    const size_t limit = MessageLimit(context_, request.max_message_bytes());
    DV_ASSIGN_OR_RETURN(InputQuery query, FromProto(std::move(request)));
    const CancellationToken cancellation = writer->cancellation();
    auto stream = std::make_shared<ItemStream<v1::StreamInputResponse>>(std::move(writer), limit);
    context_.engine->ResolveInput(std::move(query), cancellation,
                                  [stream](absl::StatusOr<ResolvedInput> input) {
                                    if (input.ok()) SendInput(*input, stream.get());
                                    stream->Finish(input.status());
                                  });
    return absl::OkStatus();
  }

  const ServiceContext& context_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeDatasetService(const ServiceContext& context) {
  return std::make_unique<Service>(context);
}

}  // namespace deepvision
