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

// Bytes of that size whose digest is the file's name.
absl::StatusOr<std::string> ReadWhole(const std::filesystem::path& path, uint64_t size) {
  DV_ASSIGN_OR_RETURN(std::string bytes, ReadFile(path, size));
  if (DigestOf(bytes) != path.filename()) return absl::DataLossError("the file is damaged");
  return bytes;
}

}  // namespace

IndexRow MakeIndexRow(const std::string& key, const std::string& bytes,
                      const VisualizationRecord& record) {
  return {key,          DigestOf(bytes), bytes.size(), record.network, record.model_digest,
          record.layer, record.unit,     record.job,   record.finished};
}

absl::StatusOr<VisualizationRecord> ReadResult(const std::filesystem::path& path,
                                               const IndexRow& row) {
  DV_ASSIGN_OR_RETURN(std::string bytes, ReadWhole(path, row.bytes));
  return DecodeRecord(row.key, HostBuffer(std::move(bytes)));
}

absl::StatusOr<IndexRow> ReadIndexRow(const std::filesystem::path& path) {
  std::error_code error;
  const uint64_t size = std::filesystem::file_size(path, error);
  if (error) return absl::DataLossError("the file has no size");
  DV_ASSIGN_OR_RETURN(const std::string bytes, ReadWhole(path, size));
  const HostBuffer shared(bytes.data(), bytes.size(), nullptr);
  DV_ASSIGN_OR_RETURN(const std::string key, KeyOfRecord(shared));
  DV_ASSIGN_OR_RETURN(const VisualizationRecord record, DecodeRecord(key, shared));
  return MakeIndexRow(key, bytes, record);
}

}  // namespace deepvision
