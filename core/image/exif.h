// The orientation in a block of EXIF data.
#ifndef DEEPVISION_CORE_IMAGE_EXIF_H_
#define DEEPVISION_CORE_IMAGE_EXIF_H_

#include <cstddef>
#include <cstdint>

namespace deepvision {

// 1 to 8 as EXIF defines them; 1 (upright) when `data` holds no orientation or
// makes no sense. The "Exif\0\0" of JPEG and WebP before the TIFF header may be
// there or not. Reads nothing outside of [data, data + size).
int ExifOrientation(const uint8_t* data, size_t size);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_IMAGE_EXIF_H_
