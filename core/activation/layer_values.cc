#include "core/activation/layer_values.h"

#include <ATen/ops/from_blob.h>

#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/activation/plan_layer.h"

namespace deepvision {
namespace {

bool HasBatch(const at::Tensor& value) { return value.dim() > 0 && value.size(0) == 1; }

// Ordinary strided numbers, cut off from autograd. Operators that would do nothing
// are not called: small layers are encoded in the time of a few calls.
at::Tensor Plain(const at::Tensor& value) {
  at::Tensor plain = value.requires_grad() ? value.detach() : value;
  if (plain.is_quantized()) plain = plain.dequantize();
  if (plain.layout() != at::kStrided) plain = plain.to_dense();
  return plain.is_neg() ? plain.resolve_neg() : plain;
}

at::Tensor SelectChannels(const at::Tensor& values, int dimension,
                          const std::vector<int>& channels) {
  std::vector<int64_t> indices(channels.begin(), channels.end());
  const at::Tensor index =
      at::from_blob(indices.data(), {static_cast<int64_t>(indices.size())}, at::kLong);
  return values.index_select(dimension, index.to(values.device()));
}

at::Tensor OnHost(const at::Tensor& tensor, at::ScalarType type) {
  if (tensor.is_cpu() && tensor.scalar_type() == type) return tensor.contiguous();
  return tensor.to(at::TensorOptions().device(at::kCPU).dtype(type)).contiguous();
}

}  // namespace

absl::StatusOr<Shape> ShapeWithoutBatch(const at::Tensor& value, DataKind kind) {
  if (HasBatch(value)) return value.sizes().slice(1).vec();
  if (kind == DataKind::kOther) return value.sizes().vec();
  return absl::InternalError(absl::StrCat("a value of shape [", absl::StrJoin(value.sizes(), ", "),
                                          "] has no batch dimension of size 1"));
}

absl::Status CheckNumberType(const at::Tensor& value) {
  if (!value.is_complex()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "the layer holds complex numbers, which cannot be sent; choose another layer");
}

at::Tensor HostValues(const at::Tensor& tensor) {
  const at::Tensor plain = Plain(tensor);
  return OnHost(plain, plain.scalar_type() == at::kDouble ? at::kDouble : at::kFloat);
}

at::Tensor LayerValues(const at::Tensor& value, DataKind kind, const std::vector<int>& channels) {
  at::Tensor values = Plain(value);
  if (HasBatch(values)) values = values.select(0, 0);
  if (!channels.empty()) {
    const Shape shape = values.sizes().vec();
    values = SelectChannels(values, ChannelDimension(shape, kind).value_or(0), channels);
  }
  return OnHost(values, at::kFloat);
}

at::Tensor ByChannel(const at::Tensor& values, DataKind kind) {
  if (values.dim() == 0) return values.view({1, 1});
  if (kind == DataKind::kTokens) return values.t().contiguous();
  const int64_t channels = values.size(0);
  return values.view({channels, channels == 0 ? 0 : values.numel() / channels});
}

}  // namespace deepvision
