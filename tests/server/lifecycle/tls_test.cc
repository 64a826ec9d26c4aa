// TLS as clients meet it: whom the server lets in, and what replaced files do.
#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>

#include "deepvision/v1/server.grpc.pb.h"
#include "server/auth/tls_credentials.h"
#include "server/lifecycle/health_probe.h"
#include "tests/support/catch.h"
#include "tests/support/certificates.h"
#include "tests/support/folder.h"
#include "tests/support/loopback_server.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

constexpr auto kOk = grpc::StatusCode::OK;
constexpr auto kRefused = grpc::StatusCode::UNAVAILABLE;

// A server with TLS whose files a test replaces; it looks at them whenever a
// client connects.
class TlsServer {
 public:
  explicit TlsServer(bool mutual = false) {
    Write(authority_.Issue("localhost"));
    folder_.Write("ca", authority_.certificate());
    TlsPaths paths{Path("cert"), Path("key"), mutual ? Path("ca") : ""};
    auto tls = TlsCredentials::Create(
        paths, [](absl::string_view) {}, absl::ZeroDuration());
    REQUIRE_OK(tls);
    tls_ = *tls;
    ServerOptions options;
    options.doors.tls = tls_;
    server_ = std::make_unique<LoopbackServer>(std::move(options));
  }

  const TestAuthority& authority() const { return authority_; }
  TlsCredentials& tls() { return *tls_; }
  std::string address() const { return server_->address(); }
  void WriteCertificate(const TestPair& pair) { folder_.Write("cert", pair.certificate); }
  void WriteKey(const TestPair& pair) { folder_.Write("key", pair.key); }
  void Write(const TestPair& pair) {
    WriteCertificate(pair);
    WriteKey(pair);
  }

  // What a call gets on a new connection that trusts `trusted` and shows `own`.
  grpc::StatusCode Call(const std::string& trusted, const TestPair& own = {}) const {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = trusted;
    options.pem_private_key = own.key;
    options.pem_cert_chain = own.certificate;
    return CallWith(grpc::SslCredentials(options));
  }
  grpc::StatusCode CallInPlainText() const { return CallWith(grpc::InsecureChannelCredentials()); }

 private:
  std::string Path(const std::string& name) const { return (folder_.path() / name).string(); }

  grpc::StatusCode CallWith(const std::shared_ptr<grpc::ChannelCredentials>& credentials) const {
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride("localhost");
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    const auto stub =
        v1::ServerService::NewStub(grpc::CreateCustomChannel(address(), credentials, arguments));
    v1::GetServerInfoResponse response;
    return stub->GetServerInfo(MakeContext().get(), v1::GetServerInfoRequest(), &response)
        .error_code();
  }

  TestFolder folder_;
  TestAuthority authority_{"ours"};
  std::shared_ptr<TlsCredentials> tls_;
  std::unique_ptr<LoopbackServer> server_;
};

TEST_CASE("a client that trusts the server's authority gets in, others do not", "[server][tls]") {
  TlsServer server;
  CHECK(server.Call(server.authority().certificate()) == kOk);
  CHECK(server.Call(TestAuthority("another").certificate()) == kRefused);
  CHECK(server.CallInPlainText() == kRefused);
  // Clients that show a certificate nobody asked for get in as well.
  CHECK(server.Call(server.authority().certificate(), server.authority().Issue("me")) == kOk);
}

TEST_CASE("with client authorities only their certificates get in", "[server][tls]") {
  TlsServer server(true);
  const TestAuthority& ours = server.authority();
  CHECK(server.Call(ours.certificate(), ours.Issue("me")) == kOk);
  CHECK(server.Call(ours.certificate()) == kRefused);
  CHECK(server.Call(ours.certificate(), TestAuthority("another").Issue("me")) == kRefused);
  CHECK(server.Call(ours.certificate(), ours.Issue("me", -absl::Hours(2), -absl::Hours(1))) ==
        kRefused);
  CHECK(server.CallInPlainText() == kRefused);
}

TEST_CASE("a replaced pair serves the next connection", "[server][tls]") {
  TlsServer server;
  REQUIRE(server.Call(server.authority().certificate()) == kOk);
  const TestAuthority next("next");
  server.Write(next.Issue("localhost", -absl::Hours(1), absl::Hours(48)));
  CHECK(server.Call(next.certificate()) == kOk);
  CHECK(server.Call(server.authority().certificate()) == kRefused);
  CHECK(server.tls().not_after() > absl::Now() + absl::Hours(47));
  CHECK(server.tls().reload_failures() == 0);
}

TEST_CASE("half of a pair changes nothing until the other half is there", "[server][tls]") {
  TlsServer server;
  const TestAuthority next("next");
  const TestPair pair = next.Issue("localhost");
  server.WriteKey(pair);
  CHECK(server.Call(server.authority().certificate()) == kOk);
  CHECK(server.tls().reload_failures() == 1);
  server.WriteCertificate(pair);
  CHECK(server.Call(next.certificate()) == kOk);
}

TEST_CASE("an expired pair does not replace a good one", "[server][tls]") {
  TlsServer server;
  server.Write(server.authority().Issue("localhost", -absl::Hours(2), -absl::Hours(1)));
  CHECK(server.Call(server.authority().certificate()) == kOk);
  CHECK(server.tls().reload_failures() == 1);
}

TEST_CASE("the probe speaks TLS, and shows its certificate where one is asked for",
          "[server][tls]") {
  TlsServer plain;
  const TestPair own = plain.authority().Issue("localhost");
  const ProbeIdentity identity{own.certificate, own.key};
  REQUIRE_OK(ProbeHealth(plain.address(), "", absl::Seconds(20), identity));
  CHECK_FALSE(ProbeHealth(plain.address(), "", absl::Seconds(2)).ok());
  TlsServer mutual(true);
  const TestPair accepted = mutual.authority().Issue("localhost");
  REQUIRE_OK(ProbeHealth(mutual.address(), "", absl::Seconds(20),
                         ProbeIdentity{accepted.certificate, accepted.key}));
  CHECK_FALSE(ProbeHealth(mutual.address(), "", absl::Seconds(2), identity).ok());
}

}  // namespace
}  // namespace deepvision
