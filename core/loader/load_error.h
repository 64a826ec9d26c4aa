// What LibTorch says when a file cannot be opened -> what a person can do.
#ifndef DEEPVISION_CORE_LOADER_LOAD_ERROR_H_
#define DEEPVISION_CORE_LOADER_LOAD_ERROR_H_

#include <string>

#include "absl/status/status.h"

namespace deepvision {

// `message` is the whole text of the exception. The status holds no path.
absl::Status LoadError(const std::string& message);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_LOADER_LOAD_ERROR_H_
