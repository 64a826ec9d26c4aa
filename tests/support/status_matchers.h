// REQUIRE_OK(status_or), CHECK_STATUS(status, code, "part of the text").
#ifndef DEEPVISION_TESTS_SUPPORT_STATUS_MATCHERS_H_
#define DEEPVISION_TESTS_SUPPORT_STATUS_MATCHERS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "tests/support/catch.h"

namespace deepvision {

inline absl::Status StatusOf(const absl::Status& status) { return status; }
template <typename T>
absl::Status StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

}  // namespace deepvision

#define REQUIRE_OK(expression)                                              \
  do {                                                                      \
    const absl::Status dv_test_status = ::deepvision::StatusOf(expression); \
    INFO(dv_test_status.ToString());                                        \
    REQUIRE(dv_test_status.ok());                                           \
  } while (false)

#define CHECK_STATUS(expression, expected_code, text)                       \
  do {                                                                      \
    const absl::Status dv_test_status = ::deepvision::StatusOf(expression); \
    INFO(dv_test_status.ToString());                                        \
    CHECK(dv_test_status.code() == (expected_code));                        \
    CHECK(absl::StrContains(dv_test_status.message(), (text)));             \
  } while (false)

#endif  // DEEPVISION_TESTS_SUPPORT_STATUS_MATCHERS_H_
