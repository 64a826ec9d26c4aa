// How an answer comes that takes a while.
#ifndef DEEPVISION_CORE_API_CALLBACK_H_
#define DEEPVISION_CORE_API_CALLBACK_H_

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"

namespace deepvision {

// Called exactly once.
template <typename T>
using Callback = absl::AnyInvocable<void(absl::StatusOr<T>) &&>;

}  // namespace deepvision

#endif  // DEEPVISION_CORE_API_CALLBACK_H_
