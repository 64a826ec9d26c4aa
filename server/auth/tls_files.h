// The certificate, key and client authorities of --tls_cert, --tls_key and
// --tls_client_ca, checked as far as they can be before a client comes.
//
// Threading: plain functions; they read files and block.
#ifndef DEEPVISION_SERVER_AUTH_TLS_FILES_H_
#define DEEPVISION_SERVER_AUTH_TLS_FILES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace deepvision {

// PEM files.
struct TlsPaths {
  std::string certificate;  // the server's, then the intermediate ones
  std::string key;
  std::string client_ca;  // empty: clients need no certificate
};

// What is in them.
struct TlsMaterial {
  std::string certificate;
  std::string key;
  std::string client_ca;
  absl::Time not_after;  // of the server's certificate
};

// kInvalidArgument, naming the flag, when a file cannot be read, is no PEM, the
// key has a passphrase or does not belong to the certificate, or a certificate
// is not valid at `now`.
absl::StatusOr<TlsMaterial> LoadTls(const TlsPaths& paths, absl::Time now);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_AUTH_TLS_FILES_H_
