// What several images of one unit pay for being alike, or for being different
// (lucid/optvis/objectives.py: diversity, alignment). Private to core/visualization.
//
// Shapes: images [units, positions] each; a share per image, whose sum is the price.
// Threading: plain functions. Errors: torch's exceptions.
#ifndef DEEPVISION_CORE_VISUALIZATION_IMAGE_GROUP_H_
#define DEEPVISION_CORE_VISUALIZATION_IMAGE_GROUP_H_

#include <ATen/core/Tensor.h>

#include <vector>

namespace deepvision {

// Image i's share: 1/n sum over j != i of <G_i, G_j>, G = F F^T / |F F^T|.
std::vector<at::Tensor> DiversityShares(const std::vector<at::Tensor>& images);

// The price is the sum over d = 1..4 and i of mean((a_i - a_{i+d})^2) / 2^d; each of
// a pair bears half.
std::vector<at::Tensor> AlignmentShares(const std::vector<at::Tensor>& images);

// sums[i] += weight * shares[i]
void AddToEach(std::vector<at::Tensor>& sums, const std::vector<at::Tensor>& shares, double weight);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_VISUALIZATION_IMAGE_GROUP_H_
