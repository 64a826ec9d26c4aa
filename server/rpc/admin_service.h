// AdminService: what an operator may ask of a running server.
#ifndef DEEPVISION_SERVER_RPC_ADMIN_SERVICE_H_
#define DEEPVISION_SERVER_RPC_ADMIN_SERVICE_H_

#include <grpcpp/impl/service_type.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/api/manifest.h"
#include "core/base/executor.h"
#include "server/rpc/service_context.h"

namespace deepvision {

// What the manifests say now.
struct ProjectNetworks {
  std::vector<NetworkManifest> networks;
  std::vector<std::string> notices;  // what was left out
};

// What the service cannot do itself. Empty functions: the call is UNIMPLEMENTED.
struct AdminActions {
  // Reads the manifests; blocks, and runs on an executor. Its errors are for the
  // operator: they may hold paths.
  std::function<absl::StatusOr<ProjectNetworks>()> read_projects;
  // Begins the orderly end of the process; must return at once.
  std::function<void()> drain;
  // Called once the networks were replaced, on a thread of the engine.
  std::function<void()> on_reloaded;
};

// Every call needs what Door::kAdmin asks for. `context`, `actions` and `executor`
// outlive the service.
std::unique_ptr<grpc::Service> MakeAdminService(const ServiceContext& context,
                                                const AdminActions& actions, Executor& executor);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_RPC_ADMIN_SERVICE_H_
