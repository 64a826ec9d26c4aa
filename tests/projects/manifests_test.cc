// The committed manifests against the files and the code they describe.
#include <google/protobuf/text_format.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "core/base/digest.h"
#include "datasets/shapes/generator/shapes.h"
#include "deepvision/config/v1/dataset.pb.h"
#include "deepvision/config/v1/project.pb.h"
#include "projects/demo/train/preprocessing.h"
#include "tests/support/catch.h"

namespace deepvision {
namespace {

namespace fs = std::filesystem;

const fs::path kRepository = REPOSITORY;

std::string Read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

template <typename Manifest>
Manifest Parse(const fs::path& path) {
  Manifest manifest;
  INFO(path);
  REQUIRE(google::protobuf::TextFormat::ParseFromString(Read(kRepository / path), &manifest));
  return manifest;
}

config::v1::NetworkManifest Network(const fs::path& path) {
  const auto project = Parse<config::v1::Project>(path);
  REQUIRE(project.networks_size() == 1);
  return project.networks(0);
}

std::vector<std::string> ShapeNames() {
  return {shapes::kClassNames.begin(), shapes::kClassNames.end()};
}

template <typename Strings>
std::vector<std::string> ToVector(const Strings& strings) {
  return {strings.begin(), strings.end()};
}

TEST_CASE("the demo manifest's checksum is that of the committed network", "[projects]") {
  const auto network = Network("projects/demo/project.textproto");
  const auto digest = Sha256OfFile((kRepository / "projects/demo" / network.model_file()).string());
  REQUIRE(digest.ok());
  CHECK(network.sha256() == *digest);
}

TEST_CASE("the committed demo network is smaller than a megabyte", "[projects]") {
  CHECK(fs::file_size(kRepository / "projects/demo/demo.pt") < 1'000'000);
}

TEST_CASE("the demo manifest describes what the network was trained on", "[projects]") {
  const auto network = Network("projects/demo/project.textproto");
  const auto& input = network.preprocessing();
  CHECK(input.height() == shapes::kSide);
  CHECK(input.width() == shapes::kSide);
  CHECK(input.value_range() == 1);
  const std::vector<double> mean(3, demo::kMean);
  const std::vector<double> std(3, demo::kStd);
  CHECK(std::vector<double>(input.mean().begin(), input.mean().end()) == mean);
  CHECK(std::vector<double>(input.std().begin(), input.std().end()) == std);
  CHECK(ToVector(network.class_names()) == ShapeNames());
}

TEST_CASE("the shapes manifest names the generator's classes in label order", "[projects]") {
  const auto dataset = Parse<config::v1::DatasetManifest>("datasets/shapes/dataset.textproto");
  CHECK(ToVector(dataset.class_names()) == ShapeNames());
  for (const std::string& name : dataset.class_names()) {
    CHECK(fs::is_directory(kRepository / "datasets/shapes" / dataset.root() / name));
  }
}

TEST_CASE("EfficientNet-Lite0 is optional and says how to get it", "[projects]") {
  const auto network = Network("projects/efficientnet_lite0/project.textproto");
  CHECK((network.has_required() && !network.required()));
  CHECK(fs::exists(kRepository / network.how_to_get()));
}

TEST_CASE("EfficientNet-Lite0's input is (colour - 127) / 128", "[projects]") {
  const auto input = Network("projects/efficientnet_lite0/project.textproto").preprocessing();
  CHECK(input.value_range() == 255);
  CHECK(std::vector<float>(input.mean().begin(), input.mean().end()) ==
        std::vector<float>(3, 127.0F));
  CHECK(std::vector<float>(input.std().begin(), input.std().end()) ==
        std::vector<float>(3, 128.0F));
}

TEST_CASE("ImageNet has a thousand class names, one on each line", "[projects]") {
  std::ifstream file(kRepository / "projects/efficientnet_lite0/imagenet_classes.txt");
  size_t names = 0;
  for (std::string name; std::getline(file, name); ++names) CHECK_FALSE(name.empty());
  CHECK(names == 1000);
}

}  // namespace
}  // namespace deepvision
