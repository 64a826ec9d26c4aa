#include "datasets/shapes/generator/shapes.h"

#include <png.h>

#include <filesystem>
#include <set>
#include <string>

#include "tests/support/catch.h"

namespace deepvision::shapes {
namespace {

// The pixels of a PNG file; all zero when it cannot be read.
Picture ReadPng(const std::string& path) {
  Picture picture{};
  png_image header = {};
  header.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_file(&header, path.c_str())) return picture;
  header.format = PNG_FORMAT_RGB;
  if (PNG_IMAGE_SIZE(header) != picture.size()) {
    png_image_free(&header);
    return picture;
  }
  png_image_finish_read(&header, nullptr, picture.data(), 0, nullptr);
  return picture;
}

std::string FileName(int index) { return "0" + std::to_string(index) + ".png"; }

TEST_CASE("the generator reproduces every committed picture pixel for pixel", "[shapes]") {
  for (int label = 0; label < kClasses; ++label) {
    for (int index = 0; index < 5; ++index) {
      const auto path = std::filesystem::path(SHAPES_IMAGES) / kClassNames[label] / FileName(index);
      INFO(path);
      CHECK(ReadPng(path.string()) == Draw(kCommittedSeed, label, index));
    }
  }
}

TEST_CASE("the committed folder holds five pictures of each class and nothing else", "[shapes]") {
  size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(SHAPES_IMAGES)) {
    files += entry.is_regular_file();
  }
  CHECK(files == 5 * kClasses);
}

TEST_CASE("seed, label and index each change the picture", "[shapes]") {
  const Picture picture = Draw(1, 0, 0);
  CHECK(picture == Draw(1, 0, 0));
  CHECK(picture != Draw(2, 0, 0));
  CHECK(picture != Draw(1, 1, 0));
  CHECK(picture != Draw(1, 0, 1));
}

TEST_CASE("the training, held-out and committed sets share no picture", "[shapes]") {
  std::set<Picture> seen;
  for (const uint64_t seed : {kTrainingSeed, kHeldOutSeed, kCommittedSeed}) {
    for (int label = 0; label < kClasses; ++label) {
      for (int index = 0; index < 5; ++index) seen.insert(Draw(seed, label, index));
    }
  }
  CHECK(seen.size() == 3 * kClasses * 5);
}

}  // namespace
}  // namespace deepvision::shapes
