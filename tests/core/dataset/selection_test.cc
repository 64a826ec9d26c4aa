#include "core/dataset/selection.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/folder.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

using Indices = std::vector<uint64_t>;

// Three pictures of "a", two of "b".
class FivePictures {
 public:
  FivePictures() {
    for (const char* name : {"a/1.png", "a/2.png", "a/3.png", "b/1.png", "b/2.png"}) {
      folder_.Write(name, "");
    }
    auto dataset = Dataset::Open({"five", "", "", folder_.path().string(), {}});
    REQUIRE_OK(dataset);
    dataset_ = *std::move(dataset);
  }

  absl::StatusOr<Indices> Select(const ImageSelection& selection) const {
    return SelectImages(*dataset_, selection);
  }
  Indices Selected(const ImageSelection& selection) const {
    const auto indices = Select(selection);
    REQUIRE_OK(indices);
    return *indices;
  }

 private:
  TestFolder folder_;
  std::unique_ptr<const Dataset> dataset_;
};

TEST_CASE("nothing selected means all", "[dataset][selection]") {
  CHECK(FivePictures().Selected({}) == Indices{0, 1, 2, 3, 4});
}

TEST_CASE("a range ends with the dataset", "[dataset][selection]") {
  const FivePictures five;
  CHECK(five.Selected(ImageRange{1, 2}) == Indices{1, 2});
  CHECK(five.Selected(ImageRange{3, 0}) == Indices{3, 4});
  CHECK(five.Selected(ImageRange{3, ~uint64_t{0}}) == Indices{3, 4});
  CHECK_STATUS(five.Select(ImageRange{5, 1}), absl::StatusCode::kOutOfRange, "0 to 4");
}

TEST_CASE("indices keep their order and may repeat", "[dataset][selection]") {
  const FivePictures five;
  CHECK(five.Selected(Indices{4, 0, 4}) == Indices{4, 0, 4});
  CHECK_STATUS(five.Select(Indices{0, 9}), absl::StatusCode::kOutOfRange, "index 9");
  CHECK_STATUS(five.Select(Indices(kMaxSelectedImages + 1)), absl::StatusCode::kInvalidArgument,
               "10000");
}

TEST_CASE("a class is selected by name", "[dataset][selection]") {
  const FivePictures five;
  CHECK(five.Selected(ImageClass{"b"}) == Indices{3, 4});
  CHECK_STATUS(five.Select(ImageClass{"c"}), absl::StatusCode::kNotFound, "2: a, b");
}

TEST_CASE("a sample repeats nothing and grows without changing", "[dataset][selection]") {
  const FivePictures five;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const Indices all = five.Selected(ImageSample{99, seed});
    CHECK(std::set<uint64_t>(all.begin(), all.end()) == std::set<uint64_t>{0, 1, 2, 3, 4});
    const Indices three = five.Selected(ImageSample{3, seed});
    CHECK(std::equal(three.begin(), three.end(), all.begin()));
  }
  CHECK_STATUS(five.Select(ImageSample{0, 1}), absl::StatusCode::kInvalidArgument, "at least 1");
}

TEST_CASE("the sample of a seed is the same on every machine", "[dataset][selection]") {
  CHECK(FivePictures().Selected(ImageSample{5, 7}) == Indices{2, 4, 0, 3, 1});
}

TEST_CASE("every order of a sample is equally likely", "[dataset][selection]") {
  const FivePictures five;
  std::map<Indices, int> counts;
  for (uint64_t seed = 0; seed < 20000; ++seed) ++counts[five.Selected(ImageSample{2, seed})];
  CHECK(counts.size() == 20);
  for (const auto& [pair, count] : counts) CHECK(count == Approx(1000).margin(155));
}

}  // namespace
}  // namespace deepvision
