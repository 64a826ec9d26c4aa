#include "server/config/door_flags.h"

#include "absl/flags/flag.h"

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

}  // namespace

absl::StatusOr<DoorFlags> ReadDoorFlags() {
  DoorFlags flags;
  flags.tls_cert = absl::GetFlag(FLAGS_tls_cert);
  flags.tls_key = absl::GetFlag(FLAGS_tls_key);
  flags.tls_client_ca = absl::GetFlag(FLAGS_tls_client_ca);
  flags.token_file = absl::GetFlag(FLAGS_token_file);
  flags.admin_token_file = absl::GetFlag(FLAGS_admin_token_file);
  flags.insecure = absl::GetFlag(FLAGS_insecure);
  flags.channelz = absl::GetFlag(FLAGS_channelz);
  if (absl::Status status = CheckTls(flags); !status.ok()) return status;
  return flags;
}

}  // namespace deepvision
