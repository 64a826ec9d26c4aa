#include "core/engine/nearest_ids.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/api/error.h"

namespace deepvision {
namespace {

// Longer ids are compared by their beginnings: this bounds the work for hostile
// requests.
constexpr size_t kComparedLength = 128;

size_t EditDistance(absl::string_view a, absl::string_view b) {
  a = a.substr(0, kComparedLength);
  b = b.substr(0, kComparedLength);
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::vector<std::string> NearestIds(absl::string_view id, const std::vector<std::string>& ids,
                                    size_t count) {
  std::vector<std::pair<size_t, const std::string*>> ranked;
  ranked.reserve(ids.size());
  for (const std::string& candidate : ids)
    ranked.emplace_back(EditDistance(id, candidate), &candidate);
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> nearest;
  for (size_t i = 0; i < ranked.size() && i < count; ++i) nearest.push_back(*ranked[i].second);
  return nearest;
}

absl::Status UnknownId(absl::string_view what, absl::string_view id,
                       const std::vector<std::string>& ids, absl::string_view reason) {
  const auto quoted = [](std::string* out, absl::string_view name) {
    absl::StrAppend(out, "\"", name, "\"");
  };
  const absl::string_view shown = id.substr(0, kComparedLength);
  std::string text = absl::StrCat(what, " \"", shown, "\" does not exist");
  const std::vector<std::string> nearest = NearestIds(id, ids);
  absl::StrAppend(&text, nearest.empty() ? "; there are none"
                                         : absl::StrCat("; the nearest are ",
                                                        absl::StrJoin(nearest, ", ", quoted)));
  return WithReason(absl::NotFoundError(text), reason, {{std::string(what), std::string(shown)}});
}

}  // namespace deepvision
