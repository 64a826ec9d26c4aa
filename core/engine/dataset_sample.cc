#include "core/engine/dataset_sample.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/digest.h"
#include "core/base/status_macros.h"

namespace deepvision {
namespace {

constexpr uint64_t kMostPictures = 64;

}  // namespace

std::vector<uint64_t> SampleIndices(const Dataset& dataset) {
  const uint64_t size = dataset.size(), count = std::min(size, kMostPictures);
  std::vector<uint64_t> indices;
  for (uint64_t i = 0; i < count; ++i) indices.push_back(i * size / count);
  return indices;
}

absl::StatusOr<PictureList> SamplePictures(const std::string& dataset,
                                           const Preprocessing& preprocessing,
                                           const DatasetRegistry& datasets,
                                           const InputLimits& limits) {
  DV_ASSIGN_OR_RETURN(const Dataset* const found, datasets.Find(dataset));
  std::vector<uint64_t> indices = SampleIndices(*found);
  Sha256 hash;
  hash.Update(absl::StrCat(
      preprocessing.height, "x", preprocessing.width, " ", static_cast<int>(preprocessing.resize),
      " ", preprocessing.resize_shorter_side, " ", static_cast<int>(preprocessing.interpolation)));
  for (const uint64_t index : indices) {
    DV_ASSIGN_OR_RETURN(const HostBuffer file, found->ReadImage(index, limits.max_encoded_bytes));
    hash.Update(file.data(), file.size());
  }
  PictureList pictures;
  pictures.count = static_cast<int>(indices.size());
  pictures.digest = hash.Finish();
  pictures.picture = [=, indices = std::move(indices),
                      &datasets](int i) -> absl::StatusOr<at::Tensor> {
    const Input picture = DatasetImageRef{dataset, indices[static_cast<size_t>(i)]};
    return PrepareTensor(picture, preprocessing, datasets, limits);
  };
  return pictures;
}

}  // namespace deepvision
