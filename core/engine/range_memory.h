// The ranges of a live configuration's layers, which follow its frames.
//
// Threading: device worker only; frames come one after the other.
#ifndef DEEPVISION_CORE_ENGINE_RANGE_MEMORY_H_
#define DEEPVISION_CORE_ENGINE_RANGE_MEMORY_H_

#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "core/activation/smoothed_range.h"

namespace deepvision {

class RangeMemory {
 public:
  // That of the layer `id`, a new one at first.
  std::shared_ptr<SmoothedRange> Of(const std::string& id) {
    std::shared_ptr<SmoothedRange>& range = ranges_[id];
    if (range == nullptr) range = std::make_shared<SmoothedRange>();
    return range;
  }

 private:
  absl::flat_hash_map<std::string, std::shared_ptr<SmoothedRange>> ranges_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_RANGE_MEMORY_H_
