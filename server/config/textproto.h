// A manifest in protobuf text format, with the places of its fields, so that
// every error can name file, line and field:
//
//   projects/demo/project.textproto:7: networks[0].sha256: is not a SHA-256; …
//
// Threading: a TextProto is immutable after parsing.
#ifndef DEEPVISION_SERVER_CONFIG_TEXTPROTO_H_
#define DEEPVISION_SERVER_CONFIG_TEXTPROTO_H_

#include <google/protobuf/message.h>
#include <google/protobuf/text_format.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace deepvision {

// One message of a file: the file itself, or a message inside it. Cheap to copy;
// valid as long as the ParseInfoTree that ParseTextProto filled.
class Place {
 public:
  Place(std::string file, const google::protobuf::TextFormat::ParseInfoTree* tree)
      : file_(std::move(file)), tree_(tree) {}

  const std::string& file() const { return file_; }

  // The message in `field`, the index-th one when it repeats.
  Place Nested(const google::protobuf::Message& message, absl::string_view field,
               int index = -1) const;

  // kInvalidArgument "file:line: path.field: problem". An absent field has the
  // line of its message.
  absl::Status Error(const google::protobuf::Message& message, absl::string_view field,
                     absl::string_view problem, int index = -1) const;

 private:
  int LineOf(const google::protobuf::FieldDescriptor* field, int index) const;

  std::string file_;
  const google::protobuf::TextFormat::ParseInfoTree* tree_;
  std::string path_;  // "networks[0].preprocessing"
  int line_ = 1;      // where this message begins
};

// Reads `file` into `message`. kInvalidArgument "file:line:column: …" for what
// is not text format, for unknown fields (naming the known ones) and for wrong
// values; kNotFound when the file cannot be read.
absl::Status ParseTextProto(const std::string& file, google::protobuf::Message* message,
                            google::protobuf::TextFormat::ParseInfoTree* tree);

// A whole file. kNotFound when it cannot be read, kInvalidArgument when it is
// larger than `max_bytes`.
absl::StatusOr<std::string> ReadTextFile(const std::string& file, size_t max_bytes);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_CONFIG_TEXTPROTO_H_
