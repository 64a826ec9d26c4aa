#include "server/auth/exposure.h"

#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

TEST_CASE("only the loopback and Unix sockets are local", "[server][auth]") {
  for (const char* local :
       {"127.0.0.1:50051", "127.1.2.3:0", "[::1]:50051", "localhost:1", "ipv4:127.0.0.1:1",
        "ipv6:[::1]:1", "dns:///localhost:1", "unix:/run/dv.sock", "unix-abstract:dv"}) {
    INFO(local);
    CHECK(IsLocalAddress(local));
  }
  for (const char* reachable :
       {"0.0.0.0:50051", "[::]:50051", "192.168.1.4:1", "10.127.0.1:1", ":50051", "", "*:1",
        "127.example.org:1", "localhost.example.org:1", "ipv4:0.0.0.0:1", "[::ffff:127.0.0.1]:1"}) {
    INFO(reachable);
    CHECK_FALSE(IsLocalAddress(reachable));
  }
}

TEST_CASE("a reachable address needs TLS and known callers, or the operator's word",
          "[server][auth]") {
  Exposure exposure{"0.0.0.0:50051"};
  CHECK_STATUS(CheckExposure(exposure), absl::StatusCode::kFailedPrecondition,
               "with neither TLS nor tokens. Set --tls_cert and --tls_key, and --token_file");
  exposure.encrypted = true;
  CHECK_STATUS(CheckExposure(exposure), absl::StatusCode::kFailedPrecondition,
               "with no tokens. Set --token_file");
  exposure.encrypted = false;
  exposure.callers_known = true;
  CHECK_STATUS(CheckExposure(exposure), absl::StatusCode::kFailedPrecondition,
               "with no TLS. Set --tls_cert and --tls_key; or");
  exposure.encrypted = true;
  CHECK(CheckExposure(exposure).value().empty());
}

TEST_CASE("what the operator accepts is still said loudly", "[server][auth]") {
  const auto warning = CheckExposure({"0.0.0.0:50051", false, false, true});
  REQUIRE_OK(warning);
  CHECK(warning->find("INSECURE: --listen=0.0.0.0:50051") == 0);
  CHECK(CheckExposure({"127.0.0.1:50051"}).value().empty());
}

}  // namespace
}  // namespace deepvision
