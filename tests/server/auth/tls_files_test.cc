#include "server/auth/tls_files.h"

#include "absl/time/clock.h"
#include "tests/support/catch.h"
#include "tests/support/certificates.h"
#include "tests/support/folder.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

// The three files, in order until a test writes others.
class Files {
 public:
  Files() {
    const TestPair pair = authority_.Issue("localhost");
    Write(pair.certificate, pair.key);
    folder_.Write("ca", authority_.certificate());
  }

  const TestAuthority& authority() const { return authority_; }
  void Write(const std::string& certificate, const std::string& key) {
    folder_.Write("cert", certificate);
    folder_.Write("key", key);
  }
  TlsPaths paths() const {
    return {(folder_.path() / "cert").string(), (folder_.path() / "key").string(),
            (folder_.path() / "ca").string()};
  }
  absl::StatusOr<TlsMaterial> Load() const { return LoadTls(paths(), absl::Now()); }

 private:
  TestFolder folder_;
  TestAuthority authority_{"ours"};
};

TEST_CASE("a pair in order is read with the time at which it ends", "[server][auth]") {
  Files files;
  const auto loaded = files.Load();
  REQUIRE_OK(loaded);
  CHECK(loaded->not_after > absl::Now() + absl::Minutes(59));
  CHECK(loaded->not_after < absl::Now() + absl::Minutes(61));
  CHECK(loaded->client_ca == files.authority().certificate());
}

TEST_CASE("files that are not in order name their flag and what to do", "[server][auth]") {
  Files files;
  const TestPair pair = files.authority().Issue("localhost");
  const TestPair other = files.authority().Issue("localhost");
  files.Write(pair.certificate, other.key);
  CHECK_STATUS(files.Load(), absl::StatusCode::kInvalidArgument, "is not the key of");
  files.Write("no PEM", pair.key);
  CHECK_STATUS(files.Load(), absl::StatusCode::kInvalidArgument, "holds no certificate");
  files.Write(pair.certificate, pair.certificate);
  CHECK_STATUS(files.Load(), absl::StatusCode::kInvalidArgument, "holds no private key");
  TlsPaths missing = files.paths();
  missing.key += "-gone";
  CHECK_STATUS(LoadTls(missing, absl::Now()), absl::StatusCode::kInvalidArgument, "--tls_key=");
  missing = files.paths();
  missing.client_ca = missing.key;
  files.Write(pair.certificate, pair.key);
  CHECK_STATUS(LoadTls(missing, absl::Now()), absl::StatusCode::kInvalidArgument,
               "--tls_client_ca=");
}

TEST_CASE("a certificate out of its time is refused", "[server][auth]") {
  Files files;
  const TestPair old = files.authority().Issue("localhost", -absl::Hours(2), -absl::Hours(1));
  files.Write(old.certificate, old.key);
  CHECK_STATUS(files.Load(), absl::StatusCode::kInvalidArgument, "the certificate expired on");
  const TestPair early = files.authority().Issue("localhost", absl::Hours(1), absl::Hours(2));
  files.Write(early.certificate, early.key);
  CHECK_STATUS(files.Load(), absl::StatusCode::kInvalidArgument, "is valid only from");
}

}  // namespace
}  // namespace deepvision
