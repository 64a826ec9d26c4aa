// Writes pictures of the shapes data set as PNG files:
// <out>/<class>/NN.png, `per_class` of each class.
#include <png.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "core/base/status_macros.h"
#include "datasets/shapes/generator/shapes.h"

ABSL_FLAG(std::string, out, "datasets/shapes/images", "folder to write to");
ABSL_FLAG(int, per_class, 5, "pictures of each class");
ABSL_FLAG(uint64_t, seed, deepvision::shapes::kCommittedSeed, "which pictures");

namespace deepvision::shapes {
namespace {

absl::Status WritePng(const std::string& path, const Picture& picture) {
  png_image header = {};
  header.version = PNG_IMAGE_VERSION;
  header.width = kSide;
  header.height = kSide;
  header.format = PNG_FORMAT_RGB;
  if (png_image_write_to_file(&header, path.c_str(), /*convert_to_8_bit=*/0, picture.data(),
                              /*row_stride=*/0, /*colormap=*/nullptr)) {
    return absl::OkStatus();
  }
  return absl::UnavailableError(path + ": " + header.message);
}

absl::Status WriteClass(const std::filesystem::path& out, int label, int count, uint64_t seed) {
  const std::filesystem::path folder = out / kClassNames[label];
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return absl::UnavailableError(folder.string() + ": " + error.message());
  for (int i = 0; i < count; ++i) {
    const std::filesystem::path file = folder / absl::StrFormat("%02d.png", i);
    DV_RETURN_IF_ERROR(WritePng(file.string(), Draw(seed, label, i)));
  }
  return absl::OkStatus();
}

absl::Status Generate() {
  for (int label = 0; label < kClasses; ++label) {
    DV_RETURN_IF_ERROR(WriteClass(absl::GetFlag(FLAGS_out), label, absl::GetFlag(FLAGS_per_class),
                                  absl::GetFlag(FLAGS_seed)));
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace deepvision::shapes

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("Draws pictures of sixteen shapes and textures.");
  absl::ParseCommandLine(argc, argv);
  const absl::Status status = deepvision::shapes::Generate();
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
