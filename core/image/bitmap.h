// An uncompressed picture in host memory.
//
// Layout: [height, width, channels] of uint8, row 0 on top, colours in the order
// red, green, blue (, alpha). One channel is gray, three are RGB, four are RGBA.
//
// Ownership: a Bitmap owns its pixels, whose rows follow each other without
// padding. A BitmapView borrows them: it must not outlive what it was made of.
//
// Threading: plain values.
#ifndef DEEPVISION_CORE_IMAGE_BITMAP_H_
#define DEEPVISION_CORE_IMAGE_BITMAP_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace deepvision {

struct BitmapView {
  const uint8_t* data = nullptr;
  int width = 0;
  int height = 0;
  int channels = 0;
  size_t stride_bytes = 0;  // from one row to the next, at least width * channels

  const uint8_t* Row(int y) const { return data + static_cast<size_t>(y) * stride_bytes; }
  size_t RowBytes() const { return static_cast<size_t>(width) * static_cast<size_t>(channels); }
};

struct Bitmap {
  int width = 0;
  int height = 0;
  int channels = 0;
  std::vector<uint8_t> pixels;

  BitmapView View() const {
    return {pixels.data(), width, height, channels,
            static_cast<size_t>(width) * static_cast<size_t>(channels)};
  }
  uint8_t* Row(int y) {
    return pixels.data() +
           static_cast<size_t>(y) * static_cast<size_t>(width) * static_cast<size_t>(channels);
  }
};

// A black bitmap. The caller has checked the sizes.
inline Bitmap MakeBitmap(int width, int height, int channels) {
  return {width, height, channels,
          std::vector<uint8_t>(static_cast<size_t>(width) * static_cast<size_t>(height) *
                               static_cast<size_t>(channels))};
}

}  // namespace deepvision

#endif  // DEEPVISION_CORE_IMAGE_BITMAP_H_
