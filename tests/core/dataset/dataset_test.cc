#include "core/dataset/dataset.h"

#include <filesystem>
#include <string>
#include <vector>

#include "core/dataset/dataset_registry.h"
#include "tests/support/catch.h"
#include "tests/support/folder.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

namespace fs = std::filesystem;

DatasetManifest Manifest(const fs::path& root, std::vector<std::string> class_names = {}) {
  return {"pets", "Pets", "Two animals.", root.string(), std::move(class_names)};
}

std::string Text(const absl::StatusOr<HostBuffer>& bytes) {
  if (!bytes.ok()) return bytes.status().ToString();
  return {bytes->data(), bytes->data() + bytes->size()};
}

// Each file holds its own name.
void WritePets(const TestFolder& folder) {
  for (const char* name : {"dog/b.PNG", "dog/a.jpeg", "cat/2.webp", "cat/10.jpg", "loose.png"}) {
    folder.Write(name, name);
  }
  folder.Write("cat/notes.txt", "not a picture");
  folder.Write("cat/.hidden.png", "hidden");
  folder.Write(".git/x.png", "hidden");
}

std::vector<std::string> Contents(const Dataset& dataset) {
  std::vector<std::string> contents;
  for (uint64_t i = 0; i < dataset.size(); ++i) contents.push_back(Text(dataset.ReadImage(i, 99)));
  return contents;
}

TEST_CASE("classes are the sorted folders, pictures the sorted files", "[dataset]") {
  const TestFolder folder;
  WritePets(folder);
  const auto dataset = Dataset::Open(Manifest(folder.path()));
  REQUIRE_OK(dataset);
  CHECK((*dataset)->info().class_names == std::vector<std::string>{"cat", "dog"});
  CHECK((*dataset)->info().image_count == 5);
  CHECK(Contents(**dataset) == std::vector<std::string>{"cat/10.jpg", "cat/2.webp", "dog/a.jpeg",
                                                        "dog/b.PNG", "loose.png"});
  CHECK((*dataset)->Label(0) == 0U);
  CHECK((*dataset)->Label(3) == 1U);
  CHECK((*dataset)->ClassName(3) == "dog");
  CHECK_FALSE((*dataset)->Label(4).has_value());
  CHECK((*dataset)->ClassName(4).empty());
}

TEST_CASE("class names in the manifest set the order of the labels", "[dataset]") {
  const TestFolder folder;
  WritePets(folder);
  const auto dataset = Dataset::Open(Manifest(folder.path(), {"dog", "cat"}));
  REQUIRE_OK(dataset);
  CHECK((*dataset)->ClassName(0) == "dog");
  CHECK((*dataset)->Label(2) == 1U);
}

TEST_CASE("what is missing is named when a dataset is opened", "[dataset]") {
  const TestFolder folder;
  CHECK_STATUS(Dataset::Open(Manifest(folder.path() / "nowhere")), absl::StatusCode::kNotFound,
               "nowhere");
  CHECK_STATUS(Dataset::Open(Manifest(folder.path())), absl::StatusCode::kNotFound, "no pictures");
  WritePets(folder);
  CHECK_STATUS(Dataset::Open(Manifest(folder.path(), {"dog", "fish"})), absl::StatusCode::kNotFound,
               "fish");
  CHECK_STATUS(Dataset::Open(Manifest(folder.path(), {"dog", "dog"})),
               absl::StatusCode::kInvalidArgument, "twice");
  CHECK_STATUS(Dataset::Open(Manifest(folder.path(), {"../dog"})),
               absl::StatusCode::kInvalidArgument, "../dog");
}

TEST_CASE("links stay inside of the dataset's folder", "[dataset]") {
  const TestFolder outside;
  outside.Write("secret.png", "secret");
  const TestFolder folder;
  WritePets(folder);
  fs::create_symlink(folder.path() / "dog" / "b.PNG", folder.path() / "cat" / "link.png");
  auto dataset = Dataset::Open(Manifest(folder.path()));
  REQUIRE_OK(dataset);
  CHECK(Text((*dataset)->ReadImage(2, 99)) == "dog/b.PNG");

  fs::create_symlink(outside.path() / "secret.png", folder.path() / "cat" / "bad.png");
  CHECK_STATUS(Dataset::Open(Manifest(folder.path())), absl::StatusCode::kInvalidArgument,
               "leaves");
  fs::remove(folder.path() / "cat" / "bad.png");
  fs::create_directory_symlink(outside.path(), folder.path() / "fox");
  CHECK_STATUS(Dataset::Open(Manifest(folder.path())), absl::StatusCode::kInvalidArgument,
               "leaves");
}

TEST_CASE("a file that turns into a link after opening is not followed", "[dataset]") {
  const TestFolder outside;
  outside.Write("secret.png", "secret");
  const TestFolder folder;
  WritePets(folder);
  const auto dataset = Dataset::Open(Manifest(folder.path()));
  REQUIRE_OK(dataset);
  fs::remove(folder.path() / "cat" / "10.jpg");
  fs::create_symlink(outside.path() / "secret.png", folder.path() / "cat" / "10.jpg");
  CHECK_STATUS((*dataset)->ReadImage(0, 99), absl::StatusCode::kNotFound, "picture 0");
}

TEST_CASE("reading fails past the end, above the limit and when the file has gone", "[dataset]") {
  const TestFolder folder;
  WritePets(folder);
  const auto dataset = Dataset::Open(Manifest(folder.path()));
  REQUIRE_OK(dataset);
  CHECK_STATUS((*dataset)->ReadImage(5, 99), absl::StatusCode::kOutOfRange, "0 to 4");
  CHECK_STATUS((*dataset)->ReadImage(0, 9), absl::StatusCode::kResourceExhausted, "10 bytes");
  fs::remove(folder.path() / "cat" / "10.jpg");
  const absl::Status gone = (*dataset)->ReadImage(0, 99).status();
  CHECK_STATUS(gone, absl::StatusCode::kNotFound, "picture 0 of dataset \"pets\"");
  CHECK_FALSE(absl::StrContains(gone.message(), folder.path().string()));
}

TEST_CASE("the registry finds datasets by id and names the others", "[dataset]") {
  const TestFolder folder;
  WritePets(folder);
  const DatasetManifest manifest = Manifest(folder.path());
  const auto registry = DatasetRegistry::Open({manifest});
  REQUIRE_OK(registry);
  REQUIRE(registry->List().size() == 1);
  CHECK(registry->List()[0].title == "Pets");
  REQUIRE_OK(registry->Find("pets"));
  CHECK_STATUS(registry->Find("cars"), absl::StatusCode::kNotFound, "\"pets\"");
  CHECK_STATUS(DatasetRegistry::Open({manifest, manifest}), absl::StatusCode::kInvalidArgument,
               "two manifests");
}

}  // namespace
}  // namespace deepvision
