// Finds the ids that somebody who mistyped one may have meant.
//
// Threading: pure functions.
#ifndef DEEPVISION_CORE_ENGINE_NEAREST_IDS_H_
#define DEEPVISION_CORE_ENGINE_NEAREST_IDS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace deepvision {

// Up to `count` of `ids`, nearest first by edit distance; equal ones in their
// order.
std::vector<std::string> NearestIds(absl::string_view id, const std::vector<std::string>& ids,
                                    size_t count = 3);

// kNotFound: `<what> "<id>" does not exist; the nearest are "a", "b"`, with the
// reason and the metadata {kind: id}.
absl::Status UnknownId(absl::string_view what, absl::string_view id,
                       const std::vector<std::string>& ids, absl::string_view reason);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_NEAREST_IDS_H_
