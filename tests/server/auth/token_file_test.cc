#include "server/auth/token_file.h"

#include <vector>

#include "tests/support/catch.h"
#include "tests/support/folder.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

constexpr char kAlice[] = "alice-0123456789abcdef";
constexpr char kBob[] = "bob-0123456789abcdef";

// A token file that a test rewrites.
class Tokens {
 public:
  explicit Tokens(const std::string& text) { Write(text); }

  void Write(const std::string& text) { folder_.Write("tokens", text); }
  void Remove() { std::filesystem::remove(path()); }
  std::string path() const { return (folder_.path() / "tokens").string(); }
  const std::vector<std::string>& log() const { return log_; }

  // Looks for changes at every Find.
  absl::StatusOr<std::unique_ptr<TokenFile>> Open() {
    return TokenFile::Open(
        {"token_file", path()}, [this](absl::string_view line) { log_.emplace_back(line); },
        absl::ZeroDuration());
  }

 private:
  TestFolder folder_;
  std::vector<std::string> log_;
};

absl::Status ErrorOf(const std::string& text) { return Tokens(text).Open().status(); }

TEST_CASE("a token is found by its exact text, with its name", "[server][auth]") {
  Tokens file("# who\n\n" + std::string(kAlice) + "\talice\r\n  " + kBob + "\n");
  auto tokens = file.Open();
  REQUIRE_OK(tokens);
  CHECK((*tokens)->Find(kAlice) == "alice");
  CHECK((*tokens)->Find(kBob) == "");
  for (const char* wrong : {"", "alice", "alice-0123456789abcde", "alice-0123456789abcdef0",
                            "ALICE-0123456789abcdef", "# who"}) {
    CHECK((*tokens)->Find(wrong) == std::nullopt);
  }
}

TEST_CASE("a token file that is not in order says flag, line and what to do", "[server][auth]") {
  CHECK_STATUS(ErrorOf("# nothing\n"), absl::StatusCode::kInvalidArgument,
               "holds no token; write one per line");
  CHECK_STATUS(ErrorOf("\nshort\n"), absl::StatusCode::kInvalidArgument, "line 2: a token has 16");
  CHECK_STATUS(ErrorOf("0123456789abcdef\"\n"), absl::StatusCode::kInvalidArgument,
               "line 1: a token consists of");
  CHECK_STATUS(ErrorOf(std::string(kAlice) + " two words\n"), absl::StatusCode::kInvalidArgument,
               "a name is one word");
  Tokens missing("x");
  missing.Remove();
  CHECK_STATUS(missing.Open(), absl::StatusCode::kInvalidArgument, "--token_file=");
  CHECK_STATUS(missing.Open(), absl::StatusCode::kInvalidArgument, "cannot be read (No such file");
}

TEST_CASE("an error about a token does not show it", "[server][auth]") {
  CHECK(ErrorOf("secret-but-wrong-\"quoted\"\n").message().find("secret") ==
        absl::string_view::npos);
}

TEST_CASE("a changed token file counts at the next call", "[server][auth]") {
  Tokens file(kAlice);
  auto tokens = file.Open();
  REQUIRE_OK(tokens);
  file.Write(kBob);
  CHECK((*tokens)->Find(kBob) == "");
  CHECK((*tokens)->Find(kAlice) == std::nullopt);
  CHECK(file.log().size() == 1);
}

TEST_CASE("a token file that breaks keeps its tokens, one without tokens locks the door",
          "[server][auth]") {
  Tokens file(kAlice);
  auto tokens = file.Open();
  REQUIRE_OK(tokens);
  file.Write("short\n");
  CHECK((*tokens)->Find(kAlice) == "");
  file.Remove();
  CHECK((*tokens)->Find(kAlice) == "");
  REQUIRE(file.log().size() == 2);
  CHECK(file.log()[0].find("the tokens read before stay valid") != std::string::npos);
  file.Write("# all withdrawn\n");
  CHECK((*tokens)->Find(kAlice) == std::nullopt);
}

}  // namespace
}  // namespace deepvision
