// The bytes of a file, with a limit. Private to core/dataset.
#ifndef DEEPVISION_CORE_DATASET_READ_FILE_H_
#define DEEPVISION_CORE_DATASET_READ_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "core/api/host_buffer.h"

namespace deepvision {

// Blocks. The texts do not hold the path.
//   kNotFound           no regular file there, or it cannot be read
//   kResourceExhausted  larger than `max_bytes`
absl::StatusOr<HostBuffer> ReadRegularFile(const std::string& path, size_t max_bytes);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_DATASET_READ_FILE_H_
