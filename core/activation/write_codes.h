// Writes the UINT8 codes of a layer, as one channel after the other or as tiles
// on sheets, top down or bottom up.
//
// Threading: pure function, but it runs torch: on the device worker only.
// Errors: torch's exceptions and std::bad_alloc; call inside CallTorch.
#ifndef DEEPVISION_CORE_ACTIVATION_WRITE_CODES_H_
#define DEEPVISION_CORE_ACTIVATION_WRITE_CODES_H_

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/activation/float_kernels.h"
#include "core/activation/host_bytes.h"
#include "core/activation/plan_layer.h"
#include "core/activation/smoothed_range.h"
#include "core/api/activation.h"
#include "core/api/types.h"

namespace deepvision {

struct CodedLayer {
  Quantization quantization;
  FiniteRange seen;  // over all channels
  HostBytes bytes;
  uint32_t crc32 = 0;
};

// `values` is what LayerValues gives, already reduced to `size.shape`. The bytes
// are of `pool`, if there is one. `smoothed` is needed by ValueRange::kSmoothed and
// takes this frame into account.
CodedLayer WriteCodes(const at::Tensor& values, DataKind kind, const EncodingOptions& options,
                      const EncodedSize& size, BufferPool* pool = nullptr,
                      SmoothedRange* smoothed = nullptr);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ACTIVATION_WRITE_CODES_H_
