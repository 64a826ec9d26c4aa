// TLS for a listener, with files that may be replaced while it runs.
//
//   DV_ASSIGN_OR_RETURN(auto tls, TlsCredentials::Create(paths, log));
//   builder.AddListeningPort(address, tls, &port);
//
// The files are looked at when a client connects, and at most once per second: a
// new pair serves new connections, the others go on with what they have. A pair
// that is not in order (half of it replaced, expired, unreadable) is logged and
// counted, and the one before stays. gRPC's own file watcher would drop a good
// pair for a bad one and asks the file system every second from a thread of its
// own.
//
// Threading: thread-safe.
// Ownership: must outlive the server that listens with it.
#ifndef DEEPVISION_SERVER_AUTH_TLS_CREDENTIALS_H_
#define DEEPVISION_SERVER_AUTH_TLS_CREDENTIALS_H_

#include <grpc/grpc_security.h>
#include <grpcpp/security/server_credentials.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/auth/read_file.h"
#include "server/auth/tls_files.h"
#include "server/auth/watched_files.h"

namespace deepvision {

class TlsCredentials final : public grpc::ServerCredentials {
 public:
  // Errors are those of LoadTls. With `paths.client_ca`, clients without a
  // certificate of one of its authorities are refused. `log` hears of reloads.
  static absl::StatusOr<std::shared_ptr<TlsCredentials>> Create(
      TlsPaths paths, OperatorLog log, absl::Duration interval = absl::Seconds(1));
  ~TlsCredentials() override;

  // When the certificate that is in use ends.
  absl::Time not_after() const;
  // Replaced files that were not in order.
  int64_t reload_failures() const;

  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  TlsCredentials(TlsPaths paths, OperatorLog log, absl::Duration interval);
  int AddPortToServer(const std::string& address, grpc_server* server) override;

  // gRPC calls it for each new connection.
  static grpc_ssl_certificate_config_reload_status Fetch(
      void* self, grpc_ssl_server_certificate_config** config);
  grpc_ssl_certificate_config_reload_status Fetch(grpc_ssl_server_certificate_config** config);
  // Takes what LoadTls gave.
  grpc_ssl_certificate_config_reload_status Replace(absl::StatusOr<TlsMaterial> loaded);

  const TlsPaths paths_;
  const OperatorLog log_;
  WatchedFiles watched_;
  mutable absl::Mutex mutex_;
  TlsMaterial material_ ABSL_GUARDED_BY(mutex_);
  bool handed_out_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t reload_failures_ ABSL_GUARDED_BY(mutex_) = 0;
  grpc_server_credentials* credentials_ = nullptr;
};

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_AUTH_TLS_CREDENTIALS_H_
