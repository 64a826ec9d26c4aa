#include "server/rpc/network_service.h"

#include <string>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "deepvision/v1/network.grpc.pb.h"
#include "server/convert/field.h"
#include "server/convert/network_convert.h"
#include "server/convert/page.h"
#include "server/convert/topology_convert.h"
#include "server/rpc/streaming_call.h"
#include "server/rpc/topology_stream.h"
#include "server/rpc/unary_call.h"
#include "server/stream/item_stream.h"

namespace deepvision {
namespace {

constexpr PageLimits kClassPages = {.standard = 1000, .maximum = 10000};

using Base = v1::NetworkService::WithCallbackMethod_ListNetworks<
    v1::NetworkService::WithCallbackMethod_GetNetwork<
        v1::NetworkService::WithCallbackMethod_ListClasses<
            v1::NetworkService::WithRawCallbackMethod_StreamTopology<
                v1::NetworkService::WithRawCallbackMethod_StreamHistograms<
                    v1::NetworkService::WithRawCallbackMethod_StreamWeights<
                        v1::NetworkService::Service>>>>>>;

class Service final : public Base {
 public:
  explicit Service(const ServiceContext& context) : context_(context) {}

  grpc::ServerUnaryReactor* ListNetworks(grpc::CallbackServerContext* context,
                                         const v1::ListNetworksRequest* request,
                                         v1::ListNetworksResponse* response) override {
    UnaryCall* call = UnaryCall::Start(context_, context, "NetworkService/ListNetworks", response);
    if (call->Admit()) call->Finish(FillNetworks(*request, response));
    return call;
  }

  grpc::ServerUnaryReactor* GetNetwork(grpc::CallbackServerContext* context,
                                       const v1::GetNetworkRequest* request,
                                       v1::GetNetworkResponse* response) override {
    UnaryCall* call = UnaryCall::Start(context_, context, "NetworkService/GetNetwork", response);
    if (!call->Admit()) return call;
    if (absl::Status status = CheckNetworkId(request->network()); !status.ok()) {
      call->Finish(std::move(status));
      return call;
    }
    Callback<NetworkInfo> reply = call->Reply<NetworkInfo>(
        [response](NetworkInfo info) { *response->mutable_network() = ToProto(info); });
    if (request->wait_until_ready()) {
      context_.engine->WaitForNetwork(request->network(), call->cancellation(), std::move(reply));
    } else {
      std::move(reply)(context_.engine->GetNetwork(request->network()));
    }
    return call;
  }

  grpc::ServerUnaryReactor* ListClasses(grpc::CallbackServerContext* context,
                                        const v1::ListClassesRequest* request,
                                        v1::ListClassesResponse* response) override {
    UnaryCall* call = UnaryCall::Start(context_, context, "NetworkService/ListClasses", response);
    if (call->Admit()) call->Finish(FillClasses(*request, response));
    return call;
  }

  StreamReactor* StreamTopology(grpc::CallbackServerContext* context,
                                const grpc::ByteBuffer* request) override {
    return ServeStream<v1::StreamTopologyRequest>(
        context_, context, "NetworkService/StreamTopology", *request,
        [this](v1::StreamTopologyRequest&& parsed, std::shared_ptr<StreamWriter> writer) {
          return Topology(std::move(parsed), std::move(writer));
        });
  }

  StreamReactor* StreamHistograms(grpc::CallbackServerContext* context,
                                  const grpc::ByteBuffer* request) override {
    return ServeStream<v1::StreamHistogramsRequest>(
        context_, context, "NetworkService/StreamHistograms", *request,
        [this](v1::StreamHistogramsRequest&& parsed, std::shared_ptr<StreamWriter> writer) {
          return Histograms(std::move(parsed), std::move(writer));
        });
  }

  StreamReactor* StreamWeights(grpc::CallbackServerContext* context,
                               const grpc::ByteBuffer* request) override {
    return ServeStream<v1::StreamWeightsRequest>(
        context_, context, "NetworkService/StreamWeights", *request,
        [this](v1::StreamWeightsRequest&& parsed, std::shared_ptr<StreamWriter> writer) {
          return Weights(std::move(parsed), std::move(writer));
        });
  }

