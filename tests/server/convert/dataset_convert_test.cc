#include "server/convert/dataset_convert.h"

#include <google/protobuf/text_format.h>

#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

absl::StatusOr<ImagesQuery> Images(const std::string& text) {
  v1::StreamImagesRequest request;
  REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &request));
  return FromProto(std::move(request));
}

absl::StatusOr<InputQuery> Input(const std::string& text) {
  v1::StreamInputRequest request;
  REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &request));
  return FromProto(std::move(request));
}

TEST_CASE("every bad field of StreamImages is named", "[server][convert]") {
  using Case = std::pair<const char*, const char*>;
  const auto [text, field] = GENERATE(values<Case>({
      {"", "dataset: is empty"},
      {"dataset: 'd' indices {}", "indices.indices: has 0 entries"},
      {"dataset: 'd' sample { count: 0 }", "sample.count: "},
      {"dataset: 'd' sample { count: 10001 }", "sample.count: "},
      {"dataset: 'd' class_name: ''", "class_name: is empty"},
      {"dataset: 'd' max_side: 16385", "max_side: "},
      {"dataset: 'd' encoding: 44", "encoding: "},
      {"dataset: 'd' row_order: ROW_ORDER_BOTTOM_UP", "row_order: "},
  }));
  CHECK_STATUS(Images(text), absl::StatusCode::kInvalidArgument, field);
}

TEST_CASE("selections of pictures keep their meaning", "[server][convert]") {
  CHECK(std::holds_alternative<std::monostate>(Images("dataset: 'd'")->selection));
  const auto range = Images("dataset: 'd' range { first: 3 count: 4 }");
  CHECK(std::get<ImageRange>(range->selection).first == 3);
  const auto indices = Images("dataset: 'd' indices { indices: [5, 1] }");
  CHECK(std::get<std::vector<uint64_t>>(indices->selection) == std::vector<uint64_t>{5, 1});
  const auto sample = Images("dataset: 'd' sample { count: 2 seed: 9 }");
  CHECK(std::get<ImageSample>(sample->selection).seed == 9);
  CHECK(std::get<ImageClass>(Images("dataset: 'd' class_name: 'x'")->selection).name == "x");
}

TEST_CASE("an input that only a network can explain needs one", "[server][convert]") {
  CHECK_STATUS(Input("input { zeros: true }"), absl::StatusCode::kInvalidArgument,
               "network: is empty");
  CHECK_STATUS(Input("input { noise {} } form: INPUT_FORM_TENSOR"),
               absl::StatusCode::kInvalidArgument, "network: is empty");
  REQUIRE_OK(Input("input { noise {} }"));
  REQUIRE_OK(Input("input { zeros: true } network: 'n'"));
}

}  // namespace
}  // namespace deepvision
