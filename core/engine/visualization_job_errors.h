// Errors that several parts of the visualization jobs return.
#ifndef DEEPVISION_CORE_ENGINE_VISUALIZATION_JOB_ERRORS_H_
#define DEEPVISION_CORE_ENGINE_VISUALIZATION_JOB_ERRORS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/api/error.h"

namespace deepvision {

inline absl::Status JobForgotten(absl::string_view id) {
  return WithReason(
      absl::NotFoundError(absl::StrCat("id \"", id,
                                       "\": no such job, or it ended long ago or "
                                       "before a restart; send the spec again: units that were "
                                       "done are in the store")),
      "JOB_FORGOTTEN", {{"id", std::string(id)}});
}

inline absl::Status Stopping() {
  return WithReason(absl::UnavailableError("the server is stopping; retry"), "STOPPING");
}

inline absl::Status NoSuchUnit(int unit) {
  return absl::OutOfRangeError(absl::StrCat("units: the job has no unit ", unit));
}

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_VISUALIZATION_JOB_ERRORS_H_
