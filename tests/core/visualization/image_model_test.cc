#include "core/visualization/image_model.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/fft_rfft2.h>
#include <ATen/ops/logit.h>
#include <ATen/ops/zeros.h>

#include "core/visualization/color.h"
#include "core/visualization/spectrum.h"
#include "tests/core/visualization/tensors.h"
#include "tests/support/catch.h"

namespace deepvision {
namespace {

constexpr c10::ScalarType kDouble = c10::ScalarType::Double;

std::unique_ptr<ImageModel> Fourier(ImageSize size, c10::ScalarType dtype = kDouble) {
  FourierImageOptions options;
  options.size = size;
  options.dtype = dtype;
  return MakeFourierImage(options);
}

std::unique_ptr<ImageModel> Phase(ImageSize size, const at::Tensor& magnitude = {}) {
  PhaseImageOptions options;
  options.size = size;
  options.magnitude = magnitude;
  options.dtype = kDouble;
  return MakePhaseImage(options);
}

TEST_CASE("an image written in frequencies is the one of Lucid's formula", "[visualization]") {
  for (const ImageSize& size : {ImageSize{3, 8, 10}, ImageSize{3, 7, 9}, ImageSize{1, 6, 5}}) {
    const std::string name = "fourier." + std::to_string(size.channels) + "x" +
                             std::to_string(size.height) + "x" + std::to_string(size.width);
    const at::Tensor image = Fourier(size)->Image(ReferenceTensor(name + ".parameters"));
    CHECK(Difference(image, ReferenceTensor(name + ".image")) < 1e-12);
  }
}

TEST_CASE("an image written in phases is the one of MACO's formula", "[visualization]") {
  for (const ImageSize& size : {ImageSize{3, 8, 10}, ImageSize{1, 6, 5}}) {
    const std::string name = "phase." + std::to_string(size.channels) + "x" +
                             std::to_string(size.height) + "x" + std::to_string(size.width);
    const auto model = Phase(size, ReferenceTensor(name + ".magnitude"));
    const at::Tensor image = model->Image(ReferenceTensor(name + ".parameters"));
    CHECK(Difference(image, ReferenceTensor(name + ".image")) < 1e-12);
  }
}

TEST_CASE("a start in frequencies is a grey of the deviation that Lucid's has", "[visualization]") {
  const auto deviation = [](int64_t side) {
    UnitRandom random({.seed = 5});
    const auto model = Fourier({1, side, side}, c10::ScalarType::Float);
    return at::logit(model->Image(model->Noise(random))).std().item<double>();
  };
  CHECK(deviation(128) == Approx(0.0195).margin(0.0015));
  CHECK(deviation(224) == Approx(0.0206).margin(0.0015));
  CHECK(deviation(512) == Approx(0.0221).margin(0.0015));
}

TEST_CASE("the parameters of a given image give that image", "[visualization]") {
  for (const ImageSize& size : {ImageSize{3, 8, 10}, ImageSize{1, 7, 5}, ImageSize{4, 6, 6}}) {
    const at::Tensor image = Normals({1, size.channels, size.height, size.width}).sigmoid();
    const auto model = Fourier(size);
    CHECK(Difference(model->Image(model->FromImage(image)), image) < 1e-9);
    const auto pixels = MakePixelImage(size, kDouble);
    CHECK(Difference(pixels->Image(pixels->FromImage(image)), image) == 0);
  }
}

TEST_CASE("gradients of images equal numerical ones", "[visualization][gradient]") {
  const auto fourier = Fourier({3, 5, 6});
  CHECK(GradientError([&](const at::Tensor& z) { return fourier->Image(z); },
                      Normals({1, 3, 5, 4, 2})) < 1e-8);
  const auto phase = Phase({3, 6, 5});
  CHECK(GradientError([&](const at::Tensor& p) { return phase->Image(p); }, Normals({1, 3, 6, 3})) <
        1e-8);
}

TEST_CASE("an image depends on its own parameters only", "[visualization]") {
  const auto fourier = Fourier({3, 6, 6});
  const auto phase = Phase({3, 6, 6});
  const at::Tensor z = Normals({2, 3, 6, 4, 2});
  CHECK(Difference(fourier->Image(z)[1], fourier->Image(z.narrow(0, 1, 1))[0]) < 1e-14);
  const at::Tensor p = Normals({2, 3, 6, 4});
  CHECK(Difference(phase->Image(p)[1], phase->Image(p.narrow(0, 1, 1))[0]) < 1e-14);
}

TEST_CASE("whatever its phases, the image keeps the magnitudes' proportions", "[visualization]") {
  const at::Tensor image = Phase({1, 16, 16})->Image(Normals({1, 1, 16, 9}));
  const at::Tensor ratio =
      (at::fft_rfft2(at::logit(image))[0][0].abs() / NaturalMagnitude(0, 16, 16))
          .slice(0, 1)
          .slice(1, 1, 8);
  CHECK((ratio.max() / ratio.min()).item<double>() == Approx(1).margin(1e-4));
}

TEST_CASE("decorrelated colours and back are the same colours", "[visualization]") {
  const at::Tensor rgb = Normals({2, 3, 4, 5});
  CHECK(Difference(LatentToRgb(RgbToLatent(rgb)), rgb) < 1e-12);
  at::Tensor brightness = at::zeros({1, 3, 1, 1}, at::kDouble);
  brightness[0][0][0][0] = 1;
  const at::Tensor first = LatentToRgb(brightness);
  CHECK(first[0][0][0][0].item<double>() == Approx(0.5628286).margin(1e-6));
  CHECK(first[0][1][0][0].item<double>() == Approx(0.5844758).margin(1e-6));
}

}  // namespace
}  // namespace deepvision
