#include "core/input/input_digest.h"

#include <array>
#include <variant>

#include "absl/strings/string_view.h"
#include "core/base/digest.h"
#include "core/dataset/noise.h"

namespace deepvision {
namespace {

// Writes one member of the variant into the hash.
class Hasher {
 public:
  std::string Finish() { return hash_.Finish(); }

  void operator()(std::monostate) { Text("none"); }
  void operator()(const DatasetImageRef& ref) {
    Text("dataset_image");
    Text(ref.dataset);
    Number(ref.index);
  }
  void operator()(const NoiseRef& ref) {
    Text("noise");
    Text(ref.generator.empty() ? NoiseGenerators().front().info.id : ref.generator);
    Number(ref.seed);
  }
  void operator()(const EncodedImage& image) {
    Text("encoded_image");
    Bytes(image.bytes);
  }
  void operator()(const Pixels& pixels) {
    Text("pixels");
    Number(static_cast<uint64_t>(pixels.format));
    Number(static_cast<uint64_t>(pixels.width));
    Number(static_cast<uint64_t>(pixels.height));
    Number(static_cast<uint64_t>(pixels.row_order));
    Bytes(pixels.bytes);
  }
  void operator()(const InputTensor& tensor) {
    Text("tensor");
    Number(tensor.shape.size());
    for (const int64_t size : tensor.shape) Number(static_cast<uint64_t>(size));
    Number(static_cast<uint64_t>(tensor.space));
    Bytes(tensor.bytes);
  }
  void operator()(ZerosInput) { Text("zeros"); }
  void operator()(BlackInput) { Text("black"); }
  void operator()(const InputByDigest&) {}
  void operator()(const VisualizationRef& ref) {
    Text("visualization");
    Text(ref.id);
    Number(static_cast<uint64_t>(ref.unit));
    Number(static_cast<uint64_t>(ref.image));
  }

 private:
  void Number(uint64_t value) {
    std::array<uint8_t, 8> bytes;
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(value >> (8 * i));
    hash_.Update(bytes.data(), bytes.size());
  }
  void Text(absl::string_view text) {
    Number(text.size());
    hash_.Update(text);
  }
  void Bytes(const HostBuffer& bytes) {
    Number(bytes.size());
    hash_.Update(bytes.data(), bytes.size());
  }

  Sha256 hash_;
};

}  // namespace

std::string InputDigest(const Input& input) {
  if (const auto* const named = std::get_if<InputByDigest>(&input)) return named->digest;
  Hasher hasher;
  std::visit(hasher, input);
  return hasher.Finish();
}

}  // namespace deepvision
