#include "tests/support/fake_input.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/api/error.h"
#include "core/base/digest.h"

namespace deepvision {

std::string DigestOfInput(const Input& input) {
  Sha256 hash;
  hash.Update(absl::StrCat(input.index(), ":"));
  if (const auto* image = std::get_if<EncodedImage>(&input)) {
    hash.Update(image->bytes.data(), image->bytes.size());
  } else if (const auto* pixels = std::get_if<Pixels>(&input)) {
    hash.Update(pixels->bytes.data(), pixels->bytes.size());
  } else if (const auto* tensor = std::get_if<InputTensor>(&input)) {
    hash.Update(tensor->bytes.data(), tensor->bytes.size());
  } else if (const auto* noise = std::get_if<NoiseRef>(&input)) {
    hash.Update(absl::StrCat(noise->generator, ":", noise->seed));
  } else if (const auto* image = std::get_if<DatasetImageRef>(&input)) {
    hash.Update(absl::StrCat(image->dataset, ":", image->index));
  } else if (const auto* drawn = std::get_if<VisualizationRef>(&input)) {
    hash.Update(absl::StrCat(drawn->id, ":", drawn->unit, ":", drawn->image));
  }
  return hash.Finish();
}

uint64_t SaltOfInput(const Input& input) {
  uint64_t salt = 0;
  for (char c : DigestOfInput(input).substr(0, 6)) salt = salt * 31 + static_cast<unsigned char>(c);
  return salt;
}

ProducedBy FakeProducer(Numerics numerics) {
  return {"cpu", "fake", 1, numerics == Numerics::kDefault ? Numerics::kExact : numerics};
}

Prediction MakeFakePrediction(int top_k) {
  Prediction prediction;
  for (int i = 0; i < std::min(top_k, 10); ++i) {
    prediction.classes.push_back({i, absl::StrCat("class ", i), 5.0F - static_cast<float>(i),
                                  i < 9 ? 0.5F / static_cast<float>(1 << i) : 0.5F / 256});
  }
  return prediction;
}

absl::Status LayerNotFound(absl::string_view network, absl::string_view layer) {
  return WithReason(absl::NotFoundError(absl::StrCat("layer \"", layer, "\": network \"", network,
                                                     "\" has no such layer")),
                    "LAYER_NOT_FOUND",
                    {{"network", std::string(network)}, {"layer", std::string(layer)}});
}

}  // namespace deepvision
