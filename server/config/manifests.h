// From folders of manifests to plain structs. server/config alone reads the
// text format.
//
// Every error names file, line and field and says what to do; texts are for the
// operator and hold paths.
#ifndef DEEPVISION_SERVER_CONFIG_MANIFESTS_H_
#define DEEPVISION_SERVER_CONFIG_MANIFESTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/api/manifest.h"

namespace deepvision {

struct ManifestSources {
  std::vector<std::string> projects;  // folders, each <folder>/<name>/project.textproto
  std::vector<std::string> datasets;  // folders, each <folder>/<name>/dataset.textproto
  std::string model;                  // a bare model file; empty: none
};

struct Manifests {
  std::vector<NetworkManifest> networks;  // the bare model first, then by folder and manifest
  std::vector<DatasetManifest> datasets;
  std::vector<std::string> notices;  // what was left out, and how to get it
};

// Reads every manifest below the folders, in the order of the folders and of
// the names in them. Model files and pictures are only looked for, not opened.
absl::StatusOr<Manifests> LoadManifests(const ManifestSources& sources);

// "folder" when it is given, else "fallback" if there is such a folder.
std::vector<std::string> FoldersOrDefault(const std::vector<std::string>& folders,
                                          const std::string& fallback);

// Adds to `out` what one project.textproto says.
absl::Status LoadProject(const std::string& file, Manifests* out);
// Adds to `out` what one dataset.textproto says.
absl::Status LoadDataset(const std::string& file, Manifests* out);
// A network whose preprocessing is to be guessed, with an id made from the name
// of the file. kNotFound when there is no such file.
absl::StatusOr<NetworkManifest> DescribeBareModel(const std::string& file);

// [a-z0-9][a-z0-9_-]{0,63}
bool IsValidId(const std::string& id);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_CONFIG_MANIFESTS_H_
