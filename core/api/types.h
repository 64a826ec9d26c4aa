// Plain value types that several parts of the engine's interface share.
//
// Shapes are without the batch dimension: [channels, height, width], [units] or
// [tokens, features].
#ifndef DEEPVISION_CORE_API_TYPES_H_
#define DEEPVISION_CORE_API_TYPES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace deepvision {

using Shape = std::vector<int64_t>;

// See deepvision.v1.Numerics.
enum class Numerics { kDefault, kExact, kFast, kBFloat16, kFloat16, kTf32 };

// See deepvision.v1.ProducedBy.
struct ProducedBy {
  std::string device;
  std::string build;
  int threads = 0;
  Numerics numerics = Numerics::kExact;
};

enum class RowOrder { kTopDown, kBottomUp };

// What the numbers of a value mean; see deepvision.v1.DataKind.
enum class DataKind { kNone, kFeatureMap, kVector, kTokens, kOther };

// How the tokens of a vision transformer lie on the picture.
struct TokenGrid {
  int rows = 0;
  int columns = 0;
  int prefix = 0;  // tokens before the first patch
};

enum class Task { kGuess, kClassification, kSegmentation, kFeatures };
enum class ScoreActivation { kGuess, kSoftmax, kSigmoid, kNone };

}  // namespace deepvision

#endif  // DEEPVISION_CORE_API_TYPES_H_
