// The members of one forward pass while it runs: who wants what, who is still
// there. A member leaves when it has everything, fails (by a status or an exception
// of torch) or is cancelled; that never disturbs the others.
//
// Threading: device worker only.
#ifndef DEEPVISION_CORE_ENGINE_PASS_MEMBERS_H_
#define DEEPVISION_CORE_ENGINE_PASS_MEMBERS_H_

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "core/engine/pass_member.h"

namespace deepvision {

class PassMembers {
 public:
  explicit PassMembers(const std::vector<std::shared_ptr<PassMember>>& members);

  // Asks everyone what it wants from this graph.
  void Select(const std::shared_ptr<const Specialisation>& specialisation);

  // What they want, each value once.
  std::vector<ValueId> Wanted() const;

  // Tells everyone the order of its values; `order` holds all that are wanted.
  void Begin(const std::vector<ValueId>& order);

  void HandOut(ValueId value, const at::Tensor& tensor);

  // Lets the cancelled go; true when nobody is left.
  bool AllGone();

  void EndAll(const absl::Status& status);

 private:
  struct Guest {
    std::shared_ptr<PassMember> member;  // null when it has left
    std::vector<ValueId> wanted;
    size_t missing = 0;  // values that it has not got
  };
  struct Seat {
    size_t guest;
    int position;  // in `wanted`
  };

  static void Leave(Guest& guest, const absl::Status& status);

  std::vector<Guest> guests_;
  absl::flat_hash_map<ValueId, std::vector<Seat>> seats_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_PASS_MEMBERS_H_
