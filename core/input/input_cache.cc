#include "core/input/input_cache.h"

#include <bit>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/api/error.h"
#include "core/base/status_macros.h"
#include "core/input/input_digest.h"
#include "core/input/load_picture.h"
#include "core/input/source_tensor.h"

namespace deepvision {
namespace {

// What an entry costs beside its bytes.
constexpr uint64_t kEntryBytes = 512;

uint64_t ByteCount(const Input& input) {
  return kEntryBytes + std::visit(
                           [](const auto& member) -> uint64_t {
                             if constexpr (requires { member.bytes.size(); }) {
                               return member.bytes.size();
                             }
                             return 0;
                           },
                           input);
}

// Exactly.
std::string Bits(const std::vector<float>& numbers) {
  return absl::StrJoin(numbers, ",", [](std::string* out, float number) {
    absl::StrAppend(out, std::bit_cast<uint32_t>(number));
  });
}

// The digest and everything that decides what becomes of the input.
std::string TensorKey(const std::string& digest, const Preprocessing& p, bool fixed_size) {
  return absl::StrCat(digest, " ", p.channels, " ", p.height, " ", p.width, " ",
                      static_cast<int>(p.resize), " ", p.resize_shorter_side, " ",
                      static_cast<int>(p.interpolation), " ",
                      std::bit_cast<uint32_t>(p.value_range), " mean ", Bits(p.mean), " std ",
                      Bits(p.std), " ", p.bgr, " ", fixed_size);
}

}  // namespace

absl::StatusOr<PreparedInput> InputCache::Prepare(const Input& input,
                                                  const Preprocessing& preprocessing,
                                                  const DatasetRegistry& datasets,
                                                  const InputLimits& limits,
                                                  const TensorSource* visualizations) {
  if (const auto* ref = std::get_if<VisualizationRef>(&input); ref && visualizations != nullptr) {
    return PrepareImage("", *ref, preprocessing, limits, *visualizations);
  }
  const std::string digest = InputDigest(input);
  const std::string key = TensorKey(digest, preprocessing, limits.fixed_size);
  if (const std::optional<Entry> found = cache_.Find(key)) {
    cache_.Peek(digest);  // used, too
    return PreparedInput{found->tensor, digest};
  }
  DV_ASSIGN_OR_RETURN(const Input whole, Recall(input));
  if (const auto* ref = std::get_if<VisualizationRef>(&whole); ref && visualizations != nullptr) {
    return PrepareImage(digest, *ref, preprocessing, limits, *visualizations);
  }
  DV_ASSIGN_OR_RETURN(at::Tensor tensor, PrepareTensor(whole, preprocessing, datasets, limits));
  cache_.Put(key, {nullptr, tensor}, kEntryBytes + tensor.nbytes());
  Keep(digest, whole);
  return PreparedInput{std::move(tensor), digest};
}

// What an id and a unit name may become another image, so the digest is the image's.
absl::StatusOr<PreparedInput> InputCache::PrepareImage(const std::string& named,
                                                       const VisualizationRef& ref,
                                                       const Preprocessing& preprocessing,
                                                       const InputLimits& limits,
                                                       const TensorSource& visualizations) {
  DV_ASSIGN_OR_RETURN(const SourceImage image, visualizations.Find(ref));
  if (!named.empty() && named != image.digest) return InputExpired(named);
  const std::string key = TensorKey(image.digest, preprocessing, limits.fixed_size);
  if (const std::optional<Entry> found = cache_.Find(key)) {
    return PreparedInput{found->tensor, image.digest};
  }
  DV_ASSIGN_OR_RETURN(at::Tensor tensor, TensorOf(image, preprocessing));
  cache_.Put(key, {nullptr, tensor}, kEntryBytes + tensor.nbytes());
  Keep(image.digest, ref);
  return PreparedInput{std::move(tensor), image.digest};
}

absl::StatusOr<Input> InputCache::Recall(const Input& input) {
  const auto* const named = std::get_if<InputByDigest>(&input);
  if (named == nullptr) return input;
  const std::optional<Entry> found = cache_.Peek(named->digest);
  if (!found.has_value()) return InputExpired(named->digest);
  return *found->input;
}

void InputCache::Keep(const std::string& digest, const Input& input) {
  if (cache_.Peek(digest).has_value()) return;
  cache_.Put(digest, {std::make_shared<const Input>(input), {}}, ByteCount(input));
}

absl::StatusOr<std::string> InputCache::Remember(const Input& input) {
  const uint64_t bytes = ByteCount(input);
  const uint64_t capacity = cache_.Statistics().capacity_bytes;
  if (bytes > capacity) {
    return WithReason(
        absl::ResourceExhaustedError(absl::StrCat("the input is larger than the ", capacity,
                                                  " bytes that the server keeps of inputs")),
        "INPUT_TOO_LARGE");
  }
  std::string digest = InputDigest(input);
  Keep(digest, input);
  return digest;
}

}  // namespace deepvision
