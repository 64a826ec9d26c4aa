#include "core/api/error.h"

#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace deepvision {
namespace {

constexpr char kReasonUrl[] = "deepvision/reason";
constexpr char kRetryUrl[] = "deepvision/retry_after_ms";
constexpr char kMetadataUrl[] = "deepvision/metadata";

// key=value lines, C-escaped, so that any value survives.
absl::Cord EncodeMetadata(const std::map<std::string, std::string>& metadata) {
  std::string text;
  for (const auto& [key, value] : metadata) {
    absl::StrAppend(&text, absl::CEscape(key), "=", absl::CEscape(value), "\n");
  }
  return absl::Cord(text);
}

std::map<std::string, std::string> DecodeMetadata(const absl::Cord& cord) {
  std::map<std::string, std::string> metadata;
  const std::string text(cord);
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> entry = absl::StrSplit(line, absl::MaxSplits('=', 1));
    std::string key, value;
    if (absl::CUnescape(entry.first, &key) && absl::CUnescape(entry.second, &value)) {
      metadata[key] = value;
    }
  }
  return metadata;
}

}  // namespace

absl::Status WithReason(absl::Status status, absl::string_view reason,
                        std::map<std::string, std::string> metadata,
                        std::optional<absl::Duration> retry_after) {
  if (status.ok()) return status;
  status.SetPayload(kReasonUrl, absl::Cord(reason));
  status.SetPayload(kMetadataUrl, EncodeMetadata(metadata));
  if (retry_after) {
    status.SetPayload(kRetryUrl, absl::Cord(absl::StrCat(absl::ToInt64Milliseconds(*retry_after))));
  }
  return status;
}

absl::Status RequestCancelled() { return absl::CancelledError("the request was cancelled"); }

absl::Status QueueFull() {
  return WithReason(absl::ResourceExhaustedError("too many requests wait; retry later"),
                    "QUEUE_FULL", {}, absl::Milliseconds(200));
}

ErrorDetails GetErrorDetails(const absl::Status& status) {
  ErrorDetails details;
  const auto reason = status.GetPayload(kReasonUrl);
  details.reason = reason ? std::string(*reason) : absl::StatusCodeToString(status.code());
  if (const auto metadata = status.GetPayload(kMetadataUrl)) {
    details.metadata = DecodeMetadata(*metadata);
  }
  int64_t milliseconds = 0;
  if (const auto retry = status.GetPayload(kRetryUrl);
      retry && absl::SimpleAtoi(std::string(*retry), &milliseconds)) {
    details.retry_after = absl::Milliseconds(milliseconds);
  }
  return details;
}

}  // namespace deepvision
