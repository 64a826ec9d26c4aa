#include "core/loader/model_archive.h"

#include <sys/stat.h>
#include <zip.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace deepvision {
namespace {

// LibTorch stores weights as they are and compresses code only.
constexpr uint64_t kMaxCompressedRecordBytes = uint64_t{256} << 20;
constexpr uint64_t kMaxGrowthBytes = uint64_t{1} << 30;
constexpr int64_t kMaxRecords = 1 << 20;
constexpr size_t kReadBytes = size_t{1} << 20;

struct CloseArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseRecord {
  void operator()(zip_file_t* record) const { zip_fclose(record); }
};
using Archive = std::unique_ptr<zip_t, CloseArchive>;
using Record = std::unique_ptr<zip_file_t, CloseRecord>;

absl::Status Damaged() { return absl::DataLossError("the file is damaged; copy or save it again"); }

absl::Status NoArchive() {
  return absl::InvalidArgumentError(
      "the file is no TorchScript archive, or only the beginning of one; save the network with "
      "torch.jit.script(model).save(…) or torch.jit.trace(model, example).save(…), and compare "
      "the size of the copy");
}

absl::Status OpenError(const zip_error_t& error) {
  if (zip_error_code_zip(&error) == ZIP_ER_NOZIP) return NoArchive();
  if (zip_error_code_zip(&error) == ZIP_ER_OPEN || zip_error_code_zip(&error) == ZIP_ER_READ) {
    return absl::NotFoundError(
        "the model file cannot be read; check that it exists and its "
        "permissions");
  }
  return Damaged();
}

// Takes over `source`.
absl::StatusOr<Archive> Open(zip_source_t* source, zip_error_t* error) {
  if (source == nullptr) return OpenError(*error);
  zip_t* archive = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, error);
  if (archive != nullptr) return Archive(archive);
  zip_source_free(source);
  return OpenError(*error);
}

absl::Status CheckSize(const zip_stat_t& record, uint64_t* growth) {
  constexpr uint64_t kNeeded = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD |
                               ZIP_STAT_CRC | ZIP_STAT_ENCRYPTION_METHOD;
  if ((record.valid & kNeeded) != kNeeded) return Damaged();
  if (record.encryption_method != ZIP_EM_NONE) {
    return absl::InvalidArgumentError("the file is encrypted; save it without a password");
  }
  if (record.comp_method == ZIP_CM_STORE) {
    return record.size == record.comp_size ? absl::OkStatus() : Damaged();
  }
  *growth += record.size;
  if (record.size <= kMaxCompressedRecordBytes && *growth <= kMaxGrowthBytes) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "the file has compressed records of too many bytes; save the network again with "
      "torch.jit.save, which compresses code only");
}

// Reads a record to its end, at which libzip compares the checksum.
absl::Status CheckContent(zip_t* archive, uint64_t index, uint64_t size,
                          std::vector<char>* buffer) {
  const Record record(zip_fopen_index(archive, index, 0));
  if (record == nullptr) return Damaged();
  uint64_t total = 0;
  while (true) {
    const int64_t count = zip_fread(record.get(), buffer->data(), buffer->size());
    if (count < 0) return Damaged();
    total += static_cast<uint64_t>(count);
    if (total > size) return Damaged();
    if (count == 0) return total == size ? absl::OkStatus() : Damaged();
  }
}

absl::Status CheckRecords(zip_t* archive) {
  const int64_t count = zip_get_num_entries(archive, 0);
  if (count <= 0) return NoArchive();
  if (count > kMaxRecords) return Damaged();
  std::vector<zip_stat_t> records(static_cast<size_t>(count));
  uint64_t growth = 0;
  for (size_t i = 0; i < records.size(); ++i) {
    if (zip_stat_index(archive, i, 0, &records[i]) != 0) return Damaged();
    DV_RETURN_IF_ERROR(CheckSize(records[i], &growth));
  }
  std::vector<char> buffer(kReadBytes);
  for (size_t i = 0; i < records.size(); ++i) {
    DV_RETURN_IF_ERROR(CheckContent(archive, i, records[i].size, &buffer));
  }
  return absl::OkStatus();
}

struct ZipError : zip_error_t {
  ZipError() { zip_error_init(this); }
  ~ZipError() { zip_error_fini(this); }
};

}  // namespace

absl::Status CheckModelArchive(const std::string& path) {
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) {
    return absl::NotFoundError(
        "the model file cannot be read; check that it exists and its "
        "permissions");
  }
  ZipError error;
  DV_ASSIGN_OR_RETURN(const Archive archive,
                      Open(zip_source_file_create(path.c_str(), 0, -1, &error), &error));
  return CheckRecords(archive.get());
}

absl::Status CheckModelArchive(const void* data, size_t size) {
  ZipError error;
  DV_ASSIGN_OR_RETURN(const Archive archive,
                      Open(zip_source_buffer_create(data, size, 0, &error), &error));
  return CheckRecords(archive.get());
}

}  // namespace deepvision
