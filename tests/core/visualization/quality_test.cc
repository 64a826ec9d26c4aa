#include "core/visualization/quality.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/fft_irfft2.h>
#include <ATen/ops/full.h>
#include <ATen/ops/polar.h>

#include <cmath>

#include "core/visualization/image_model.h"
#include "core/visualization/spectrum.h"
#include "tests/core/visualization/tensors.h"
#include "tests/support/catch.h"

namespace deepvision {
namespace {

// A picture of random phases whose power falls like natural images', times
// (1 + k / 32)^tilt.
at::Tensor NaturalPicture(int64_t height, int64_t width, double tilt = 0) {
  at::Tensor k = FrequencyRadius(height, width) * 512;
  at::Tensor magnitude = NaturalMagnitude(0, height, width) * (1 + k / 32).pow(tilt);
  const at::Tensor phase = Normals({3, height, width / 2 + 1}) * 10;
  const int64_t size[] = {height, width};
  return at::fft_irfft2(at::polar(magnitude.expand_as(phase).contiguous(), phase),
                        at::IntArrayRef(size));
}

TEST_CASE("a picture with the spectrum of natural images is no distance from them",
          "[visualization]") {
  CHECK(SpectralDistance(NaturalPicture(128, 128)) < 0.25);
  CHECK(SpectralDistance(NaturalPicture(224, 150)) < 0.25);
}

TEST_CASE("noise is far from natural images, brightness and contrast do not matter",
          "[visualization]") {
  const at::Tensor picture = NaturalPicture(64, 64);
  CHECK(SpectralDistance(Normals({3, 64, 64})) > 1);
  CHECK(SpectralDistance(picture * 7 + 3) == Approx(SpectralDistance(picture)));
  CHECK(SpectralDistance(NaturalPicture(64, 64, 1)) >
        SpectralDistance(NaturalPicture(64, 64, 0.3)));
  CHECK(SpectralDistance(NaturalPicture(64, 64, 0.3)) > SpectralDistance(picture));
}

TEST_CASE("what has no spectrum has no distance", "[visualization]") {
  CHECK(std::isnan(SpectralDistance(at::full({3, 16, 16}, 0.5, at::kDouble))));
  CHECK(std::isnan(SpectralDistance(Normals({3, 2, 2}))));
}

}  // namespace
}  // namespace deepvision
