#include <ATen/TensorOperators.h>

#include "core/visualization/image_model.h"

namespace deepvision {
namespace {

class PixelImage final : public ImageModel {
 public:
  PixelImage(const ImageSize& size, c10::ScalarType dtype) : size_(size), dtype_(dtype) {}

  at::Tensor Noise(UnitRandom& random) const override {
    return random.Normals({1, size_.channels, size_.height, size_.width}, dtype_);
  }
  at::Tensor FromImage(const at::Tensor& image) const override { return image.to(dtype_).clone(); }
  at::Tensor Image(const at::Tensor& parameters) const override { return parameters; }

 private:
  const ImageSize size_;
  const c10::ScalarType dtype_;
};

}  // namespace

std::unique_ptr<ImageModel> MakePixelImage(const ImageSize& size, c10::ScalarType dtype) {
  return std::make_unique<PixelImage>(size, dtype);
}

}  // namespace deepvision
