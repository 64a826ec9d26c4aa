#include "core/engine/layer_selection.h"

#include <fnmatch.h>

#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/engine/nearest_ids.h"

namespace deepvision {
namespace {

bool IsGlob(const std::string& pattern) { return pattern.find_first_of("*?") != std::string::npos; }

std::vector<std::string> Matches(const std::string& glob, const std::vector<std::string>& ids) {
  std::vector<std::string> matches;
  for (const std::string& id : ids) {
    if (fnmatch(glob.c_str(), id.c_str(), FNM_NOESCAPE) == 0) matches.push_back(id);
  }
  return matches;
}

absl::StatusOr<std::vector<std::string>> Resolve(const Specialisation& specialisation,
                                                 const std::string& pattern) {
  if (!IsGlob(pattern)) {
    if (specialisation.Find(pattern)) return std::vector<std::string>{pattern};
    return UnknownId("layer", pattern, specialisation.AllIds(), "LAYER_NOT_FOUND");
  }
  std::vector<std::string> ids = Matches(pattern, specialisation.LayerIds());
  if (ids.empty()) ids = Matches(pattern, specialisation.AllIds());
  if (ids.empty()) {
    return UnknownId("layer", pattern, specialisation.LayerIds(), "LAYER_NOT_FOUND");
  }
  return ids;
}

}  // namespace

absl::StatusOr<std::vector<SelectedLayer>> SelectLayers(
    const Specialisation& specialisation, const std::vector<LayerSelection>& selections,
    const EncodingOptions& defaults) {
  std::vector<SelectedLayer> selected;
  absl::flat_hash_set<std::string> seen;
  const auto add = [&](const std::string& id, const EncodingOptions& options) {
    if (seen.insert(id).second) selected.push_back({id, *specialisation.Find(id), options});
  };
  if (selections.empty()) {
    for (const std::string& id : specialisation.LayerIds()) add(id, defaults);
  }
  for (const LayerSelection& selection : selections) {
    DV_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                        Resolve(specialisation, selection.pattern));
    for (const std::string& id : ids) add(id, selection.options);
  }
  return selected;
}

absl::StatusOr<std::vector<SelectedLayer>> SelectLayers(const Specialisation& specialisation,
                                                        const std::vector<std::string>& patterns) {
  std::vector<LayerSelection> selections;
  for (const std::string& pattern : patterns) selections.push_back({pattern, {}});
  return SelectLayers(specialisation, selections, {});
}

}  // namespace deepvision
