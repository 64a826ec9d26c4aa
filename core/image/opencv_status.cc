#include "core/image/opencv_status.h"

#include <new>
#include <opencv2/core.hpp>

#include "absl/strings/str_cat.h"

namespace deepvision {

absl::Status CallOpenCv(absl::FunctionRef<void()> function) {
  [[maybe_unused]] static const bool single_threaded = (cv::setNumThreads(1), true);
  try {
    function();
    return absl::OkStatus();
  } catch (const cv::Exception& error) {
    if (error.code == cv::Error::StsNoMem) {
      return absl::ResourceExhaustedError("out of memory for a picture; retry");
    }
    return absl::InternalError(absl::StrCat("OpenCV: ", error.err));
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("out of memory for a picture; retry");
  }
}

}  // namespace deepvision
