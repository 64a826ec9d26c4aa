#include "server/rpc/visualization_service.h"

#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "deepvision/v1/visualization.grpc.pb.h"
#include "server/convert/input_convert.h"
#include "server/convert/page.h"
#include "server/convert/visualization_convert.h"
#include "server/rpc/unary_call.h"
#include "server/rpc/visualization_call.h"

namespace deepvision {
namespace {

using Watching = v1::VisualizationService::WithRawCallbackMethod_WatchVisualization<
    v1::VisualizationService::WithRawCallbackMethod_StreamVisualization<
        v1::VisualizationService::Service>>;
using Asking = v1::VisualizationService::WithCallbackMethod_StartVisualization<
    v1::VisualizationService::WithCallbackMethod_GetVisualization<
        v1::VisualizationService::WithCallbackMethod_ListVisualizations<Watching>>>;
using Base = v1::VisualizationService::WithCallbackMethod_CancelVisualization<
    v1::VisualizationService::WithCallbackMethod_SetPriority<
        v1::VisualizationService::WithCallbackMethod_DeleteVisualizations<Asking>>>;

class Service final : public Base {
 public:
  explicit Service(const ServiceContext& context)
      : context_(context), engine_(*context.engine->visualizations()) {}

  grpc::ServerUnaryReactor* StartVisualization(grpc::CallbackServerContext* context,
                                               const v1::StartVisualizationRequest* request,
                                               v1::StartVisualizationResponse* response) override {
    UnaryCall* call = Begin(context, "VisualizationService/StartVisualization", response);
    if (!call->Admit()) return call;
    absl::StatusOr<StartVisualizationQuery> query =
        FromProto(v1::StartVisualizationRequest(*request));
    if (!query.ok()) {
      call->Finish(query.status());
      return call;
    }
    engine_.Start(*std::move(query), call->cancellation(),
                  call->Reply<StartedVisualization>(
                      [response](StartedVisualization started) { *response = ToProto(started); }));
    return call;
  }

  StreamReactor* WatchVisualization(grpc::CallbackServerContext* context,
                                    const grpc::ByteBuffer* request) override {
    return ServeWatchVisualization(context_, context, *request);
  }

  StreamReactor* StreamVisualization(grpc::CallbackServerContext* context,
                                     const grpc::ByteBuffer* request) override {
    return ServeStreamVisualization(context_, context, *request);
  }

  grpc::ServerUnaryReactor* GetVisualization(grpc::CallbackServerContext* context,
                                             const v1::GetVisualizationRequest* request,
                                             v1::GetVisualizationResponse* response) override {
    UnaryCall* call = Begin(context, "VisualizationService/GetVisualization", response);
    if (call->Admit()) call->Finish(Get(*request, response));
    return call;
  }

  grpc::ServerUnaryReactor* ListVisualizations(grpc::CallbackServerContext* context,
                                               const v1::ListVisualizationsRequest* request,
                                               v1::ListVisualizationsResponse* response) override {
    UnaryCall* call = Begin(context, "VisualizationService/ListVisualizations", response);
    if (call->Admit()) call->Finish(List(*request, response));
    return call;
  }

  // By force: through the administrators' door.
  grpc::ServerUnaryReactor* CancelVisualization(
      grpc::CallbackServerContext* context, const v1::CancelVisualizationRequest* request,
      v1::CancelVisualizationResponse* response) override {
    UnaryCall* call = Begin(context, "VisualizationService/CancelVisualization", response);
    if (call->Admit(request->force() ? Door::kAdmin : Door::kService)) {
      call->Finish(Cancel(*request, response));
    }
    return call;
  }

  grpc::ServerUnaryReactor* SetPriority(grpc::CallbackServerContext* context,
                                        const v1::SetPriorityRequest* request,
                                        v1::SetPriorityResponse* response) override {
    UnaryCall* call = Begin(context, "VisualizationService/SetPriority", response);
    if (call->Admit()) call->Finish(ChangePriority(*request, response));
    return call;
  }

  grpc::ServerUnaryReactor* DeleteVisualizations(
      grpc::CallbackServerContext* context, const v1::DeleteVisualizationsRequest* request,
      v1::DeleteVisualizationsResponse* response) override {
    UnaryCall* call = Begin(context, "VisualizationService/DeleteVisualizations", response);
    if (!call->Admit()) return call;
    absl::StatusOr<VisualizationFilter> filter = FromProto(*request);
    if (!filter.ok()) {
      call->Finish(filter.status());
      return call;
    }
    engine_.Delete(*std::move(filter), call->cancellation(),
                   call->Reply<DeletedVisualizations>([response](DeletedVisualizations deleted) {
                     *response = ToProto(deleted);
                   }));
    return call;
  }

 private:
  UnaryCall* Begin(grpc::CallbackServerContext* context, absl::string_view method,
                   const google::protobuf::MessageLite* response) {
    return UnaryCall::Start(context_, context, method, response);
  }

  absl::Status Get(const v1::GetVisualizationRequest& request,
                   v1::GetVisualizationResponse* response) {
    DV_RETURN_IF_ERROR(CheckVisualizationId("id", request.id()));
    DV_ASSIGN_OR_RETURN(const VisualizationJob job, engine_.Get(request.id()));
    *response->mutable_visualization() = ToProto(job);
    return absl::OkStatus();
  }

  absl::Status List(const v1::ListVisualizationsRequest& request,
                    v1::ListVisualizationsResponse* response) {
    DV_ASSIGN_OR_RETURN(const VisualizationFilter filter, FromProto(request));
    const std::vector<VisualizationJob> jobs = engine_.List(filter);
    DV_ASSIGN_OR_RETURN(const Page page, SelectPage(request.page_size(), request.page_token(),
                                                    jobs.size(), PageLimits{}));
    for (size_t i = page.begin; i < page.end; ++i) {
      *response->add_visualizations() = SummaryOf(jobs[i]);
    }
    response->set_next_page_token(page.next_token);
    return absl::OkStatus();
  }

  absl::Status Cancel(const v1::CancelVisualizationRequest& request,
                      v1::CancelVisualizationResponse* response) {
    DV_ASSIGN_OR_RETURN(const CancelVisualizationQuery query, FromProto(request));
    DV_ASSIGN_OR_RETURN(const VisualizationJob job, engine_.Cancel(query));
    *response->mutable_visualization() = SummaryOf(job);
    return absl::OkStatus();
  }

  absl::Status ChangePriority(const v1::SetPriorityRequest& request,
                              v1::SetPriorityResponse* response) {
    DV_RETURN_IF_ERROR(Check(request));
    DV_ASSIGN_OR_RETURN(const VisualizationJob job,
                        engine_.SetPriority(request.id(), request.priority()));
    *response->mutable_visualization() = SummaryOf(job);
    return absl::OkStatus();
  }

  const ServiceContext& context_;
  VisualizationEngine& engine_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeVisualizationService(const ServiceContext& context) {
  return std::make_unique<Service>(context);
}

}  // namespace deepvision
