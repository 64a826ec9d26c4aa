// The one wall at which exceptions of OpenCV stop. Private to core/image.
#ifndef DEEPVISION_CORE_IMAGE_OPENCV_STATUS_H_
#define DEEPVISION_CORE_IMAGE_OPENCV_STATUS_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

namespace deepvision {

// Runs `function` on this thread alone (OpenCV's own thread pool would take the
// cores away from the devices).
//   kResourceExhausted  memory ran out
//   kInternal           anything else that was thrown
absl::Status CallOpenCv(absl::FunctionRef<void()> function);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_IMAGE_OPENCV_STATUS_H_
