#include "core/input/normalize.h"

#include <array>

namespace deepvision {

void NormalizePicture(const Bitmap& picture, const Preprocessing& preprocessing, float* out) {
  const size_t channels = static_cast<size_t>(picture.channels);
  for (int channel = 0; channel < picture.channels; ++channel) {
    const ChannelScale scale(preprocessing, channel);
    std::array<float, 256> numbers;
    for (int colour = 0; colour < 256; ++colour) {
      numbers[static_cast<size_t>(colour)] = scale.FromByte(colour);
    }
    const size_t first = static_cast<size_t>(ColorOfChannel(preprocessing, channel));
    for (size_t i = first; i < picture.pixels.size(); i += channels) {
      *out++ = numbers[picture.pixels[i]];
    }
  }
}

void NormalizeUnit(const float* colours, size_t plane, const Preprocessing& preprocessing,
                   float* out) {
  for (int channel = 0; channel < preprocessing.channels; ++channel) {
    const ChannelScale scale(preprocessing, channel);
    const float* from =
        colours + static_cast<size_t>(ColorOfChannel(preprocessing, channel)) * plane;
    for (size_t i = 0; i < plane; ++i) *out++ = scale.FromUnit(from[i]);
  }
}

}  // namespace deepvision
