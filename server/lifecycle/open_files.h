// How many files and sockets the process may have open.
#ifndef DEEPVISION_SERVER_LIFECYCLE_OPEN_FILES_H_
#define DEEPVISION_SERVER_LIFECYCLE_OPEN_FILES_H_

#include <cstdint>

namespace deepvision {

// Raises the limit to the highest that the system allows this process, and
// returns it. Every connection is a file, and gRPC stops accepting for good when
// there is none left. Once, at the start.
uint64_t RaiseOpenFileLimit();

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_LIFECYCLE_OPEN_FILES_H_
