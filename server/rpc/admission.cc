#include "server/rpc/admission.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "core/base/status_macros.h"

namespace deepvision {
namespace {

absl::string_view Header(const grpc::CallbackServerContext& context, const char* name) {
  const auto found = context.client_metadata().find(name);
  if (found == context.client_metadata().end()) return {};
  return {found->second.data(), found->second.size()};
}

bool IsIdCharacter(unsigned char c) {
  return absl::ascii_isalnum(c) || absl::StrContains("._-", c);
}

// version-traceid-parent-flags; the trace id is 32 hexadecimal digits.
absl::string_view TraceId(absl::string_view traceparent) {
  return traceparent.size() == 55 ? traceparent.substr(3, 32) : absl::string_view();
}

std::string RequestId(const grpc::CallbackServerContext& context) {
  absl::string_view id = Header(context, "x-request-id");
  if (id.empty()) id = TraceId(Header(context, "traceparent"));
  const bool good = id.size() <= 64 && std::all_of(id.begin(), id.end(), IsIdCharacter);
  return good ? std::string(id) : std::string();
}

}  // namespace

absl::Status Admit(const ServiceContext& service, const grpc::CallbackServerContext& context,
                   Door door, Call* call) {
  call->SetRequestId(RequestId(context));
  DV_RETURN_IF_ERROR(service.calls->CheckAccepting());
  if (service.gatekeeper == nullptr) return absl::OkStatus();
  DV_ASSIGN_OR_RETURN(std::string client,
                      service.gatekeeper->Check(door, Header(context, "authorization")));
  call->SetClient(std::move(client));
  return absl::OkStatus();
}

}  // namespace deepvision
