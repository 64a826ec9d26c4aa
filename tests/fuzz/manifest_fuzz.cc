// Text -> manifests: networks and datasets, or an error that names the file.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/match.h"
#include "server/config/manifests.h"

namespace {

// A folder of a project whose model file is there.
class Project {
 public:
  Project() {
    std::string name = (std::filesystem::temp_directory_path() / "manifest-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    folder_ = name;
    std::ofstream(folder_ + "/model.pt") << "model";
    std::ofstream(folder_ + "/classes.txt") << "one\ntwo\n";
    std::filesystem::create_directory(folder_ + "/images");
    std::ofstream(folder_ + "/images/0.png") << "picture";
  }
  ~Project() { std::filesystem::remove_all(folder_); }

  std::string Write(const uint8_t* data, size_t size) const {
    const std::string file = folder_ + "/manifest.textproto";
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
    return file;
  }

 private:
  std::string folder_;
};

void CheckError(const absl::Status& status, const std::string& file) {
  if (!status.ok() && !absl::StartsWith(status.message(), file)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Project project;
  const std::string file = project.Write(data, size);
  deepvision::Manifests manifests;
  CheckError(deepvision::LoadProject(file, &manifests), file);
  CheckError(deepvision::LoadDataset(file, &manifests), file);
  return 0;
}
