#include <string>
#include <vector>

#include "core/base/digest.h"
#include "deepvision/v1/dataset.grpc.pb.h"
#include "tests/support/catch.h"
#include "tests/support/loopback_server.h"

namespace deepvision {
namespace {

using Service = v1::DatasetService;

struct Pictures {
  grpc::Status status;
  std::vector<v1::Image> images;
  std::optional<v1::StreamTrailer> trailer;
};

Pictures Stream(const LoopbackServer& server, const v1::StreamImagesRequest& request) {
  Pictures out;
  const auto context = MakeContext();
  const auto stub = server.Stub<Service>();
  const auto reader = stub->StreamImages(context.get(), request);
  v1::StreamImagesResponse message;
  std::string data;
  while (reader->Read(&message)) {
    if (message.has_image()) {
      out.images.push_back(message.image());
      data.clear();
    }
    data += message.data();
    if (message.has_end()) CHECK(message.end().crc32() == Crc32(data.data(), data.size()));
    if (message.has_trailer()) out.trailer = message.trailer();
  }
  out.status = reader->Finish();
  return out;
}

TEST_CASE("datasets and generators are listed", "[server][rpc]") {
  LoopbackServer server;
  const auto stub = server.Stub<Service>();
  v1::ListDatasetsResponse datasets;
  REQUIRE(stub->ListDatasets(MakeContext().get(), v1::ListDatasetsRequest(), &datasets).ok());
  REQUIRE(datasets.datasets_size() == 1);
  CHECK(datasets.datasets(0).image_count() == 6);
  CHECK(datasets.datasets(0).class_names(1) == "ring");
  v1::ListNoiseGeneratorsRequest request;
  request.set_page_size(1);
  v1::ListNoiseGeneratorsResponse generators;
  REQUIRE(stub->ListNoiseGenerators(MakeContext().get(), request, &generators).ok());
  CHECK(generators.generators_size() == 1);
  CHECK_FALSE(generators.next_page_token().empty());
}

TEST_CASE("pictures come in the order asked for, then the trailer", "[server][rpc]") {
  LoopbackServer server;
  v1::StreamImagesRequest request;
  request.set_dataset("shapes");
  request.mutable_indices()->add_indices(4);
  request.mutable_indices()->add_indices(1);
  const Pictures pictures = Stream(server, request);
  REQUIRE(pictures.status.ok());
  REQUIRE(pictures.images.size() == 2);
  CHECK(pictures.images[0].index() == 4);
  CHECK(pictures.images[1].index() == 1);
  CHECK(pictures.images[1].class_name() == "ring");
  CHECK(pictures.images[1].label() == 1);
  CHECK(pictures.trailer->item_count() == 2);
}

TEST_CASE("an index past the end is OUT_OF_RANGE", "[server][rpc]") {
  LoopbackServer server;
  v1::StreamImagesRequest request;
  request.set_dataset("shapes");
  request.mutable_range()->set_first(6);
  CHECK(Stream(server, request).status.error_code() == grpc::StatusCode::OUT_OF_RANGE);
  request.set_dataset("nope");
  CHECK(Stream(server, request).status.error_code() == grpc::StatusCode::NOT_FOUND);
}

TEST_CASE("an input comes back as a picture or as the network's tensor", "[server][rpc]") {
  LoopbackServer server;
  v1::StreamInputRequest request;
  request.mutable_input()->mutable_noise()->set_seed(3);
  request.set_network("tiny_resnet");
  for (const auto form : {v1::INPUT_FORM_PICTURE, v1::INPUT_FORM_TENSOR}) {
    request.set_form(form);
    const auto context = MakeContext();
    const auto stub = server.Stub<Service>();
    const auto reader = stub->StreamInput(context.get(), request);
    v1::StreamInputResponse message;
    REQUIRE(reader->Read(&message));
    CHECK(message.has_image() == (form == v1::INPUT_FORM_PICTURE));
    CHECK(message.has_tensor() == (form == v1::INPUT_FORM_TENSOR));
    CHECK(message.end().byte_count() == message.data().size());
    if (message.has_tensor()) {
      CHECK(message.tensor().shape_size() == 3);
      CHECK(message.tensor().input_digest().size() == 64);
    }
    REQUIRE(reader->Read(&message));
    CHECK(message.trailer().item_count() == 1);
    CHECK_FALSE(reader->Read(&message));
    CHECK(reader->Finish().ok());
  }
}

}  // namespace
}  // namespace deepvision
