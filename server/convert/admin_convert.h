// AdminService's messages.
//
// Threading: plain functions on values.
#ifndef DEEPVISION_SERVER_CONVERT_ADMIN_CONVERT_H_
#define DEEPVISION_SERVER_CONVERT_ADMIN_CONVERT_H_

#include <vector>

#include "absl/status/statusor.h"
#include "core/api/engine.h"
#include "core/api/statistics.h"
#include "deepvision/v1/admin.pb.h"

namespace deepvision {

// kInvalidArgument for a value that does not exist.
absl::StatusOr<CacheScope> FromProto(v1::CacheScope scope);

v1::NetworkChange ToProto(const NetworkChange& change);

// The caches that `scope` names, in the order of the enum.
std::vector<v1::CacheStatus> CachesOf(const EngineStatistics& statistics, CacheScope scope);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_CONVERT_ADMIN_CONVERT_H_
