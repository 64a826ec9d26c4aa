#include "server/config/manifests.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace deepvision {
namespace {

namespace fs = std::filesystem;

// <folder>/*/<name>, sorted.
absl::StatusOr<std::vector<std::string>> FindManifests(const std::string& folder,
                                                       const std::string& name) {
  std::error_code error;
  std::vector<std::string> files;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::path file = entry->path() / name;
    std::error_code ignored;
    if (fs::is_regular_file(file, ignored)) files.push_back(file.string());
  }
  if (error) {
    return absl::NotFoundError(absl::StrCat(
        folder, ": is no folder that can be read; name the folder that holds <name>/", name));
  }
  std::sort(files.begin(), files.end());
  return files;
}

absl::Status LoadAll(const std::vector<std::string>& folders, const std::string& name,
                     const std::function<absl::Status(const std::string&, Manifests*)>& load,
                     Manifests* out) {
  for (const std::string& folder : folders) {
    DV_ASSIGN_OR_RETURN(const std::vector<std::string> files, FindManifests(folder, name));
    for (const std::string& file : files) DV_RETURN_IF_ERROR(load(file, out));
  }
  return absl::OkStatus();
}

}  // namespace

bool IsValidId(const std::string& id) {
  const auto good = [](unsigned char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_' || c == '-';
  };
  return !id.empty() && id.size() <= 64 && id[0] != '_' && id[0] != '-' &&
         std::all_of(id.begin(), id.end(), good);
}

std::vector<std::string> FoldersOrDefault(const std::vector<std::string>& folders,
                                          const std::string& fallback) {
  std::error_code error;
  if (!folders.empty() || !fs::is_directory(fallback, error)) return folders;
  return {fallback};
}

absl::StatusOr<Manifests> LoadManifests(const ManifestSources& sources) {
  Manifests out;
  if (!sources.model.empty()) {
    DV_ASSIGN_OR_RETURN(NetworkManifest model, DescribeBareModel(sources.model));
    out.networks.push_back(std::move(model));
  }
  DV_RETURN_IF_ERROR(LoadAll(sources.projects, "project.textproto", LoadProject, &out));
  DV_RETURN_IF_ERROR(LoadAll(sources.datasets, "dataset.textproto", LoadDataset, &out));
  return out;
}

}  // namespace deepvision
