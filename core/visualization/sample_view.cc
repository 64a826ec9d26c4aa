#include "core/visualization/sample_view.h"

#include <ATen/Dispatch.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/affine_grid_generator.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/grid_sampler_2d.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace deepvision {
namespace {

// Of grid_sampler_2d.
constexpr int64_t kZeros = 0;
constexpr int64_t kRepeatBorder = 1;

// Beside the image: the colour `outside`, and 0.
constexpr int64_t kBorder = -1;
constexpr int64_t kBeyond = -2;

// Whether a pixel lies on a plane with so many pixels more around it.
bool IsOn(double x, double y, double last_x, double last_y, double more) {
  return x >= -more && y >= -more && x <= last_x + more && y <= last_y + more;
}

// The four pixels around a point, clockwise from the upper left.
template <typename T>
struct Taps {
  std::array<int64_t, 4> pixel;  // of a plane; or kBorder, kBeyond
  std::array<T, 4> weight;
};

// The taps of one row of what is seen.
template <typename T>
void FindTaps(const View& view, const PlaneSize& image, const PlaneSize& seen, int64_t row,
              std::vector<Taps<T>>& taps) {
  const double y = static_cast<double>(row) + 0.5 - static_cast<double>(seen.height) / 2;
  const bool repeats = !view.outside;
  const double last_x = static_cast<double>(image.width - 1);
  const double last_y = static_cast<double>(image.height - 1);
  for (int64_t column = 0; column < seen.width; ++column) {
    const double x = static_cast<double>(column) + 0.5 - static_cast<double>(seen.width) / 2;
    const double at_x = view.xx * x + view.xy * y + view.x0 + image.width / 2.0 - 0.5;
    const double at_y = view.yx * x + view.yy * y + view.y0 + image.height / 2.0 - 0.5;
    const double left = std::floor(at_x);
    const double top = std::floor(at_y);
    const double right_share = at_x - left;
    const double lower_share = at_y - top;
    Taps<T>& tap = taps[static_cast<size_t>(column)];
    for (size_t k = 0; k < 4; ++k) {
      double px = left + static_cast<double>(k % 2);
      double py = top + static_cast<double>(k / 2);
      if (repeats) {
        px = std::clamp(px, 0.0, last_x);
        py = std::clamp(py, 0.0, last_y);
      }
      if (IsOn(px, py, last_x, last_y, 0)) {
        tap.pixel[k] = static_cast<int64_t>(py) * image.width + static_cast<int64_t>(px);
      } else {
        tap.pixel[k] = IsOn(px, py, last_x, last_y, view.border) ? kBorder : kBeyond;
      }
      tap.weight[k] = static_cast<T>((k % 2 ? right_share : 1 - right_share) *
                                     (k / 2 ? lower_share : 1 - lower_share));
    }
  }
}

// Calls visit(plane, row, taps) for each row of each plane.
template <typename T, typename Visit>
void ForEachRow(const View& view, const PlaneSize& image, const PlaneSize& seen, int64_t planes,
                Visit visit) {
  std::vector<Taps<T>> taps(static_cast<size_t>(seen.width));
  for (int64_t row = 0; row < seen.height; ++row) {
    FindTaps(view, image, seen, row, taps);
    for (int64_t plane = 0; plane < planes; ++plane) visit(plane, row, taps);
  }
}

PlaneSize SizeOf(const at::Tensor& image) { return {image.size(2), image.size(3)}; }

template <typename T>
void Gather(const at::Tensor& image, const View& view, at::Tensor& result) {
  const PlaneSize from = SizeOf(image);
  const PlaneSize seen = SizeOf(result);
  const T* const colors = image.const_data_ptr<T>();
  T* const out = result.mutable_data_ptr<T>();
  const T outside = static_cast<T>(view.outside.value_or(0));
  ForEachRow<T>(view, from, seen, image.size(0) * image.size(1),
                [&](int64_t plane, int64_t row, const std::vector<Taps<T>>& taps) {
                  const T* const source = colors + plane * from.height * from.width;
                  T* const target = out + (plane * seen.height + row) * seen.width;
                  for (size_t column = 0; column < taps.size(); ++column) {
                    T sum = 0;
                    for (size_t k = 0; k < 4; ++k) {
                      const int64_t pixel = taps[column].pixel[k];
                      if (taps[column].weight[k] == 0 || pixel == kBeyond) continue;
                      sum += taps[column].weight[k] * (pixel == kBorder ? outside : source[pixel]);
                    }
                    target[column] = sum;
                  }
                });
}

template <typename T>
void Scatter(const at::Tensor& gradient, const View& view, at::Tensor& result) {
  const PlaneSize into = SizeOf(result);
  const PlaneSize seen = SizeOf(gradient);
  const T* const slopes = gradient.const_data_ptr<T>();
  T* const out = result.mutable_data_ptr<T>();
  ForEachRow<T>(view, into, seen, result.size(0) * result.size(1),
                [&](int64_t plane, int64_t row, const std::vector<Taps<T>>& taps) {
                  const T* const source = slopes + (plane * seen.height + row) * seen.width;
                  T* const target = out + plane * into.height * into.width;
                  for (size_t column = 0; column < taps.size(); ++column) {
                    for (size_t k = 0; k < 4; ++k) {
                      const int64_t pixel = taps[column].pixel[k];
                      if (pixel >= 0) target[pixel] += taps[column].weight[k] * source[column];
                    }
                  }
                });
}

std::vector<double> Numbers(const View& view) {
  std::vector<double> numbers = {view.xx, view.xy, view.x0, view.yx, view.yy, view.y0, view.border};
  if (view.outside) numbers.push_back(*view.outside);
  return numbers;
}

View FromNumbers(const std::vector<double>& n) {
  View view = {n[0], n[1], n[2], n[3], n[4], n[5], {}, n[6]};
  if (n.size() > 7) view.outside = n[7];
  return view;
}

struct SampleFunction : torch::autograd::Function<SampleFunction> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& image,
                            const View& view, const PlaneSize& seen) {
    context->saved_data["view"] = Numbers(view);
    context->saved_data["sizes"] = image.sizes().vec();
    at::Tensor result =
        at::empty({image.size(0), image.size(1), seen.height, seen.width}, image.options());
    const at::Tensor colors = image.contiguous();
    AT_DISPATCH_FLOATING_TYPES(image.scalar_type(), "SampleView",
                               [&] { Gather<scalar_t>(colors, view, result); });
    return result;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const View view = FromNumbers(context->saved_data["view"].toDoubleVector());
    const at::Tensor gradient = gradients[0].contiguous();
    at::Tensor result = at::zeros(context->saved_data["sizes"].toIntVector(), gradient.options());
    AT_DISPATCH_FLOATING_TYPES(gradient.scalar_type(), "SampleView",
                               [&] { Scatter<scalar_t>(gradient, view, result); });
    return {result, at::Tensor(), at::Tensor()};
  }
};

