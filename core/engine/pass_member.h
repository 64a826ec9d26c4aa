// One request's part in a forward pass that it may share with others.
//
// Threading: every method is called on the device worker, except that End may
// come from any thread when the pass cannot be posted or the engine stops.
#ifndef DEEPVISION_CORE_ENGINE_PASS_MEMBER_H_
#define DEEPVISION_CORE_ENGINE_PASS_MEMBER_H_

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/engine/specialisation.h"

namespace deepvision {

class PassMember {
 public:
  // A member that never saw its End reports so itself.
  virtual ~PassMember() = default;

  virtual bool IsCancelled() const = 0;

  // The values that it wants from this graph. First; an error is its End.
  virtual absl::StatusOr<std::vector<ValueId>> Select(
      std::shared_ptr<const Specialisation> specialisation) = 0;

  // The order in which they will come, as positions in what Select returned; an
  // error is its End. After this, nothing but computing is left.
  virtual absl::Status Begin(const std::vector<int>& order) = 0;

  // One of them, which nobody ever writes to. An error is its End.
  virtual absl::Status Deliver(int position, const at::Tensor& value) = 0;

  // Last, once: OK when every value was delivered.
  virtual void End(absl::Status status) = 0;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_PASS_MEMBER_H_
