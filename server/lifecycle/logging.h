// Structured logs: one line per event on standard error, "key=value" after the
// message, strings from outside escaped so that they cannot forge a line.
//
// Threading: ConfigureLogging once, before other threads; the rest is
// thread-safe.
#ifndef DEEPVISION_SERVER_LIFECYCLE_LOGGING_H_
#define DEEPVISION_SERVER_LIFECYCLE_LOGGING_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/call/call_tracker.h"

namespace deepvision {

// `level`: debug, info, warning, error or off; else kInvalidArgument.
absl::Status ConfigureLogging(absl::string_view level);

// One line per call: method, peer, name of the token, code, duration, bytes, id,
// the client's own id, and the error's own text, which for internal errors
// clients never see.
void LogCall(const CallSummary& call);

void LogInfo(absl::string_view text);
void LogWarning(absl::string_view text);
void LogError(absl::string_view text);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_LIFECYCLE_LOGGING_H_
