#include "server/rpc/admin_service.h"

#include <utility>

#include "core/api/error.h"
#include "deepvision/v1/admin.grpc.pb.h"
#include "server/convert/admin_convert.h"
#include "server/rpc/unary_call.h"

namespace deepvision {
namespace {

using Base = v1::AdminService::WithCallbackMethod_ReloadProjects<
    v1::AdminService::WithCallbackMethod_GetCacheStatus<
        v1::AdminService::WithCallbackMethod_ClearCache<
            v1::AdminService::WithCallbackMethod_Drain<v1::AdminService::Service>>>>;

absl::Status NotOffered() {
  return absl::UnimplementedError("this server does not offer that; restart it instead");
}

// Whatever is wrong with the files, the request was right.
absl::Status ManifestError(const absl::Status& status) {
  return WithReason(absl::FailedPreconditionError(status.message()), "MANIFEST_NOT_IN_ORDER");
}

class Service final : public Base {
 public:
  Service(const ServiceContext& context, const AdminActions& actions, Executor& executor)
      : context_(context), actions_(actions), executor_(executor) {}

  grpc::ServerUnaryReactor* ReloadProjects(grpc::CallbackServerContext* context,
                                           const v1::ReloadProjectsRequest*,
                                           v1::ReloadProjectsResponse* response) override {
    UnaryCall* call = UnaryCall::Start(context_, context, "AdminService/ReloadProjects", response);
    if (!call->Admit(Door::kAdmin)) return call;
    if (!actions_.read_projects) {
      call->Finish(NotOffered());
      return call;
    }
    auto reply = call->Reply<Reloaded>([response](Reloaded reloaded) {
      for (const NetworkChange& change : reloaded.changes) {
        *response->add_changes() = ToProto(change);
      }
      for (std::string& notice : reloaded.notices) response->add_notices(std::move(notice));
    });
    Reload(std::make_shared<Callback<Reloaded>>(std::move(reply)));
    return call;
  }

  grpc::ServerUnaryReactor* GetCacheStatus(grpc::CallbackServerContext* context,
                                           const v1::GetCacheStatusRequest*,
                                           v1::GetCacheStatusResponse* response) override {
    UnaryCall* call = UnaryCall::Start(context_, context, "AdminService/GetCacheStatus", response);
    if (!call->Admit(Door::kAdmin)) return call;
    FillCaches(CacheScope::kAll, response);
    call->Finish(absl::OkStatus());
    return call;
  }

  grpc::ServerUnaryReactor* ClearCache(grpc::CallbackServerContext* context,
                                       const v1::ClearCacheRequest* request,
                                       v1::ClearCacheResponse* response) override {
    UnaryCall* call = UnaryCall::Start(context_, context, "AdminService/ClearCache", response);
    if (!call->Admit(Door::kAdmin)) return call;
    const absl::StatusOr<CacheScope> scope = FromProto(request->scope());
    if (scope.ok()) {
      context_.engine->ClearCache(*scope);
      FillCaches(*scope, response);
    }
    call->Finish(scope.status());
    return call;
  }

  grpc::ServerUnaryReactor* Drain(grpc::CallbackServerContext* context, const v1::DrainRequest*,
                                  v1::DrainResponse* response) override {
    UnaryCall* call = UnaryCall::Start(context_, context, "AdminService/Drain", response);
    if (!call->Admit(Door::kAdmin)) return call;
    response->set_live_calls(static_cast<uint64_t>(context_.calls->live_calls() - 1));
    if (actions_.drain) actions_.drain();
    call->Finish(actions_.drain ? absl::OkStatus() : NotOffered());
    return call;
  }

 private:
  struct Reloaded {
    std::vector<NetworkChange> changes;
    std::vector<std::string> notices;
  };

  void Reload(std::shared_ptr<Callback<Reloaded>> reply) {
    // By value: the engine may answer when this service is gone.
    const absl::Status posted = executor_.Post(
        Priority::kInteractive, [engine = context_.engine, actions = actions_, reply] {
          absl::StatusOr<ProjectNetworks> projects = actions.read_projects();
          if (!projects.ok()) return std::move(*reply)(ManifestError(projects.status()));
          engine->ReplaceNetworks(
              std::move(projects->networks),
              [actions, reply, notices = std::move(projects->notices)](
                  absl::StatusOr<std::vector<NetworkChange>> changes) mutable {
                if (!changes.ok()) return std::move(*reply)(changes.status());
                if (actions.on_reloaded) actions.on_reloaded();
                std::move (*reply)(Reloaded{*std::move(changes), std::move(notices)});
              });
        });
    if (!posted.ok()) std::move (*reply)(posted);
  }

  template <typename Response>
  void FillCaches(CacheScope scope, Response* response) const {
    for (v1::CacheStatus& cache : CachesOf(context_.engine->Statistics(), scope)) {
      *response->add_caches() = std::move(cache);
    }
  }

  const ServiceContext& context_;
  const AdminActions& actions_;
  Executor& executor_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeAdminService(const ServiceContext& context,
                                                const AdminActions& actions, Executor& executor) {
  return std::make_unique<Service>(context, actions, executor);
}

}  // namespace deepvision