 private:
  absl::Status FillNetworks(const v1::ListNetworksRequest& request,
                            v1::ListNetworksResponse* response) {
    const std::vector<NetworkInfo> networks = context_.engine->ListNetworks();
    DV_ASSIGN_OR_RETURN(const Page page, SelectPage(request.page_size(), request.page_token(),
                                                    networks.size(), PageLimits{}));
    for (size_t i = page.begin; i < page.end; ++i) *response->add_networks() = ToProto(networks[i]);
    response->set_next_page_token(page.next_token);
    return absl::OkStatus();
  }

  absl::Status FillClasses(const v1::ListClassesRequest& request,
                           v1::ListClassesResponse* response) {
    DV_RETURN_IF_ERROR(CheckNetworkId(request.network()));
    DV_ASSIGN_OR_RETURN(const NetworkInfo info, context_.engine->GetNetwork(request.network()));
    DV_ASSIGN_OR_RETURN(const Page page, SelectPage(request.page_size(), request.page_token(),
                                                    info.class_names.size(), kClassPages));
    for (size_t i = page.begin; i < page.end; ++i) response->add_names(info.class_names[i]);
    response->set_next_page_token(page.next_token);
    return absl::OkStatus();
  }

  absl::Status Topology(v1::StreamTopologyRequest&& request, std::shared_ptr<StreamWriter> writer) {
    DV_ASSIGN_OR_RETURN(TopologyQuery query, FromProto(std::move(request)));
    const CancellationToken cancellation = writer->cancellation();
    auto stream = std::make_shared<TopologyStream>(std::move(writer), context_.max_message_bytes);
    const std::string network = query.network;
    // The callback may come after this service is gone, but not after the engine.
    Engine* const engine = context_.engine;
    engine->GetTopology(std::move(query), cancellation,
                        [engine, stream, network](
                            absl::StatusOr<std::shared_ptr<const deepvision::Topology>> topology) {
                          if (!topology.ok()) return stream->Finish(topology.status());
                          absl::StatusOr<NetworkInfo> info = engine->GetNetwork(network);
                          if (!info.ok()) return stream->Finish(info.status());
                          stream->Send(**topology, *info);
                        });
    return absl::OkStatus();
  }

  absl::Status Histograms(v1::StreamHistogramsRequest&& request,
                          std::shared_ptr<StreamWriter> writer) {
    DV_RETURN_IF_ERROR(CheckLayerCount(request.layers_size(), context_.max_layers_per_request));
    DV_ASSIGN_OR_RETURN(HistogramQuery query, FromProto(std::move(request)));
    const CancellationToken cancellation = writer->cancellation();
    auto stream = std::make_shared<HistogramStream>(std::move(writer));
    context_.engine->GetHistograms(std::move(query), cancellation,
                                   [stream](absl::StatusOr<std::vector<Histogram>> histograms) {
                                     if (!histograms.ok())
                                       return stream->Finish(histograms.status());
                                     stream->Send(*histograms);
                                   });
    return absl::OkStatus();
  }

  absl::Status Weights(v1::StreamWeightsRequest&& request, std::shared_ptr<StreamWriter> writer) {
    DV_RETURN_IF_ERROR(
        CheckMaxMessageBytes(request.max_message_bytes(), context_.max_message_bytes));
    const size_t limit = MessageLimit(context_, request.max_message_bytes());
    DV_ASSIGN_OR_RETURN(WeightsQuery query, FromProto(std::move(request)));
    const CancellationToken cancellation = writer->cancellation();
    auto stream = std::make_shared<ItemStream<v1::StreamWeightsResponse>>(std::move(writer), limit);
    context_.engine->GetWeights(std::move(query), cancellation,
                                [stream](absl::StatusOr<std::vector<WeightTensor>> tensors) {
                                  if (tensors.ok()) SendWeights(*std::move(tensors), stream.get());
                                  stream->Finish(tensors.status());
                                });
    return absl::OkStatus();
  }

  static void SendWeights(std::vector<WeightTensor> tensors,
                          ItemStream<v1::StreamWeightsResponse>* stream) {
    for (WeightTensor& tensor : tensors) {
      v1::StreamWeightsResponse begin;
      *begin.mutable_tensor() = ToProto(tensor);
      stream->SendItem(begin, std::move(tensor.bytes), sizeof(float), tensor.crc32);
    }
  }

  const ServiceContext& context_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeNetworkService(const ServiceContext& context) {
  return std::make_unique<Service>(context);
}

}  // namespace deepvision
