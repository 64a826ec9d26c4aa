// What the manifests on disk say, as plain structs. server/config parses the
// text format into them; the engine opens what they name.
//
// Every path is absolute by the time it stands here.
#ifndef DEEPVISION_CORE_API_MANIFEST_H_
#define DEEPVISION_CORE_API_MANIFEST_H_

#include <string>
#include <vector>

#include "core/api/types.h"

namespace deepvision {

enum class ResizePolicy { kCenterCrop, kStretch, kLetterbox };
enum class Interpolation { kBilinear, kBicubic };

// From a picture to the tensor a network sees: colours 0..255 are resized,
// cropped, divided by 255 and multiplied by `value_range`, then
// (value - mean) / std per channel.
struct Preprocessing {
  int channels = 3;
  int height = 0;
  int width = 0;
  ResizePolicy resize = ResizePolicy::kCenterCrop;
  int resize_shorter_side = 0;  // 0: max(height, width)
  Interpolation interpolation = Interpolation::kBilinear;
  float value_range = 1.0F;  // 1 or 255
  std::vector<float> mean;   // empty: 0; else one per channel
  std::vector<float> std;    // empty: 1; else one per channel, > 0
  bool bgr = false;
  std::vector<int> display_channels;  // for more than three channels
  bool guessed = false;               // height == 0 then means "find out from the file"

  bool operator==(const Preprocessing&) const = default;
};

struct NetworkManifest {
  std::string id;
  std::string title;
  std::string description;
  std::string model_file;
  std::string sha256;  // empty: not checked
  Preprocessing preprocessing;
  Task task = Task::kGuess;
  ScoreActivation score_activation = ScoreActivation::kGuess;
  std::vector<std::string> class_names;
  Numerics numerics = Numerics::kExact;

  bool operator==(const NetworkManifest&) const = default;
};

struct DatasetManifest {
  std::string id;
  std::string title;
  std::string description;
  std::string root;
  std::vector<std::string> class_names;  // empty: folder names, sorted
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_API_MANIFEST_H_
