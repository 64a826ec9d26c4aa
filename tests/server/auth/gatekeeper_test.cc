#include "server/auth/gatekeeper.h"

#include "absl/strings/str_cat.h"
#include "tests/support/catch.h"
#include "tests/support/folder.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

constexpr char kClient[] = "client-0123456789abcdef";
constexpr char kAdmin[] = "admin-0123456789abcdef";

std::unique_ptr<TokenFile> MakeFile(const TestFolder& folder, const std::string& token) {
  folder.Write(token, absl::StrCat(token, " ", token.substr(0, token.find('-')), "\n"));
  return TokenFile::Open({"token_file", (folder.path() / token).string()}, [](absl::string_view) {})
      .value();
}

std::string Bearer(const std::string& token) { return absl::StrCat("Bearer ", token); }

TEST_CASE("clients come in by their token, administrators by theirs everywhere", "[server][auth]") {
  TestFolder folder;
  const Gatekeeper gatekeeper(MakeFile(folder, kClient), MakeFile(folder, kAdmin));
  CHECK(*gatekeeper.Check(Door::kService, Bearer(kClient)) == "client");
  CHECK(*gatekeeper.Check(Door::kService, Bearer(kAdmin)) == "admin");
  CHECK(*gatekeeper.Check(Door::kAdmin, Bearer(kAdmin)) == "admin");
  CHECK(*gatekeeper.Check(Door::kService, absl::StrCat("bearer   ", kClient)) == "client");
  CHECK_STATUS(gatekeeper.Check(Door::kAdmin, Bearer(kClient)), absl::StatusCode::kPermissionDenied,
               "--admin_token_file");
}

TEST_CASE("no token and a wrong one are told apart, and say what to do", "[server][auth]") {
  TestFolder folder;
  const Gatekeeper gatekeeper(MakeFile(folder, kClient), nullptr);
  for (const char* none : {"", "Basic YTpi", "Bearer", "client-0123456789abcdef"}) {
    CHECK_STATUS(gatekeeper.Check(Door::kService, none), absl::StatusCode::kUnauthenticated,
                 "authorization: Bearer TOKEN");
  }
  CHECK_STATUS(gatekeeper.Check(Door::kService, Bearer("x")), absl::StatusCode::kUnauthenticated,
               "mistyped or withdrawn");
}

TEST_CASE("a door without a token file is open", "[server][auth]") {
  TestFolder folder;
  const Gatekeeper admins_only(nullptr, MakeFile(folder, kAdmin));
  CHECK(admins_only.Check(Door::kService, "").ok());
  CHECK_FALSE(admins_only.Check(Door::kAdmin, "").ok());
  const Gatekeeper clients_only(MakeFile(folder, kClient), nullptr);
  CHECK(clients_only.Check(Door::kAdmin, "").ok());
}

}  // namespace
}  // namespace deepvision
