#include "server/config/manifests.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

namespace fs = std::filesystem;

// A folder that goes with its files.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "manifests_XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() { fs::remove_all(path_); }

  std::string Write(const std::string& name, const std::string& text) {
    const fs::path file = path_ / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
    return file.string();
  }
  std::string path(const std::string& name = "") const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

const char kGood[] = R"(networks {
  id: "net"
  model_file: "net.pt"
  sha256: "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"
  preprocessing {
    height: 96
    width: 64
    mean: [0.1, 0.2, 0.3]
    std: [1, 2, 3]
    value_range: 255
    resize: RESIZE_STRETCH
    interpolation: INTERPOLATION_BICUBIC
    color_order: COLOR_ORDER_BGR
  }
  task: TASK_CLASSIFICATION
  score_activation: SCORE_ACTIVATION_SIGMOID
  class_names_file: "names.txt"
  numerics: NUMERICS_FAST
}
)";

TEST_CASE("a project becomes a manifest with absolute paths", "[server][config]") {
  Folder folder;
  folder.Write("p/net.pt", "model");
  folder.Write("p/names.txt", "cat\r\ndog\nold bird\n");
  folder.Write("p/project.textproto", kGood);
  ManifestSources sources;
  sources.projects = {folder.path()};
  const auto manifests = LoadManifests(sources);
  REQUIRE_OK(manifests);
  REQUIRE(manifests->networks.size() == 1);
  const NetworkManifest& network = manifests->networks[0];
  CHECK(network.id == "net");
  CHECK(network.title == "net");
  CHECK(network.model_file == folder.path("p/net.pt"));
  CHECK(network.sha256 == "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
  CHECK(network.class_names == std::vector<std::string>{"cat", "dog", "old bird"});
  CHECK(network.task == Task::kClassification);
  CHECK(network.score_activation == ScoreActivation::kSigmoid);
  CHECK(network.numerics == Numerics::kFast);
  const Preprocessing& input = network.preprocessing;
  CHECK(input.channels == 3);
  CHECK(input.height == 96);
  CHECK(input.width == 64);
  CHECK(input.value_range == 255);
  CHECK(input.resize == ResizePolicy::kStretch);
  CHECK(input.interpolation == Interpolation::kBicubic);
  CHECK(input.bgr);
  CHECK(input.std == std::vector<float>{1, 2, 3});
  CHECK_FALSE(input.guessed);
}

struct BadManifest {
  const char* text;  // inside networks { … }, from line 2
  const char* place;
  const char* advice;
};

TEST_CASE("every mistake in a project is named with line and field", "[server][config]") {
  const auto [text, place, advice] = GENERATE(values<BadManifest>({
      {"titel: 'x'", "project.textproto:2:1: ", "Correct it to one of: id, title"},
      {"id: 'net\nmodel_file: 'x'", "project.textproto:2:", "cannot cross line"},
      {"id: 'net' task: TASK_GUESSING", "project.textproto:2:17: ", "TASK_GUESSING"},
      {"model_file: 'net.pt'", "project.textproto:1: networks[0].id: ", "is missing"},
      {"\nid: 'Bad Id'", "project.textproto:3: networks[0].id: ", "use a-z"},
      {"id: 'net'", "project.textproto:1: networks[0].model_file: ", "is missing"},
      {"id: 'net'\nmodel_file: 'absent.pt' how_to_get: 'run export.py'",
       "project.textproto:3: networks[0].model_file: ", "to get it: run export.py"},
      {"id: 'net' model_file: 'net.pt'\nsha256: 'abc'",
       "project.textproto:3: networks[0].sha256: ", "64 hexadecimal"},
      {"id: 'net' model_file: 'net.pt'\npreprocessing {\n width: 5 }",
       "project.textproto:3: networks[0].preprocessing.height: ", "is missing"},
      {"id: 'net' model_file: 'net.pt'\npreprocessing {\n height: 5\n width: 99999 }",
       "project.textproto:5: networks[0].preprocessing.width: ", "1 to 16384"},
      {"id: 'net' model_file: 'net.pt' preprocessing { height: 5 width: 5\nmean: [1, 2] }",
       "project.textproto:3: networks[0].preprocessing.mean: ", "one per channel"},
      {"id: 'net' model_file: 'net.pt' preprocessing { height: 5 width: 5\nstd: [1, 1,\n0] }",
       "networks[0].preprocessing.std[2]: ", "above 0"},
      {"id: 'net' model_file: 'net.pt' preprocessing { height: 5 width: 5\nvalue_range: 2 }",
       "project.textproto:3: networks[0].preprocessing.value_range: ", "1 or 255"},
      {"id: 'net' model_file: 'net.pt' preprocessing { height: 5 width: 5\n"
       "display_channels: [0, 1, 3] }",
       "networks[0].preprocessing.display_channels[2]: ", "only 3 channels"},
      {"id: 'net' model_file: 'net.pt'\nclass_names_file: 'nope.txt'",
       "project.textproto:3: networks[0].class_names_file: ", "cannot be read"},
      {"id: 'net' model_file: 'net.pt' class_names: 'a'\nclass_names_file: 'nope.txt'",
       "project.textproto:3: networks[0].class_names_file: ", "remove one"},
      {"id: 'net' model_file: 'net.pt'\n} networks {\nid: 'net' model_file: 'net.pt'",
       "project.textproto:4: networks[1].id: ", "unique"},
  }));
  Folder folder;
  folder.Write("net.pt", "model");
  const std::string file =
      folder.Write("project.textproto", std::string("networks {\n") + text + "\n}\n");
  Manifests manifests;
  const absl::Status status = LoadProject(file, &manifests);
  INFO(text);
  CHECK_STATUS(status, absl::StatusCode::kInvalidArgument, place);
  CHECK_STATUS(status, absl::StatusCode::kInvalidArgument, advice);
}

TEST_CASE("a class name file with a hole names the line of the hole", "[server][config]") {
  Folder folder;
  folder.Write("net.pt", "model");
  folder.Write("names.txt", "cat\n\ndog\n");
  const std::string file = folder.Write("project.textproto", R"(networks {
    id: "net" model_file: "net.pt" class_names_file: "names.txt" })");
  Manifests manifests;
  CHECK_STATUS(LoadProject(file, &manifests), absl::StatusCode::kInvalidArgument, "names.txt:2");
}

