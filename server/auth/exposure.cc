#include "server/auth/exposure.h"

#include <arpa/inet.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace deepvision {
namespace {

// "HOST" of "HOST:PORT" or "[HOST]:PORT".
std::string HostOf(absl::string_view address) {
  if (absl::ConsumePrefix(&address, "[")) return std::string(address.substr(0, address.find(']')));
  return std::string(address.substr(0, address.rfind(':')));
}

bool IsLocalHost(const std::string& host) {
  if (host == "localhost") return true;
  in_addr v4 = {};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  in6_addr v6 = {};
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

std::string WhatIsMissing(const Exposure& exposure) {
  if (!exposure.encrypted && !exposure.callers_known) return "neither TLS nor tokens";
  return exposure.encrypted ? "no tokens" : "no TLS";
}

std::string HowToAdd(const Exposure& exposure) {
  const std::string tls = "--tls_cert and --tls_key";
  const std::string tokens = "--token_file (or --tls_client_ca)";
  if (!exposure.encrypted && !exposure.callers_known) return absl::StrCat(tls, ", and ", tokens);
  return exposure.encrypted ? tokens : tls;
}

}  // namespace

bool IsLocalAddress(absl::string_view address) {
  if (absl::StartsWith(address, "unix:") || absl::StartsWith(address, "unix-abstract:"))
    return true;
  for (const char* scheme : {"ipv4:", "ipv6:", "dns:///", "dns:"}) {
    if (absl::ConsumePrefix(&address, scheme)) break;
  }
  return IsLocalHost(HostOf(address));
}

absl::StatusOr<std::string> CheckExposure(const Exposure& exposure) {
  if (IsLocalAddress(exposure.listen) || (exposure.encrypted && exposure.callers_known)) {
    return std::string();
  }
  const std::string problem =
      absl::StrCat("--listen=", exposure.listen, " can be reached from other machines with ",
                   WhatIsMissing(exposure));
  if (exposure.accepted) {
    return absl::StrCat("INSECURE: ", problem, ": whoever reaches it may use this server",
                        exposure.encrypted ? "" : ", and read what others send and receive");
  }
  return absl::FailedPreconditionError(absl::StrCat(
      problem, ". Set ", HowToAdd(exposure),
      "; or listen on 127.0.0.1; or, when something else keeps strangers out (a proxy, a firewall, "
      "a container's published ports), pass --insecure"));
}

}  // namespace deepvision
