#include "core/engine/pass_members.h"

#include <utility>

#include "absl/container/flat_hash_set.h"
#include "core/api/error.h"
#include "core/device/torch_status.h"

namespace deepvision {

PassMembers::PassMembers(const std::vector<std::shared_ptr<PassMember>>& members) {
  for (const std::shared_ptr<PassMember>& member : members) guests_.push_back({member, {}, 0});
}

void PassMembers::Leave(Guest& guest, const absl::Status& status) {
  const std::shared_ptr<PassMember> member = std::exchange(guest.member, nullptr);
  if (member != nullptr) member->End(status);
}

void PassMembers::Select(const std::shared_ptr<const Specialisation>& specialisation) {
  for (Guest& guest : guests_) {
    if (guest.member == nullptr) continue;
    absl::StatusOr<std::vector<ValueId>> wanted =
        CallTorch([&] { return guest.member->Select(specialisation); });
    if (!wanted.ok()) {
      Leave(guest, wanted.status());
      continue;
    }
    guest.wanted = *std::move(wanted);
    guest.missing = guest.wanted.size();
  }
}

std::vector<ValueId> PassMembers::Wanted() const {
  std::vector<ValueId> wanted;
  absl::flat_hash_set<ValueId> seen;
  for (const Guest& guest : guests_) {
    if (guest.member == nullptr) continue;
    for (const ValueId value : guest.wanted) {
      if (seen.insert(value).second) wanted.push_back(value);
    }
  }
  return wanted;
}

void PassMembers::Begin(const std::vector<ValueId>& order) {
  std::vector<std::vector<int>> positions(guests_.size());  // by guest, in order
  for (size_t i = 0; i < guests_.size(); ++i) {
    for (size_t k = 0; k < guests_[i].wanted.size(); ++k) {
      seats_[guests_[i].wanted[k]].push_back({i, static_cast<int>(k)});
    }
  }
  for (const ValueId value : order) {
    const auto seats = seats_.find(value);
    if (seats == seats_.end()) continue;
    for (const Seat& seat : seats->second) positions[seat.guest].push_back(seat.position);
  }
  for (size_t i = 0; i < guests_.size(); ++i) {
    Guest& guest = guests_[i];
    if (guest.member == nullptr) continue;
    const absl::Status begun = CallTorch([&] { return guest.member->Begin(positions[i]); });
    if (!begun.ok() || guest.missing == 0) Leave(guest, begun);
  }
}

void PassMembers::HandOut(ValueId value, const at::Tensor& tensor) {
  const auto seats = seats_.find(value);
  if (seats == seats_.end()) return;
  for (const Seat& seat : seats->second) {
    Guest& guest = guests_[seat.guest];
    if (guest.member == nullptr) continue;
    const absl::Status delivered =
        CallTorch([&] { return guest.member->Deliver(seat.position, tensor); });
    --guest.missing;
    if (!delivered.ok() || guest.missing == 0) Leave(guest, delivered);
  }
}

bool PassMembers::AllGone() {
  bool all_gone = true;
  for (Guest& guest : guests_) {
    if (guest.member == nullptr) continue;
    if (guest.member->IsCancelled()) {
      Leave(guest, RequestCancelled());
    } else {
      all_gone = false;
    }
  }
  return all_gone;
}

void PassMembers::EndAll(const absl::Status& status) {
  for (Guest& guest : guests_) Leave(guest, status);
}

}  // namespace deepvision
