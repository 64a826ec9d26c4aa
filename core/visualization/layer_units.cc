#include "core/visualization/layer_units.h"

namespace deepvision {

at::Tensor UnitsAtPositions(const at::Tensor& value, DataKind kind) {
  const at::Tensor image = value.select(0, 0);
  if (kind == DataKind::kVector) return image.unsqueeze(1);
  return kind == DataKind::kTokens ? image.transpose(0, 1) : image.flatten(1);
}

}  // namespace deepvision
