#include "server/config/cache_flags.h"

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

ABSL_FLAG(int64_t, cache_bytes, int64_t{512} << 20,
          "Bytes of layers of recent inputs that are kept, so that another request about an input "
          "computes nothing twice; 0: none.");
ABSL_FLAG(int64_t, input_cache_bytes, int64_t{256} << 20,
          "Bytes of recent inputs that are kept, so that clients can name them by their digest and "
          "no picture is decoded twice; 0: none.");
ABSL_FLAG(int64_t, max_upload_bytes, int64_t{256} << 20,
          "Largest input that can be uploaded in parts; never more than --input_cache_bytes.");
ABSL_FLAG(
    int64_t, request_memory_bytes, int64_t{2} << 30,
    "Bytes of layers that all running requests together may hold for readers that are slow; a "
    "request that needs more is refused before anything is computed.");

namespace deepvision {
namespace {

constexpr int64_t kMaxBytes = int64_t{1} << 40;

absl::StatusOr<uint64_t> Bytes(absl::string_view flag, int64_t value) {
  if (value >= 0 && value <= kMaxBytes) return static_cast<uint64_t>(value);
  return absl::InvalidArgumentError(
      absl::StrCat("--", flag, " is ", value, "; it must be 0 to ", kMaxBytes));
}

}  // namespace

absl::StatusOr<CacheFlags> ReadCacheFlags() {
  CacheFlags flags;
  DV_ASSIGN_OR_RETURN(flags.cache_bytes, Bytes("cache_bytes", absl::GetFlag(FLAGS_cache_bytes)));
  DV_ASSIGN_OR_RETURN(flags.input_cache_bytes,
                      Bytes("input_cache_bytes", absl::GetFlag(FLAGS_input_cache_bytes)));
  DV_ASSIGN_OR_RETURN(flags.max_upload_bytes,
                      Bytes("max_upload_bytes", absl::GetFlag(FLAGS_max_upload_bytes)));
  DV_ASSIGN_OR_RETURN(flags.request_memory_bytes,
                      Bytes("request_memory_bytes", absl::GetFlag(FLAGS_request_memory_bytes)));
  return flags;
}

}  // namespace deepvision
