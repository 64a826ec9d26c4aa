#include "core/store/result_file.h"

#include <system_error>
#include <utility>

#include "core/api/host_buffer.h"
#include "core/base/digest.h"
#include "core/base/status_macros.h"
#include "core/store/durable_file.h"

namespace deepvision {
namespace {

std::string DigestOf(const std::string& bytes) {
  Sha256 hash;
  hash.Update(bytes);
  return hash.Finish();
}

absl::Status Damaged() { return absl::DataLossError("the file is damaged"); }

}  // namespace

IndexRow MakeIndexRow(const std::string& key, const std::string& bytes,
                      const VisualizationRecord& record) {
  return {key,          DigestOf(bytes), bytes.size(), record.network, record.model_digest,
          record.layer, record.unit,     record.job,   record.finished};
}

absl::StatusOr<VisualizationRecord> ReadResult(const std::filesystem::path& path,
                                               const IndexRow& row) {
  DV_ASSIGN_OR_RETURN(std::string bytes, ReadFile(path, row.bytes));
  if (DigestOf(bytes) != row.object) return Damaged();
  return DecodeRecord(row.key, HostBuffer(std::move(bytes)));
}

absl::StatusOr<IndexRow> ReadIndexRow(const std::filesystem::path& path) {
  std::error_code error;
  const uint64_t size = std::filesystem::file_size(path, error);
  if (error) return absl::DataLossError("the file has no size");
  DV_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, size));
  const HostBuffer shared(bytes.data(), bytes.size(), nullptr);
  DV_ASSIGN_OR_RETURN(const std::string key, KeyOfRecord(shared));
  DV_ASSIGN_OR_RETURN(const VisualizationRecord record, DecodeRecord(key, shared));
  IndexRow row = MakeIndexRow(key, bytes, record);
  if (row.object != path.filename()) return Damaged();
  return row;
}

}  // namespace deepvision
