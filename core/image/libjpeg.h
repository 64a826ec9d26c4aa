// libjpeg with errors that jump back to the caller instead of ending the
// process.
//
//   LibJpegError error;
//   info.err = InstallLibJpegError(&error);
//   if (setjmp(error.jump) != 0) { … destroy info; return false; }
//
// longjmp skips destructors: between setjmp and the last call of libjpeg there
// is no object that has one.
#ifndef DEEPVISION_CORE_IMAGE_LIBJPEG_H_
#define DEEPVISION_CORE_IMAGE_LIBJPEG_H_

// jpeglib.h needs FILE and size_t, but includes neither.
// clang-format off
#include <cstddef>
#include <cstdio>
#include <jpeglib.h>
// clang-format on

#include <csetjmp>

namespace deepvision {

struct LibJpegError {
  jpeg_error_mgr base;  // first, so that libjpeg's pointer is a pointer to this
  std::jmp_buf jump;
};

inline jpeg_error_mgr* InstallLibJpegError(LibJpegError* error) {
  jpeg_error_mgr* base = jpeg_std_error(&error->base);
  base->error_exit = [](j_common_ptr info) {
    std::longjmp(reinterpret_cast<LibJpegError*>(info->err)->jump, 1);
  };
  base->output_message = [](j_common_ptr) {};
  return base;
}

}  // namespace deepvision

#endif  // DEEPVISION_CORE_IMAGE_LIBJPEG_H_
