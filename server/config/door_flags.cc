#include "server/config/door_flags.h"

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/auth/exposure.h"

ABSL_FLAG(std::string, tls_cert, "",
          "PEM file with the server's certificate, then the intermediate ones. With --tls_key it "
          "turns TLS on; replaced files count for new connections.");
ABSL_FLAG(std::string, tls_key, "", "PEM file with the key of --tls_cert, without a passphrase.");
ABSL_FLAG(std::string, tls_client_ca, "",
          "PEM file with authorities: only clients with a certificate of one of them are let in.");
ABSL_FLAG(std::string, token_file, "",
          "File of bearer tokens, one per line (make one: openssl rand -hex 32), then a space and "
          "a name for the log if wanted. Every call but health needs one; a changed file counts "
          "within a second.");
ABSL_FLAG(std::string, admin_token_file, "",
          "File of administrators' tokens, as --token_file; opens AdminService on --listen for "
          "them.");
ABSL_FLAG(std::string, admin_listen, "",
          "Address and port, on the loopback, or a Unix socket that serve AdminService. Whoever "
          "reaches it is an administrator, unless --admin_token_file is "
          "set. Empty: off.");
ABSL_FLAG(std::string, metrics_listen, "",
          "Address and port on which Prometheus finds /metrics, for example 127.0.0.1:9464. "
          "Empty: off.");
ABSL_FLAG(bool, insecure, false,
          "Listen beyond the loopback without TLS or without tokens: something else keeps "
          "strangers out.");
ABSL_FLAG(bool, channelz, false,
          "Serve grpc.channelz.v1, which describes connections and sockets, for finding faults.");

namespace deepvision {
namespace {

absl::Status CheckTls(const DoorFlags& flags) {
  if (flags.tls_cert.empty() && !flags.tls_key.empty()) {
    return absl::InvalidArgumentError("--tls_key is set without --tls_cert; set both or neither");
  }
  if (flags.tls_key.empty() && !flags.tls_cert.empty()) {
    return absl::InvalidArgumentError("--tls_cert is set without --tls_key; set both or neither");
  }
  if (!flags.tls_client_ca.empty() && flags.tls_cert.empty()) {
    return absl::InvalidArgumentError(
        "--tls_client_ca is set without TLS; set --tls_cert and --tls_key, too");
  }
  return absl::OkStatus();
}

absl::Status CheckAdmin(const DoorFlags& flags) {
  if (flags.admin_listen.empty() || IsLocalAddress(flags.admin_listen)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "--admin_listen=", flags.admin_listen,
      " can be reached from other machines; use 127.0.0.1:PORT or unix:PATH, or leave it empty and "
      "set --admin_token_file to administer over --listen"));
}

}  // namespace

absl::StatusOr<DoorFlags> ReadDoorFlags() {
  DoorFlags flags;
  flags.tls_cert = absl::GetFlag(FLAGS_tls_cert);
  flags.tls_key = absl::GetFlag(FLAGS_tls_key);
  flags.tls_client_ca = absl::GetFlag(FLAGS_tls_client_ca);
  flags.token_file = absl::GetFlag(FLAGS_token_file);
  flags.admin_token_file = absl::GetFlag(FLAGS_admin_token_file);
  flags.admin_listen = absl::GetFlag(FLAGS_admin_listen);
  flags.metrics_listen = absl::GetFlag(FLAGS_metrics_listen);
  flags.insecure = absl::GetFlag(FLAGS_insecure);
  flags.channelz = absl::GetFlag(FLAGS_channelz);
  DV_RETURN_IF_ERROR(CheckTls(flags));
  DV_RETURN_IF_ERROR(CheckAdmin(flags));
  return flags;
}

}  // namespace deepvision
