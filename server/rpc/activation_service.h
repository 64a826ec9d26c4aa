// deepvision.v1.ActivationService over an Engine.
#ifndef DEEPVISION_SERVER_RPC_ACTIVATION_SERVICE_H_
#define DEEPVISION_SERVER_RPC_ACTIVATION_SERVICE_H_

#include <grpcpp/impl/service_type.h>

#include <memory>

#include "server/rpc/service_context.h"

namespace deepvision {

// `context` must outlive the service.
std::unique_ptr<grpc::Service> MakeActivationService(const ServiceContext& context);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_RPC_ACTIVATION_SERVICE_H_