TEST_CASE("a network that may be absent is left out with how to get it", "[server][config]") {
  Folder folder;
  const std::string file = folder.Write("project.textproto", R"(networks {
    id: "big" model_file: "big.pt" required: false how_to_get: "run ./fetch.sh" })");
  Manifests manifests;
  REQUIRE_OK(LoadProject(file, &manifests));
  CHECK(manifests.networks.empty());
  REQUIRE(manifests.notices.size() == 1);
  CHECK(manifests.notices[0].find("run ./fetch.sh") != std::string::npos);
}

TEST_CASE("a network without preprocessing has it guessed", "[server][config]") {
  Folder folder;
  folder.Write("net.pt", "model");
  const std::string file =
      folder.Write("project.textproto", R"(networks { id: "net" model_file: "net.pt" })");
  Manifests manifests;
  REQUIRE_OK(LoadProject(file, &manifests));
  CHECK(manifests.networks[0].preprocessing.guessed);
  CHECK(manifests.networks[0].preprocessing.height == 0);
}

TEST_CASE("datasets are folders of pictures, absent ones only when that is allowed",
          "[server][config]") {
  Folder folder;
  folder.Write("a/images/cat/1.png", "png");
  folder.Write("a/dataset.textproto", R"(id: "a" class_names: ["cat"])");
  folder.Write("b/dataset.textproto", R"(id: "b" required: false how_to_get: "run fetch")");
  ManifestSources sources;
  sources.datasets = {folder.path()};
  const auto manifests = LoadManifests(sources);
  REQUIRE_OK(manifests);
  REQUIRE(manifests->datasets.size() == 1);
  CHECK(manifests->datasets[0].root == folder.path("a/images"));
  CHECK(manifests->notices.size() == 1);
  folder.Write("c/dataset.textproto", "\nid: 'c'\nroot: 'nope'");
  CHECK_STATUS(LoadManifests(sources), absl::StatusCode::kInvalidArgument,
               "dataset.textproto:3: root: there is no folder");
  folder.Write("c/dataset.textproto", "id: 'a'");
  CHECK_STATUS(LoadManifests(sources), absl::StatusCode::kInvalidArgument, "unique");
}

TEST_CASE("a folder that is not there is an error that names it", "[server][config]") {
  ManifestSources sources;
  sources.projects = {"/no/such/folder"};
  CHECK_STATUS(LoadManifests(sources), absl::StatusCode::kNotFound, "/no/such/folder");
}

TEST_CASE("a bare model gets an id from its file name", "[server][config]") {
  Folder folder;
  const auto id = [&](const std::string& name) {
    return DescribeBareModel(folder.Write(name, "model"))->id;
  };
  CHECK(id("resnet18.pt") == "resnet18");
  CHECK(id("My Net.v2.pt") == "my-net-v2");
  CHECK(id("__x__.pt") == "x__");
  CHECK(id("\xC3\xA4.pt") == "model");
  CHECK(IsValidId(id(std::string(100, 'Q') + ".pt")));
  CHECK_STATUS(DescribeBareModel(folder.path("nope.pt")), absl::StatusCode::kNotFound,
               "there is no such file");
}

TEST_CASE("ids are short, lower case and begin with a letter or digit", "[server][config]") {
  for (const char* good : {"a", "0", "resnet-18_b", "x--"}) CHECK(IsValidId(good));
  for (const char* bad : {"", "A", "-a", "_a", "a b", "a/b", "\xC3\xA4"})
    CHECK_FALSE(IsValidId(bad));
  CHECK(IsValidId(std::string(64, 'a')));
  CHECK_FALSE(IsValidId(std::string(65, 'a')));
}

}  // namespace
}  // namespace deepvision
