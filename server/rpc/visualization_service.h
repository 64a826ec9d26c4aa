// deepvision.v1.VisualizationService over a VisualizationEngine.
#ifndef DEEPVISION_SERVER_RPC_VISUALIZATION_SERVICE_H_
#define DEEPVISION_SERVER_RPC_VISUALIZATION_SERVICE_H_

#include <grpcpp/impl/service_type.h>

#include <memory>

#include "server/rpc/service_context.h"

namespace deepvision {

// `context` must outlive the service; its engine offers visualizations.
std::unique_ptr<grpc::Service> MakeVisualizationService(const ServiceContext& context);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_RPC_VISUALIZATION_SERVICE_H_
