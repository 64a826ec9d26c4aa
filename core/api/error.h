// Machine-readable details of an absl::Status: a reason, the dynamic values of
// the text, and when to retry. The server turns them into google.rpc.ErrorInfo
// and google.rpc.RetryInfo.
//
//   return WithReason(absl::NotFoundError("network \"resnet\": no such network; "
//                                         "did you mean \"resnet18\"?"),
//                     "NETWORK_NOT_FOUND", {{"network", "resnet"}});
//
// Threading: plain functions on values.
#ifndef DEEPVISION_CORE_API_ERROR_H_
#define DEEPVISION_CORE_API_ERROR_H_

#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace deepvision {

struct ErrorDetails {
  std::string reason;  // UPPER_SNAKE_CASE
  std::map<std::string, std::string> metadata;
  std::optional<absl::Duration> retry_after;
};

// Adds details to a status that is not OK; an OK status stays as it is.
absl::Status WithReason(absl::Status status, absl::string_view reason,
                        std::map<std::string, std::string> metadata = {},
                        std::optional<absl::Duration> retry_after = std::nullopt);

// What several rooms have to say in the same words.
absl::Status RequestCancelled();  // kCancelled
absl::Status QueueFull();         // kResourceExhausted, QUEUE_FULL; retry soon

// The details of `status`; a status without any gets the name of its code as
// the reason.
ErrorDetails GetErrorDetails(const absl::Status& status);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_API_ERROR_H_
