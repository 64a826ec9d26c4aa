#include "server/auth/tls_credentials.h"

#include <grpc/grpc.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/status_macros.h"

namespace deepvision {
namespace {

std::vector<std::string> Files(const TlsPaths& paths) {
  std::vector<std::string> files = {paths.certificate, paths.key};
  if (!paths.client_ca.empty()) files.push_back(paths.client_ca);
  return files;
}

// gRPC copies the texts. It wants authorities even when it asks no client for a
// certificate; which ones does not matter then.
grpc_ssl_server_certificate_config* MakeConfig(const TlsMaterial& material) {
  const grpc_ssl_pem_key_cert_pair pair = {material.key.c_str(), material.certificate.c_str()};
  const std::string& roots = material.client_ca.empty() ? material.certificate : material.client_ca;
  return grpc_ssl_server_certificate_config_create(roots.c_str(), &pair, 1);
}

}  // namespace

TlsCredentials::TlsCredentials(TlsPaths paths, OperatorLog log, absl::Duration interval)
    : paths_(std::move(paths)), log_(std::move(log)), watched_(Files(paths_), interval) {
  const auto asked = paths_.client_ca.empty()
                         ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                         : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY;
  credentials_ = grpc_ssl_server_credentials_create_with_options(
      grpc_ssl_server_credentials_create_options_using_config_fetcher(asked, &TlsCredentials::Fetch,
                                                                      this));
}

TlsCredentials::~TlsCredentials() { grpc_server_credentials_release(credentials_); }

absl::StatusOr<std::shared_ptr<TlsCredentials>> TlsCredentials::Create(TlsPaths paths,
                                                                       OperatorLog log,
                                                                       absl::Duration interval) {
  std::shared_ptr<TlsCredentials> made(
      new TlsCredentials(std::move(paths), std::move(log), interval));
  DV_ASSIGN_OR_RETURN(TlsMaterial material, LoadTls(made->paths_, absl::Now()));
  absl::MutexLock lock(&made->mutex_);
  made->material_ = std::move(material);
  return made;
}

int TlsCredentials::AddPortToServer(const std::string& address, grpc_server* server) {
  return grpc_server_add_http2_port(server, address.c_str(), credentials_);
}

absl::Time TlsCredentials::not_after() const {
  absl::MutexLock lock(&mutex_);
  return material_.not_after;
}

int64_t TlsCredentials::reload_failures() const {
  absl::MutexLock lock(&mutex_);
  return reload_failures_;
}

grpc_ssl_certificate_config_reload_status TlsCredentials::Fetch(
    void* self, grpc_ssl_server_certificate_config** config) {
  return static_cast<TlsCredentials*>(self)->Fetch(config);
}

grpc_ssl_certificate_config_reload_status TlsCredentials::Fetch(
    grpc_ssl_server_certificate_config** config) {
  auto status = GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
  if (watched_.HaveChanged()) status = Replace(LoadTls(paths_, absl::Now()));
  absl::MutexLock lock(&mutex_);
  if (!std::exchange(handed_out_, true)) status = GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
  if (status == GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW) *config = MakeConfig(material_);
  return status;
}

grpc_ssl_certificate_config_reload_status TlsCredentials::Replace(
    absl::StatusOr<TlsMaterial> loaded) {
  if (!loaded.ok()) {
    {
      absl::MutexLock lock(&mutex_);
      ++reload_failures_;
    }
    log_(absl::StrCat(loaded.status().message(), "; the certificate read before stays in use"));
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
  }
  absl::MutexLock lock(&mutex_);
  material_ = *std::move(loaded);
  log_(absl::StrCat("--tls_cert was read again; it is valid until ",
                    absl::FormatTime(material_.not_after, absl::UTCTimeZone())));
  return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
}

}  // namespace deepvision