// In grid_sampler_2d's coordinates, -1..1 from border to border.
at::Tensor SampleOnDevice(const at::Tensor& image, const View& view, const PlaneSize& seen) {
  const double h = static_cast<double>(image.size(2));
  const double w = static_cast<double>(image.size(3));
  const double sh = static_cast<double>(seen.height);
  const double sw = static_cast<double>(seen.width);
  const at::Tensor map = at::tensor({view.xx * sw / w, view.xy * sh / w, 2 * view.x0 / w,
                                     view.yx * sw / h, view.yy * sh / h, 2 * view.y0 / h},
                                    at::kDouble)
                             .view({1, 2, 3})
                             .to(image.options())
                             .expand({image.size(0), 2, 3});
  const at::Tensor grid = at::affine_grid_generator(
      map, {image.size(0), image.size(1), seen.height, seen.width}, /*align_corners=*/false);
  if (!view.outside) return at::grid_sampler_2d(image, grid, 0, kRepeatBorder, false);
  return at::grid_sampler_2d(image - *view.outside, grid, 0, kZeros, false) + *view.outside;
}

// The image with its border, which then needs no rule of its own.
at::Tensor WithBorder(const at::Tensor& image, const View& view) {
  const auto pixels = static_cast<int64_t>(view.border);
  return at::constant_pad_nd(image, {pixels, pixels, pixels, pixels}, *view.outside);
}

at::Tensor Smoothed(const at::Tensor& longer, int64_t dim, double share) {
  const int64_t size = longer.size(dim) - 2;
  const at::Tensor neighbours = longer.narrow(dim, 0, size) + longer.narrow(dim, 2, size);
  return longer.narrow(dim, 1, size) * (1 - share) + neighbours * (share / 2);
}

// One more pixel at both ends.
at::Tensor Lengthened(const at::Tensor& image, int64_t dim, const View& view) {
  const at::Tensor first = image.narrow(dim, 0, 1);
  const at::Tensor last = image.narrow(dim, -1, 1);
  if (!view.outside) return at::cat({first, image, last}, dim);
  const at::Tensor outside = at::full_like(first, *view.outside);
  return at::cat({outside, image, outside}, dim);
}

at::Tensor Blurred(const at::Tensor& image, const View& view) {
  const at::Tensor columns = Smoothed(Lengthened(image, 2, view), 2, view.blur);
  return Smoothed(Lengthened(columns, 3, view), 3, view.blur);
}

at::Tensor Sampled(const at::Tensor& image, const View& view, const PlaneSize& seen) {
  if (!image.is_cpu() && view.outside && std::isfinite(view.border)) {
    View beyond = view;
    beyond.outside = 0;
    return SampleOnDevice(WithBorder(image, view), beyond, seen);
  }
  if (!image.is_cpu()) return SampleOnDevice(image, view, seen);
  return SampleFunction::apply(image, view, seen);
}

}  // namespace

at::Tensor SampleView(const at::Tensor& image, const View& view, const PlaneSize& seen) {
  return Sampled(view.blur > 0 ? Blurred(image, view) : image, view, seen);
}

}  // namespace deepvision
