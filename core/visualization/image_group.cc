#include "core/visualization/image_group.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros.h>

#include <cmath>

namespace deepvision {
namespace {

constexpr size_t kFarthestAligned = 4;
constexpr double kLeastNorm = 1e-5;  // l2_normalize(epsilon=1e-10) of the square

at::Tensor NormalizedGram(const at::Tensor& units) {
  // A copy begins at an aligned address wherever the image lies in its batch.
  const at::Tensor own = units.clone(at::MemoryFormat::Contiguous);
  const at::Tensor gram = at::mm(own, own.t());
  return gram / gram.square().sum().clamp_min(kLeastNorm * kLeastNorm).sqrt();
}

std::vector<at::Tensor> Zeros(const std::vector<at::Tensor>& images) {
  return std::vector<at::Tensor>(images.size(), at::zeros({}, images.at(0).options()));
}

}  // namespace

std::vector<at::Tensor> DiversityShares(const std::vector<at::Tensor>& images) {
  std::vector<at::Tensor> grams;
  for (const at::Tensor& image : images) grams.push_back(NormalizedGram(image));
  std::vector<at::Tensor> shares = Zeros(images);
  for (size_t i = 0; i < images.size(); ++i) {
    for (size_t j = 0; j < images.size(); ++j) {
      if (j == i) continue;
      shares[i] = shares[i] + (grams[i] * grams[j]).sum() / static_cast<double>(images.size());
    }
  }
  return shares;
}

std::vector<at::Tensor> AlignmentShares(const std::vector<at::Tensor>& images) {
  std::vector<at::Tensor> shares = Zeros(images);
  for (size_t d = 1; d <= kFarthestAligned; ++d) {
    for (size_t i = 0; i + d < images.size(); ++i) {
      const at::Tensor price =
          (images[i] - images[i + d]).square().mean() * std::pow(0.5, static_cast<double>(d));
      shares[i] = shares[i] + price / 2;
      shares[i + d] = shares[i + d] + price / 2;
    }
  }
  return shares;
}

void AddToEach(std::vector<at::Tensor>& sums, const std::vector<at::Tensor>& shares,
               double weight) {
  for (size_t i = 0; i < sums.size(); ++i) sums[i] = sums[i] + shares[i] * weight;
}

}  // namespace deepvision
