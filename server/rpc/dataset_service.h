// deepvision.v1.DatasetService over an Engine.
#ifndef DEEPVISION_SERVER_RPC_DATASET_SERVICE_H_
#define DEEPVISION_SERVER_RPC_DATASET_SERVICE_H_

#include <grpcpp/impl/service_type.h>

#include <memory>

#include "server/rpc/service_context.h"

namespace deepvision {

// `context` must outlive the service.
std::unique_ptr<grpc::Service> MakeDatasetService(const ServiceContext& context);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_RPC_DATASET_SERVICE_H_
