// Colours <-> the numbers that a network reads. Private to core/input.
//
//   number = (colour * value_range - mean) / std     colour in 0..1, per channel
//
// in float, rounded after each step like torchvision's ToTensor and Normalize.
// `mean` and `std` are in the order of the network's channels.
//
// Threading: plain functions.
#ifndef DEEPVISION_CORE_INPUT_NORMALIZE_H_
#define DEEPVISION_CORE_INPUT_NORMALIZE_H_

#include <cstddef>

#include "core/api/manifest.h"
#include "core/image/bitmap.h"

namespace deepvision {

// The numbers of one channel.
class ChannelScale {
 public:
  ChannelScale(const Preprocessing& preprocessing, int channel)
      : range_(preprocessing.value_range),
        mean_(At(preprocessing.mean, channel, 0)),
        std_(At(preprocessing.std, channel, 1)) {}

  float FromUnit(float colour) const { return (colour * range_ - mean_) / std_; }
  // Of 0..255. The quotient is exact for the ranges 1 and 255.
  float FromByte(int colour) const {
    return (static_cast<float>(colour) / (255.0F / range_) - mean_) / std_;
  }
  float ToUnit(float number) const { return (number * std_ + mean_) / range_; }

 private:
  static float At(const std::vector<float>& values, int channel, float otherwise) {
    return values.empty() ? otherwise : values[static_cast<size_t>(channel)];
  }

  float range_;
  float mean_;
  float std_;
};

// Which colour (0 red, 1 green, 2 blue) the network reads as `channel`.
inline int ColorOfChannel(const Preprocessing& preprocessing, int channel) {
  return preprocessing.bgr && preprocessing.channels == 3 ? 2 - channel : channel;
}

// `picture` [height, width, channels] -> `out` [channels, height, width].
void NormalizePicture(const Bitmap& picture, const Preprocessing& preprocessing, float* out);

// `colours` and `out` [channels, height, width] with `plane` numbers per channel;
// they must not overlap.
void NormalizeUnit(const float* colours, size_t plane, const Preprocessing& preprocessing,
                   float* out);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_INPUT_NORMALIZE_H_
