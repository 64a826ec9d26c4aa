#include "server/auth/token_file.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/digest.h"
#include "core/base/status_macros.h"

namespace deepvision {
namespace {

constexpr size_t kMinTokenBytes = 16;
constexpr size_t kMaxTokenBytes = 1024;
constexpr size_t kMaxNameBytes = 64;

std::string DigestOf(absl::string_view text) {
  Sha256 sha;
  sha.Update(text);
  return sha.Finish();
}

// What RFC 6750 allows in a header.
bool IsTokenCharacter(unsigned char c) {
  return absl::ascii_isalnum(c) || absl::StrContains("-._~+/=", c);
}

bool AreEqual(const std::string& a, const std::string& b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

TokenFile::TokenFile(FlagFile file, OperatorLog log, absl::Duration interval)
    : file_(std::move(file)), log_(std::move(log)), watched_({file_.path}, interval) {}

absl::StatusOr<std::unique_ptr<TokenFile>> TokenFile::Open(FlagFile file, OperatorLog log,
                                                           absl::Duration interval) {
  auto tokens = absl::WrapUnique(new TokenFile(std::move(file), std::move(log), interval));
  DV_ASSIGN_OR_RETURN(std::vector<Entry> entries, tokens->Read());
  if (entries.empty()) {
    return FlagFileError(tokens->file_,
                         "holds no token; write one per line (make one: openssl rand -hex 32)");
  }
  absl::MutexLock lock(&tokens->mutex_);
  tokens->entries_ = std::move(entries);
  return tokens;
}

absl::StatusOr<std::vector<TokenFile::Entry>> TokenFile::Read() const {
  DV_ASSIGN_OR_RETURN(const std::string text, ReadFlagFile(file_));
  std::vector<Entry> entries;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line[0] == '#') continue;
    DV_ASSIGN_OR_RETURN(Entry entry, ParseLine(line, number));
    entries.push_back(std::move(entry));
  }
  return entries;
}

// The errors do not show the line: it may be a secret.
absl::StatusOr<TokenFile::Entry> TokenFile::ParseLine(absl::string_view line, int number) const {
  const auto end = std::find_if(line.begin(), line.end(), absl::ascii_isspace);
  const absl::string_view token = line.substr(0, end - line.begin());
  const absl::string_view name = absl::StripAsciiWhitespace(line.substr(token.size()));
  const std::string place = absl::StrCat("line ", number, ": ");
  if (token.size() < kMinTokenBytes || token.size() > kMaxTokenBytes) {
    return FlagFileError(file_,
                         absl::StrCat(place, "a token has ", kMinTokenBytes, " to ", kMaxTokenBytes,
                                      " characters; make one: openssl "
                                      "rand -hex 32"));
  }
  if (!std::all_of(token.begin(), token.end(), IsTokenCharacter)) {
    return FlagFileError(
        file_, absl::StrCat(place, "a token consists of letters, digits and - . _ ~ + / ="));
  }
  if (name.size() > kMaxNameBytes || !std::all_of(name.begin(), name.end(), absl::ascii_isgraph)) {
    return FlagFileError(
        file_, absl::StrCat(place, "a name is one word of at most ", kMaxNameBytes, " characters"));
  }
  return Entry{DigestOf(token), std::string(name)};
}

void TokenFile::Reload() {
  absl::StatusOr<std::vector<Entry>> entries = Read();
  if (!entries.ok()) {
    log_(absl::StrCat(entries.status().message(), "; the tokens read before stay valid"));
    return;
  }
  const size_t count = entries->size();
  {
    absl::MutexLock lock(&mutex_);
    entries_ = *std::move(entries);
  }
  log_(absl::StrCat("--", file_.flag, " was read again: ", count, " tokens",
                    count == 0 ? ", so nobody is let in" : ""));
}

std::optional<std::string> TokenFile::Find(absl::string_view token) {
  if (watched_.HaveChanged()) Reload();
  const std::string digest = DigestOf(token);
  std::optional<std::string> found;
  absl::MutexLock lock(&mutex_);
  for (const Entry& entry : entries_) {
    if (AreEqual(entry.digest, digest)) found = entry.name;
  }
  return found;
}

}  // namespace deepvision
