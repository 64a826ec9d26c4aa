#include "core/device/torch_status.h"

#include <c10/util/Exception.h>

#include <exception>
#include <new>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/api/error.h"

namespace deepvision {
namespace {

// torch appends stack traces and source excerpts after the first line.
std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

absl::Status OutOfMemory() {
  return WithReason(absl::ResourceExhaustedError(
                        "the device is out of memory; ask for fewer or smaller inputs, or retry"),
                    "DEVICE_OUT_OF_MEMORY", {}, absl::Seconds(1));
}

}  // namespace

absl::Status TorchExceptionToStatus() {
  try {
    throw;
  } catch (const c10::OutOfMemoryError&) {
    return OutOfMemory();
  } catch (const std::bad_alloc&) {
    return OutOfMemory();
  } catch (const c10::Error& error) {
    // The CPU allocator throws a plain Error when memory runs out.
    const std::string line = FirstLine(error.what_without_backtrace());
    if (line.find("DefaultCPUAllocator: can't allocate memory") != std::string::npos) {
      return OutOfMemory();
    }
    return absl::InternalError(line);
  } catch (const std::exception& error) {
    return absl::InternalError(FirstLine(error.what()));
  } catch (...) {
    return absl::InternalError("an exception of unknown type");
  }
}

}  // namespace deepvision
