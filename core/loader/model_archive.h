// Is this file a whole, undamaged ZIP archive? Asked before LibTorch's reader
// sees it: that reader does not compare checksums, takes memory for whatever
// size a directory claims, and on some damaged files never comes back.
//
// Checked are the directory against the local headers, that every record lies
// inside the file, how large the records say they are, and, by reading all of
// them, their real sizes and CRC-32.
//
// Threading: plain functions. They block for reading the file once.
#ifndef DEEPVISION_CORE_LOADER_MODEL_ARCHIVE_H_
#define DEEPVISION_CORE_LOADER_MODEL_ARCHIVE_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"

namespace deepvision {

// Errors hold no path and say what to do:
//   kNotFound         the file cannot be read
//   kInvalidArgument  no ZIP archive, or the beginning of one; or one whose
//                     records are encrypted or grow beyond all proportion
//   kDataLoss         damaged
absl::Status CheckModelArchive(const std::string& path);

// The same for an archive in memory.
absl::Status CheckModelArchive(const void* data, size_t size);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_LOADER_MODEL_ARCHIVE_H_
