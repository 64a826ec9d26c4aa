#include "core/dataset/selection.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <unordered_map>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "core/dataset/philox.h"

namespace deepvision {
namespace {

using Indices = std::vector<uint64_t>;

Indices Count(uint64_t first, uint64_t count) {
  Indices indices(count);
  std::iota(indices.begin(), indices.end(), first);
  return indices;
}

absl::Status CheckCount(uint64_t count, const char* field) {
  if (count <= kMaxSelectedImages) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": at most ", kMaxSelectedImages, " pictures can be asked for at once"));
}

// A number in [0, bound), every one equally likely: words that would favour the
// small ones are thrown away (D. Lemire, 2019).
uint64_t NumberBelow(uint64_t bound, uint64_t seed, uint64_t step) {
  const uint64_t threshold = (0 - bound) % bound;
  for (uint64_t attempt = 0;; ++attempt) {
    const PhiloxBlock words = PhiloxAt(seed, step, 1 + attempt);
    const uint64_t word = uint64_t{words[0]} << 32 | words[1];
    const auto product = static_cast<unsigned __int128>(word) * bound;
    if (static_cast<uint64_t>(product) >= threshold) return static_cast<uint64_t>(product >> 64);
  }
}

// The shuffle on an array of 0, 1, 2, … of which only the moved entries exist.
Indices Sample(uint64_t size, uint64_t count, uint64_t seed) {
  std::unordered_map<uint64_t, uint64_t> moved;
  const auto value_at = [&](uint64_t position) {
    const auto entry = moved.find(position);
    return entry == moved.end() ? position : entry->second;
  };
  Indices drawn;
  for (uint64_t step = 0; step < count; ++step) {
    const uint64_t position = step + NumberBelow(size - step, seed, step);
    drawn.push_back(value_at(position));
    moved[position] = value_at(step);
  }
  return drawn;
}

struct Selector {
  const Dataset& dataset;

  absl::StatusOr<Indices> operator()(std::monostate) const { return Count(0, dataset.size()); }

  absl::StatusOr<Indices> operator()(const ImageRange& range) const {
    DV_RETURN_IF_ERROR(dataset.CheckIndex(range.first));
    const uint64_t rest = dataset.size() - range.first;
    return Count(range.first, range.count == 0 ? rest : std::min(range.count, rest));
  }

  absl::StatusOr<Indices> operator()(const Indices& indices) const {
    DV_RETURN_IF_ERROR(CheckCount(indices.size(), "indices"));
    for (const uint64_t index : indices) DV_RETURN_IF_ERROR(dataset.CheckIndex(index));
    return indices;
  }

  absl::StatusOr<Indices> operator()(const ImageClass& wanted) const {
    const std::vector<std::string>& names = dataset.info().class_names;
    const auto name = std::find(names.begin(), names.end(), wanted.name);
    if (name == names.end()) return UnknownClass(wanted.name);
    const auto label = static_cast<uint32_t>(name - names.begin());
    Indices indices;
    for (uint64_t index = 0; index < dataset.size(); ++index) {
      if (dataset.Label(index) == label) indices.push_back(index);
    }
    return indices;
  }

  absl::StatusOr<Indices> operator()(const ImageSample& sample) const {
    DV_RETURN_IF_ERROR(CheckCount(sample.count, "sample.count"));
    if (sample.count == 0) return absl::InvalidArgumentError("sample.count: must be at least 1");
    return Sample(dataset.size(), std::min<uint64_t>(sample.count, dataset.size()), sample.seed);
  }

  absl::Status UnknownClass(const std::string& wanted) const {
    const std::vector<std::string>& names = dataset.info().class_names;
    const auto end = names.begin() + std::min<std::ptrdiff_t>(10, std::ssize(names));
    return absl::NotFoundError(
        absl::StrCat("class_name: dataset \"", dataset.info().id, "\" has no class \"", wanted,
                     "\"; it has ", names.size(), ": ", absl::StrJoin(names.begin(), end, ", "),
                     end == names.end() ? "" : ", ..."));
  }
};

}  // namespace

absl::StatusOr<std::vector<uint64_t>> SelectImages(const Dataset& dataset,
                                                   const ImageSelection& selection) {
  return std::visit(Selector{dataset}, selection);
}

}  // namespace deepvision
