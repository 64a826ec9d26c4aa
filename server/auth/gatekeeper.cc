#include "server/auth/gatekeeper.h"

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "core/api/error.h"

namespace deepvision {
namespace {

constexpr absl::string_view kScheme = "bearer ";

absl::Status TokenMissing() {
  return WithReason(absl::UnauthenticatedError(
                        "this server needs a token: ask its operator for one and send it as the "
                        "metadata \"authorization: Bearer TOKEN\""),
                    "TOKEN_MISSING");
}

absl::Status TokenUnknown() {
  return WithReason(absl::UnauthenticatedError(
                        "the token is none of this server's: it was mistyped or withdrawn; ask its "
                        "operator for a valid one"),
                    "TOKEN_UNKNOWN");
}

absl::Status NotAnAdmin() {
  return WithReason(
      absl::PermissionDeniedError("this call is for administrators: send a token of the server's "
                                  "--admin_token_file"),
      "ADMIN_TOKEN_NEEDED");
}

std::optional<std::string> FindIn(TokenFile* file, absl::string_view token) {
  return file == nullptr ? std::nullopt : file->Find(token);
}

}  // namespace

Gatekeeper::Gatekeeper(std::unique_ptr<TokenFile> clients, std::unique_ptr<TokenFile> admins)
    : clients_(std::move(clients)), admins_(std::move(admins)) {}

absl::StatusOr<std::string> Gatekeeper::Check(Door door, absl::string_view authorization) const {
  const bool open = door == Door::kAdmin ? !knows_admins() : !knows_clients();
  if (open) return std::string();
  if (!absl::StartsWithIgnoreCase(authorization, kScheme)) return TokenMissing();
  const absl::string_view token = absl::StripAsciiWhitespace(authorization.substr(kScheme.size()));
  if (auto name = FindIn(admins_.get(), token)) return *std::move(name);
  auto name = FindIn(clients_.get(), token);
  if (!name) return TokenUnknown();
  if (door == Door::kAdmin) return NotAnAdmin();
  return *std::move(name);
}

}  // namespace deepvision
