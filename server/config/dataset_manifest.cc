// dataset.textproto -> DatasetManifest.
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "deepvision/config/v1/dataset.pb.h"
#include "server/config/manifests.h"
#include "server/config/textproto.h"

namespace deepvision {
namespace {

namespace fs = std::filesystem;
using ConfigDataset = config::v1::DatasetManifest;

absl::Status CheckId(const ConfigDataset& in, const Place& place, const Manifests& others) {
  if (in.id().empty()) {
    return place.Error(in, "id", "is missing; give the dataset an id, for example \"shapes\"");
  }
  if (!IsValidId(in.id())) {
    return place.Error(in, "id",
                       absl::StrCat("\"", in.id(),
                                    "\" is no id; use a-z, 0-9, _ and -, at most 64, beginning "
                                    "with a letter or digit"));
  }
  for (const DatasetManifest& other : others.datasets) {
    if (other.id != in.id()) continue;
    return place.Error(in, "id",
                       absl::StrCat("\"", in.id(),
                                    "\" is already the id of another dataset; every id "
                                    "must be unique on a server"));
  }
  return absl::OkStatus();
}

DatasetManifest ConvertDataset(const ConfigDataset& in, const std::string& file) {
  const fs::path folder = fs::absolute(file).parent_path();
  DatasetManifest out;
  out.id = in.id();
  out.title = in.title().empty() ? in.id() : in.title();
  out.description = in.description();
  out.root = (folder / (in.root().empty() ? "images" : in.root())).lexically_normal().string();
  out.class_names.assign(in.class_names().begin(), in.class_names().end());
  return out;
}

}  // namespace

absl::Status LoadDataset(const std::string& file, Manifests* out) {
  ConfigDataset in;
  google::protobuf::TextFormat::ParseInfoTree tree;
  DV_RETURN_IF_ERROR(ParseTextProto(file, &in, &tree));
  const Place place(file, &tree);
  DV_RETURN_IF_ERROR(CheckId(in, place, *out));
  DatasetManifest dataset = ConvertDataset(in, file);
  std::error_code error;
  if (fs::is_directory(dataset.root, error)) {
    out->datasets.push_back(std::move(dataset));
    return absl::OkStatus();
  }
  const std::string how = in.how_to_get().empty() ? "put the pictures there, or correct the name"
                                                  : absl::StrCat("to get it: ", in.how_to_get());
  if (!in.has_required() || in.required()) {
    return place.Error(in, "root", absl::StrCat("there is no folder ", dataset.root, "; ", how));
  }
  out->notices.push_back(absl::StrCat("dataset \"", in.id(), "\" is left out: there is no folder ",
                                      dataset.root, "; ", how));
  return absl::OkStatus();
}

}  // namespace deepvision
