// The file of one result: the record and its key, named by the SHA-256 of its bytes.
//
// Threading: plain functions; they block on the disk.
#ifndef DEEPVISION_CORE_STORE_RESULT_FILE_H_
#define DEEPVISION_CORE_STORE_RESULT_FILE_H_

#include <filesystem>
#include <string>

#include "absl/status/statusor.h"
#include "core/store/result_index.h"
#include "core/store/visualization_record.h"

namespace deepvision {

// What the index says of a record of these bytes.
IndexRow MakeIndexRow(const std::string& key, const std::string& bytes,
                      const VisualizationRecord& record);

// The record in the file. kDataLoss when it is not the one that the row names.
absl::StatusOr<VisualizationRecord> ReadResult(const std::filesystem::path& path,
                                               const IndexRow& row);

// The row of a file that no index knows. kDataLoss when it is no whole result.
absl::StatusOr<IndexRow> ReadIndexRow(const std::filesystem::path& path);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_STORE_RESULT_FILE_H_
