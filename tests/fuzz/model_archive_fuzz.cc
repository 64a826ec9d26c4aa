// Bytes -> the check before a model file is opened: any answer, but an answer,
// and in the memory of one read buffer.
#include <cstdint>
#include <cstdlib>

#include "core/loader/model_archive.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::Status status = deepvision::CheckModelArchive(data, size);
  if (!status.ok() && status.message().empty()) std::abort();
  return 0;
}
