// A folder of pictures as a list: index -> encoded picture and label.
//
//   <root>/<class>/<picture>.{png,jpg,jpeg,webp}   upper case too
//
// Order: the classes in the order of the manifest's class_names (without them:
// all folders, sorted), in each the file names sorted; then the pictures that lie
// in <root> itself, which have no label. Sorted means by bytes, whatever the
// locale. Names that begin with a dot, other files and deeper folders are not
// looked at.
//
// The list is made once, by Open; pictures are read when asked for. Links may
// point anywhere inside of <root>, and nowhere else.
//
// Threading: immutable; every method may be called from any thread.
#ifndef DEEPVISION_CORE_DATASET_DATASET_H_
#define DEEPVISION_CORE_DATASET_DATASET_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/api/dataset.h"
#include "core/api/host_buffer.h"
#include "core/api/manifest.h"

namespace deepvision {

class Dataset {
 public:
  // Blocks (reads the folders). The texts name paths: they are for the operator.
  //   kNotFound         the root or a class's folder is missing, or no pictures
  //   kInvalidArgument  a class name twice or with a slash, a link that leaves
  //                     the root
  static absl::StatusOr<std::unique_ptr<const Dataset>> Open(const DatasetManifest& manifest);

  const DatasetInfo& info() const { return info_; }
  uint64_t size() const { return pictures_.size(); }

  // kOutOfRange when `index` is past the end.
  absl::Status CheckIndex(uint64_t index) const;

  // The label of a valid index; none for a picture in the root.
  std::optional<uint32_t> Label(uint64_t index) const { return pictures_[index].label; }
  // Empty without a label.
  std::string ClassName(uint64_t index) const;

  // The bytes of the file. Blocks.
  //   kOutOfRange         `index` is past the end
  //   kNotFound           the file has gone since Open
  //   kResourceExhausted  it is larger than `max_bytes`
  absl::StatusOr<HostBuffer> ReadImage(uint64_t index, size_t max_bytes) const;

 private:
  friend class DatasetReader;
  struct Picture {
    std::string path;
    std::optional<uint32_t> label;
  };
  Dataset() = default;

  DatasetInfo info_;
  std::vector<Picture> pictures_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_DATASET_DATASET_H_
