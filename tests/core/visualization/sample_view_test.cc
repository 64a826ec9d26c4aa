#include "core/visualization/sample_view.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/affine_grid_generator.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/full.h>
#include <ATen/ops/grid_sampler_2d.h>
#include <ATen/ops/replication_pad2d.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/upsample_bilinear2d.h>

#include "tests/core/visualization/tensors.h"
#include "tests/support/catch.h"

namespace deepvision {
namespace {

// Rotated, enlarged, shifted, partly outside.
constexpr View kView = {0.8, -0.3, 1.3, 0.35, 0.9, -0.7, 0.5};

TEST_CASE("the whole image at its own size is the image to the bit", "[visualization][sample]") {
  const at::Tensor image = Normals({2, 3, 5, 7}).to(at::kFloat);
  CHECK(SampleView(image, View{}, {5, 7}).equal(image));
}

TEST_CASE("the whole image at another size is torch's bilinear resize", "[visualization][sample]") {
  const at::Tensor image = Normals({1, 3, 5, 7});
  for (const PlaneSize& size : {PlaneSize{11, 9}, PlaneSize{4, 20}}) {
    const at::Tensor expected = at::upsample_bilinear2d(image, {size.height, size.width}, false);
    const at::Tensor result = SampleView(image, WholeView({5, 7}, size), size);
    CHECK(Difference(result, expected) < 1e-12);
  }
}

TEST_CASE("a sampled view is what grid_sampler_2d makes of it", "[visualization][sample]") {
  const at::Tensor image = Normals({1, 3, 6, 8});
  const at::Tensor map = at::tensor({kView.xx * 9 / 8, kView.xy * 5 / 8, 2 * kView.x0 / 8,
                                     kView.yx * 9 / 6, kView.yy * 5 / 6, 2 * kView.y0 / 6},
                                    at::kDouble)
                             .view({1, 2, 3});
  const at::Tensor grid = at::affine_grid_generator(map, {1, 3, 5, 9}, false);
  const at::Tensor expected = at::grid_sampler_2d(image - 0.5, grid, 0, 0, false) + 0.5;
  CHECK(Difference(SampleView(image, kView, {5, 9}), expected) < 1e-12);
  CHECK(Difference(SampleView(image.to(at::kFloat), kView, {5, 9}), expected) < 1e-5);
}

TEST_CASE("what lies outside has the given colour", "[visualization][sample]") {
  const View far = {.x0 = 100, .outside = 0.25};
  const at::Tensor result = SampleView(Normals({1, 1, 4, 4}), far, {4, 4});
  CHECK(result.equal(at::full({1, 1, 4, 4}, 0.25, at::kDouble)));
}

TEST_CASE("beyond its border a view is black, as a padded image is", "[visualization][sample]") {
  View view = kView;
  view.border = 2;
  const at::Tensor image = Normals({1, 3, 6, 8});
  const at::Tensor padded = at::constant_pad_nd(image, {2, 2, 2, 2}, 0.5);
  View beyond = kView;
  beyond.outside = 0;
  CHECK(Difference(SampleView(image, view, {15, 19}), SampleView(padded, beyond, {15, 19})) <
        1e-12);
}

// By conv2d, which knows nothing of rows and columns.
at::Tensor BlurredByConvolution(const at::Tensor& padded, double strength) {
  const at::Tensor row = at::tensor({strength / 2, 1 - strength, strength / 2}, at::kDouble);
  const at::Tensor kernel = (row.view({3, 1}) * row).view({1, 1, 3, 3});
  return at::conv2d(padded.transpose(0, 1), kernel).transpose(0, 1);
}

TEST_CASE("a blurred view shows a convolved image", "[visualization][sample]") {
  const at::Tensor image = Normals({1, 3, 6, 8});
  View view = kView;
  view.blur = 0.4;
  const at::Tensor padded = at::constant_pad_nd(image, {1, 1, 1, 1}, 0.5);
  const at::Tensor expected = SampleView(BlurredByConvolution(padded, 0.4), kView, {5, 9});
  CHECK(Difference(SampleView(image, view, {5, 9}), expected) < 1e-12);
}

TEST_CASE("without padding a blur repeats the colours at the edge", "[visualization][sample]") {
  const at::Tensor image = Normals({1, 3, 6, 8});
  const at::Tensor padded = at::replication_pad2d(image, {1, 1, 1, 1});
  CHECK(Difference(SampleView(image, {.blur = 0.5}, {6, 8}), BlurredByConvolution(padded, 0.5)) <
        1e-12);
}

TEST_CASE("gradients of sampled views equal numerical ones", "[visualization][gradient]") {
  View repeating = kView;
  repeating.outside.reset();
  View bordered = kView;
  bordered.border = 1;
  View blurred = kView;
  blurred.blur = 0.5;
  for (const View& view : {View{}, kView, repeating, bordered, blurred, View{.blur = 0.3},
                           WholeView({4, 5}, {6, 3})}) {
    CHECK(GradientError(
              [&](const at::Tensor& x) {
                return SampleView(x, view, {6, 3});
              },
              Normals({2, 2, 4, 5})) < 1e-8);
  }
}

}  // namespace
}  // namespace deepvision
