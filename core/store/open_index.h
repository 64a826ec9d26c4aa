// Opens the index of a folder of results; one that is damaged is made again.
//
// The files hold their keys, so that only the order of use is lost with an index. The
// new one is made beside the old one and takes its place when it is whole: killed at
// any moment, the next start begins again.
//
// Threading: a plain function; it blocks on the disk, and when it makes an index reads
// every file of the folder.
#ifndef DEEPVISION_CORE_STORE_OPEN_INDEX_H_
#define DEEPVISION_CORE_STORE_OPEN_INDEX_H_

#include <cstdint>
#include <filesystem>
#include <memory>

#include "absl/status/statusor.h"
#include "core/store/result_index.h"

namespace deepvision {

// `folder` has the files in objects/. Of more than `max_bytes` the newest are named.
// Errors as of ResultIndex::Open, but for kDataLoss.
absl::StatusOr<std::unique_ptr<ResultIndex>> OpenIndex(const std::filesystem::path& folder,
                                                       uint64_t max_bytes);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_STORE_OPEN_INDEX_H_
