#include "server/config/textproto.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/tokenizer.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/base/status_macros.h"

namespace deepvision {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::TextFormat;

constexpr size_t kMaxManifestBytes = size_t{4} << 20;

const FieldDescriptor* FieldOf(const Message& message, absl::string_view field) {
  return message.GetDescriptor()->FindFieldByName(std::string(field));
}

std::string FieldNames(const Descriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.field_count(); ++i) names.push_back(type.field(i)->name());
  return absl::StrJoin(names, ", ");
}

// "Message type "a.b.C" has no field named "x"." gets the fields of a.b.C.
std::string WithKnownFields(const std::string& text, const Descriptor& root) {
  if (!absl::StrContains(text, "has no field named")) return text;
  const std::vector<std::string> parts = absl::StrSplit(text, '"');
  const Descriptor* type =
      parts.size() > 1 ? root.file()->pool()->FindMessageTypeByName(parts[1]) : nullptr;
  if (type == nullptr) return text;
  return absl::StrCat(text, " Correct it to one of: ", FieldNames(*type), ".");
}

struct Position {
  int line = 0;  // both from 0
  int column = 0;
};

size_t OffsetOf(absl::string_view text, Position position) {
  size_t begin = 0;
  for (int i = 0; i < position.line && begin < text.size(); ++i) {
    begin = std::min(text.find('\n', begin), text.size() - 1) + 1;
  }
  return std::min(begin + static_cast<size_t>(position.column), text.size());
}

Position PositionOf(absl::string_view text, size_t offset) {
  const absl::string_view before = text.substr(0, offset);
  const size_t line_break = before.rfind('\n');
  const size_t begin = line_break == absl::string_view::npos ? 0 : line_break + 1;
  return {static_cast<int>(std::count(before.begin(), before.end(), '\n')),
          static_cast<int>(offset - begin)};
}

// The parser reports the token after the wrong one, which may stand on another
// line; what is wrong is quoted in its message, so look for that before it.
Position FindCulprit(absl::string_view text, Position reported, const std::string& message) {
  const absl::string_view before = text.substr(0, OffsetOf(text, reported));
  const std::vector<std::string> parts = absl::StrSplit(message, '"');
  size_t best = absl::string_view::npos;
  for (size_t i = 1; i < parts.size(); i += 2) {
    const size_t found = parts[i].empty() ? absl::string_view::npos : before.rfind(parts[i]);
    if (found != absl::string_view::npos && (best == absl::string_view::npos || found > best)) {
      best = found;
    }
  }
  return best == absl::string_view::npos ? reported : PositionOf(text, best);
}

// Keeps the first error; what follows it is mostly noise.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  FirstError(std::string file, absl::string_view text, const Descriptor& type)
      : file_(std::move(file)), text_(text), type_(type) {}

  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    if (!status_.ok()) return;
    const Position place = FindCulprit(text_, {line, column}, message);
    status_ = absl::InvalidArgumentError(absl::StrCat(
        file_, ":", place.line + 1, ":", place.column + 1, ": ", WithKnownFields(message, type_)));
  }
  void AddWarning(int, google::protobuf::io::ColumnNumber, const std::string&) override {}

  const absl::Status& status() const { return status_; }

 private:
  const std::string file_;
  const absl::string_view text_;
  const Descriptor& type_;
  absl::Status status_;
};

std::string Element(absl::string_view field, int index) {
  return index < 0 ? std::string(field) : absl::StrCat(field, "[", index, "]");
}

}  // namespace

int Place::LineOf(const FieldDescriptor* field, int index) const {
  if (tree_ == nullptr || field == nullptr) return line_;
  const TextFormat::ParseLocation location =
      tree_->GetLocation(field, field->is_repeated() ? std::max(index, 0) : -1);
  return location.line < 0 ? line_ : location.line + 1;
}

Place Place::Nested(const Message& message, absl::string_view field, int index) const {
  const FieldDescriptor* descriptor = FieldOf(message, field);
  Place place(file_, tree_ == nullptr ? nullptr : tree_->GetTreeForNested(descriptor, index));
  place.path_ = absl::StrCat(path_, Element(field, index), ".");
  place.line_ = LineOf(descriptor, index);
  return place;
}

absl::Status Place::Error(const Message& message, absl::string_view field,
                          absl::string_view problem, int index) const {
  return absl::InvalidArgumentError(absl::StrCat(file_, ":", LineOf(FieldOf(message, field), index),
                                                 ": ", path_, Element(field, index), ": ",
                                                 problem));
}

absl::StatusOr<std::string> ReadTextFile(const std::string& file, size_t max_bytes) {
  std::ifstream stream(file, std::ios::binary);
  std::string text;
  std::array<char, size_t{1} << 16> piece;
  while (stream && text.size() <= max_bytes) {
    stream.read(piece.data(), piece.size());
    text.append(piece.data(), static_cast<size_t>(stream.gcount()));
  }
  if (stream.bad() || !stream.is_open()) {
    return absl::NotFoundError(
        absl::StrCat(file, ": cannot be read; check that it exists and its permissions"));
  }
  if (text.size() <= max_bytes) return text;
  return absl::InvalidArgumentError(
      absl::StrCat(file, ": is larger than the ", max_bytes, " bytes allowed"));
}

absl::Status ParseTextProto(const std::string& file, Message* message,
                            TextFormat::ParseInfoTree* tree) {
  DV_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(file, kMaxManifestBytes));
  FirstError errors(file, text, *message->GetDescriptor());
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  parser.WriteLocationsTo(tree);
  if (parser.ParseFromString(text, message)) return absl::OkStatus();
  if (!errors.status().ok()) return errors.status();
  return absl::InvalidArgumentError(absl::StrCat(file, ": is not protobuf text format"));
}

}  // namespace deepvision
