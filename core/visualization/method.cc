#include "core/visualization/method.h"

#include <ATen/TensorOperators.h>

#include <variant>

#include "core/visualization/sample_view.h"

namespace deepvision {

std::unique_ptr<Method> MakeMethod(const MethodOptions& options) {
  if (const auto* robust = std::get_if<RobustMethod>(&options.method)) {
    return MakeRobust(*robust, options);
  }
  if (const auto* maco = std::get_if<MacoMethod>(&options.method)) {
    return MakeMaco(*maco, options);
  }
  return MakeFourier(std::get<FourierMethod>(options.method), options);
}

at::Tensor StartOfSize(const at::Tensor& start, const ImageSize& size, c10::ScalarType dtype) {
  const at::Tensor image = start.to(dtype).unsqueeze(0);
  const PlaneSize wanted = {size.height, size.width};
  return SampleView(image, WholeView({image.size(2), image.size(3)}, wanted), wanted);
}

at::Tensor Stretched(const at::Tensor& image, double low, double high) {
  const at::Tensor sorted = std::get<0>(image.flatten(1).sort(1));
  const auto at_quantile = [&](double quantile) {
    const auto last = static_cast<double>(sorted.size(1) - 1);
    return sorted.select(1, static_cast<int64_t>(quantile * last + 0.5)).view({-1, 1, 1, 1});
  };
  const at::Tensor least = at_quantile(low);
  const at::Tensor range = (at_quantile(high) - least).clamp_min(1e-30);
  return ((image - least) / range).clamp(0, 1);
}

}  // namespace deepvision
