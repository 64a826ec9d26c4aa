#include "core/dataset/dataset.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/dataset/read_file.h"

namespace deepvision {

namespace fs = std::filesystem;

// Fills a Dataset from the folders of a manifest.
class DatasetReader {
 public:
  explicit DatasetReader(const DatasetManifest& manifest) : manifest_(manifest) {}

  absl::StatusOr<std::unique_ptr<const Dataset>> Read();

 private:
  enum class Kind { kFolder, kPicture };

  absl::Status OpenRoot();
  absl::Status CheckClassName(const std::string& name);
  absl::StatusOr<std::vector<std::string>> ClassNames();
  absl::Status AddPictures(const fs::path& folder, std::optional<uint32_t> label);
  // Names of one kind in `folder`, sorted.
  absl::StatusOr<std::vector<std::string>> Names(const fs::path& folder, Kind kind);
  absl::StatusOr<fs::path> Resolve(const fs::path& path);
  std::string Say(absl::string_view text, const fs::path& path) const {
    return absl::StrCat("dataset \"", manifest_.id, "\": ", text, ": ", path.string());
  }

  const DatasetManifest& manifest_;
  fs::path root_;
  std::set<std::string> seen_;
  std::unique_ptr<Dataset> dataset_{new Dataset()};
};

namespace {

bool IsPictureName(const fs::path& path) {
  const std::string extension = absl::AsciiStrToLower(path.extension().string());
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg" || extension == ".webp";
}

}  // namespace

absl::StatusOr<std::unique_ptr<const Dataset>> DatasetReader::Read() {
  DV_RETURN_IF_ERROR(OpenRoot());
  DV_ASSIGN_OR_RETURN(const std::vector<std::string> classes, ClassNames());
  for (size_t label = 0; label < classes.size(); ++label) {
    DV_RETURN_IF_ERROR(AddPictures(root_ / classes[label], static_cast<uint32_t>(label)));
  }
  DV_RETURN_IF_ERROR(AddPictures(root_, std::nullopt));
  if (dataset_->pictures_.empty()) {
    return absl::NotFoundError(
        Say("there are no pictures (<class>/<name>.png, .jpg, .jpeg or .webp) in", root_));
  }
  dataset_->info_ = {manifest_.id, manifest_.title, manifest_.description,
                     dataset_->pictures_.size(), classes};
  return std::unique_ptr<const Dataset>(std::move(dataset_));
}

absl::Status DatasetReader::OpenRoot() {
  std::error_code error;
  root_ = fs::canonical(manifest_.root, error);
  if (error || !fs::is_directory(root_, error)) {
    return absl::NotFoundError(Say("root: there is no such folder", manifest_.root));
  }
  return absl::OkStatus();
}

absl::Status DatasetReader::CheckClassName(const std::string& name) {
  if (name.empty() || name[0] == '.' || absl::StrContains(name, "/")) {
    return absl::InvalidArgumentError(Say("class_names: not the name of a folder", name));
  }
  if (!seen_.insert(name).second) {
    return absl::InvalidArgumentError(Say("class_names: the name stands there twice", name));
  }
  std::error_code error;
  if (!fs::is_directory(root_ / name, error)) {
    return absl::NotFoundError(Say("class_names: there is no folder", root_ / name));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> DatasetReader::ClassNames() {
  if (manifest_.class_names.empty()) return Names(root_, Kind::kFolder);
  for (const std::string& name : manifest_.class_names) DV_RETURN_IF_ERROR(CheckClassName(name));
  return manifest_.class_names;
}

absl::StatusOr<std::vector<std::string>> DatasetReader::Names(const fs::path& folder, Kind kind) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::error_code ignored;
    const bool wanted = kind == Kind::kFolder
                            ? entry->is_directory(ignored)
                            : IsPictureName(name) && !entry->is_directory(ignored);
    if (wanted && name[0] != '.') names.push_back(name);
  }
  if (error) return absl::NotFoundError(Say("a folder cannot be read", folder));
  std::sort(names.begin(), names.end());
  return names;
}

absl::Status DatasetReader::AddPictures(const fs::path& folder, std::optional<uint32_t> label) {
  DV_ASSIGN_OR_RETURN(const fs::path resolved, Resolve(folder));
  DV_ASSIGN_OR_RETURN(const std::vector<std::string> names, Names(resolved, Kind::kPicture));
  for (const std::string& name : names) {
    DV_ASSIGN_OR_RETURN(const fs::path file, Resolve(resolved / name));
    dataset_->pictures_.push_back({file.string(), label});
  }
  return absl::OkStatus();
}

// The path itself, or where it links to.
absl::StatusOr<fs::path> DatasetReader::Resolve(const fs::path& path) {
  std::error_code error;
  if (!fs::is_symlink(path, error)) return path;
  const fs::path target = fs::canonical(path, error);
  if (error) return absl::NotFoundError(Say("a link to nothing", path));
  const auto [end, _] = std::mismatch(root_.begin(), root_.end(), target.begin(), target.end());
  if (end != root_.end()) {
    return absl::InvalidArgumentError(Say("a link that leaves the dataset's folder", path));
  }
  return target;
}

absl::StatusOr<std::unique_ptr<const Dataset>> Dataset::Open(const DatasetManifest& manifest) {
  return DatasetReader(manifest).Read();
}

absl::Status Dataset::CheckIndex(uint64_t index) const {
  if (index < size()) return absl::OkStatus();
  return absl::OutOfRangeError(absl::StrCat("index ", index, " is past the end: dataset \"",
                                            info_.id, "\" has the pictures 0 to ", size() - 1));
}

std::string Dataset::ClassName(uint64_t index) const {
  const std::optional<uint32_t> label = Label(index);
  return label ? info_.class_names[*label] : "";
}

absl::StatusOr<HostBuffer> Dataset::ReadImage(uint64_t index, size_t max_bytes) const {
  DV_RETURN_IF_ERROR(CheckIndex(index));
  absl::StatusOr<HostBuffer> bytes = ReadRegularFile(pictures_[index].path, max_bytes);
  if (bytes.ok()) return bytes;
  return absl::Status(bytes.status().code(),
                      absl::StrCat("picture ", index, " of dataset \"", info_.id,
                                   "\": ", bytes.status().message()));
}

}  // namespace deepvision
