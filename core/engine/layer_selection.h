// Which layers a request means.
//
// Threading: pure functions.
#ifndef DEEPVISION_CORE_ENGINE_LAYER_SELECTION_H_
#define DEEPVISION_CORE_ENGINE_LAYER_SELECTION_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/api/activation.h"
#include "core/engine/specialisation.h"

namespace deepvision {

struct SelectedLayer {
  std::string id;
  Addressed addressed;
  EncodingOptions options;
};

// Ids and globs ('*', '?') -> ids, each once and by its first selection. A glob
// means layers of the LAYERS view; where it matches none of them, any id.
//   kNotFound  an id or a glob that names nothing; the text names the nearest
absl::StatusOr<std::vector<SelectedLayer>> SelectLayers(
    const Specialisation& specialisation, const std::vector<LayerSelection>& selections,
    const EncodingOptions& defaults);

// The same for patterns without options.
absl::StatusOr<std::vector<SelectedLayer>> SelectLayers(const Specialisation& specialisation,
                                                        const std::vector<std::string>& patterns);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_LAYER_SELECTION_H_
