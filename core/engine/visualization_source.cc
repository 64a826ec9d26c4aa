#include "core/engine/visualization_source.h"

#include <ATen/ops/empty.h>

#include <cstring>

#include "absl/strings/str_cat.h"
#include "core/api/error.h"
#include "core/base/digest.h"
#include "core/base/status_macros.h"
#include "core/device/torch_status.h"

namespace deepvision {
namespace {

constexpr char kField[] = "input.visualization";

absl::Status InField(const absl::Status& status) {
  absl::Status named(status.code(), absl::StrCat(kField, ": ", status.message()));
  status.ForEachPayload(
      [&](absl::string_view type, const absl::Cord& payload) { named.SetPayload(type, payload); });
  return named;
}

// [1, channels, height, width] of bytes that need not be aligned.
absl::StatusOr<at::Tensor> TensorOf(const HostBuffer& bytes, int channels,
                                    const VisualizationRecord& record) {
  return CallTorch([&]() -> absl::StatusOr<at::Tensor> {
    at::Tensor tensor = at::empty({1, channels, record.height, record.width}, at::kFloat);
    if (bytes.size() != tensor.nbytes()) return absl::DataLossError("a stored image has no size");
    std::memcpy(tensor.mutable_data_ptr<float>(), bytes.data(), bytes.size());
    return tensor;
  });
}

// The job was asked for by this name, so the rest of it does not matter.
std::string DigestOf(const VisualizationRecord& record, int image) {
  Sha256 hash;
  hash.Update(absl::StrCat("visualization ", record.model_digest, " ", record.job, " ", record.unit,
                           " ", image, " ", absl::ToUnixNanos(record.finished)));
  return hash.Finish();
}

absl::StatusOr<Preprocessing> PreprocessingOf(const VisualizationRecord& record,
                                              const NetworkList& networks) {
  const auto found = networks.Find(record.network);
  if (found.ok()) {
    NetworkInfo info = (*found)->Info();
    if (info.digest == record.model_digest) return std::move(info.input);
  }
  return WithReason(
      absl::NotFoundError(absl::StrCat(kField, ": the network \"", record.network,
                                       "\" that it was made for is not served any more")),
      "NETWORK_CHANGED", {{"network", record.network}});
}

}  // namespace

absl::StatusOr<SourceImage> VisualizationSource::Find(const VisualizationRef& ref) const {
  const absl::StatusOr<SharedRecord> found = jobs_->Result(ref.id, ref.unit);
  if (!found.ok()) return InField(found.status());
  const VisualizationRecord& record = **found;
  if (ref.image < 0 || static_cast<size_t>(ref.image) >= record.images.size()) {
    return absl::OutOfRangeError(absl::StrCat(kField, ".image: is ", ref.image, "; the unit has ",
                                              record.images.size(), " images"));
  }
  const RecordedImage& image = record.images[static_cast<size_t>(ref.image)];
  SourceImage source;
  DV_ASSIGN_OR_RETURN(source.preprocessing, PreprocessingOf(record, networks_));
  DV_ASSIGN_OR_RETURN(source.values, TensorOf(image.values, record.channels, record));
  DV_ASSIGN_OR_RETURN(source.display, TensorOf(image.display, record.display_channels, record));
  source.digest = DigestOf(record, ref.image);
  return source;
}

}  // namespace deepvision
