// The one wall at which exceptions of torch stop.
//
//   absl::StatusOr<at::Tensor> sum = CallTorch([&] { return at::add(a, b); });
//   absl::Status status = CallTorch([&] { executor.Run(stack); });
//
// A function that returns absl::Status or absl::StatusOr keeps that type.
//   kResourceExhausted  the device is out of memory
//   kInternal           anything else that was thrown; the text is the first
//                       line of the exception, for the log and not for clients
//
// Threading: plain function; runs `function` on the calling thread.
#ifndef DEEPVISION_CORE_DEVICE_TORCH_STATUS_H_
#define DEEPVISION_CORE_DEVICE_TORCH_STATUS_H_

#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace deepvision {

// The exception that is being handled, as a Status. Only inside a catch block.
absl::Status TorchExceptionToStatus();

namespace internal {
template <typename T>
struct TorchResult {
  using Type = absl::StatusOr<T>;
};
template <>
struct TorchResult<void> {
  using Type = absl::Status;
};
template <>
struct TorchResult<absl::Status> {
  using Type = absl::Status;
};
template <typename T>
struct TorchResult<absl::StatusOr<T>> {
  using Type = absl::StatusOr<T>;
};
}  // namespace internal

template <typename Function>
auto CallTorch(Function&& function) ->
    typename internal::TorchResult<std::invoke_result_t<Function>>::Type {
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<Function>>) {
      std::forward<Function>(function)();
      return absl::OkStatus();
    } else {
      return std::forward<Function>(function)();
    }
  } catch (...) {
    return TorchExceptionToStatus();
  }
}

}  // namespace deepvision

#endif  // DEEPVISION_CORE_DEVICE_TORCH_STATUS_H_
