// project.textproto -> NetworkManifest.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/status_macros.h"
#include "deepvision/config/v1/project.pb.h"
#include "server/config/manifests.h"
#include "server/config/textproto.h"

namespace deepvision {
namespace {

namespace fs = std::filesystem;
using ConfigNetwork = config::v1::NetworkManifest;
using ConfigPreprocessing = config::v1::Preprocessing;

constexpr uint32_t kMaxSide = 16384;
constexpr uint32_t kMaxInputChannels = 4096;
constexpr size_t kMaxClassNamesBytes = size_t{16} << 20;

std::string Resolve(const Place& place, const std::string& path) {
  const fs::path folder = fs::absolute(place.file()).parent_path();
  return (folder / path).lexically_normal().string();
}

absl::Status CheckSide(const ConfigPreprocessing& in, const Place& place, absl::string_view field,
                       uint32_t value) {
  if (value >= 1 && value <= kMaxSide) return absl::OkStatus();
  if (value == 0) {
    return place.Error(in, field, "is missing; set it to what the network takes, in pixels");
  }
  return place.Error(in, field, absl::StrCat("is ", value, "; it must be 1 to ", kMaxSide));
}

absl::Status CheckPerChannel(const ConfigPreprocessing& in, const Place& place,
                             absl::string_view field, int count, int channels) {
  if (count == 0 || count == channels) return absl::OkStatus();
  return place.Error(in, field,
                     absl::StrCat("has ", count, " entries for ", channels,
                                  " channels; give one per channel, or none"));
}

absl::Status ConvertColours(const ConfigPreprocessing& in, const Place& place, Preprocessing* out) {
  DV_RETURN_IF_ERROR(CheckPerChannel(in, place, "mean", in.mean_size(), out->channels));
  DV_RETURN_IF_ERROR(CheckPerChannel(in, place, "std", in.std_size(), out->channels));
  for (int i = 0; i < in.std_size(); ++i) {
    if (std::isfinite(in.std(i)) && in.std(i) > 0) continue;
    return place.Error(in, "std", absl::StrCat("is ", in.std(i), "; it must be above 0"), i);
  }
  for (int i = 0; i < in.mean_size(); ++i) {
    if (std::isfinite(in.mean(i))) continue;
    return place.Error(in, "mean", "is not finite; it must be a number", i);
  }
  const float range = in.value_range() == 0 ? 1.0F : in.value_range();
  if (range != 1.0F && range != 255.0F) {
    return place.Error(in, "value_range", absl::StrCat("is ", range, "; it must be 1 or 255"));
  }
  out->value_range = range;
  out->mean.assign(in.mean().begin(), in.mean().end());
  out->std.assign(in.std().begin(), in.std().end());
  out->bgr = in.color_order() == config::v1::COLOR_ORDER_BGR;
  return absl::OkStatus();
}

absl::Status ConvertDisplayChannels(const ConfigPreprocessing& in, const Place& place,
                                    Preprocessing* out) {
  if (in.display_channels_size() != 0 && in.display_channels_size() != 3) {
    return place.Error(
        in, "display_channels",
        absl::StrCat("has ", in.display_channels_size(), " entries; give three: red, green, blue"));
  }
  for (int i = 0; i < in.display_channels_size(); ++i) {
    if (in.display_channels(i) >= static_cast<uint32_t>(out->channels)) {
      return place.Error(in, "display_channels",
                         absl::StrCat("is ", in.display_channels(i), ", but there are only ",
                                      out->channels, " channels, from 0"),
                         i);
    }
    out->display_channels.push_back(static_cast<int>(in.display_channels(i)));
  }
  return absl::OkStatus();
}

ResizePolicy ConvertResize(config::v1::Resize resize) {
  if (resize == config::v1::RESIZE_STRETCH) return ResizePolicy::kStretch;
  if (resize == config::v1::RESIZE_LETTERBOX) return ResizePolicy::kLetterbox;
  return ResizePolicy::kCenterCrop;
}

absl::StatusOr<Preprocessing> ConvertPreprocessing(const ConfigPreprocessing& in,
                                                   const Place& place) {
  Preprocessing out;
  DV_RETURN_IF_ERROR(CheckSide(in, place, "height", in.height()));
  DV_RETURN_IF_ERROR(CheckSide(in, place, "width", in.width()));
  if (in.channels() > kMaxInputChannels) {
    return place.Error(
        in, "channels",
        absl::StrCat("is ", in.channels(), "; it must be at most ", kMaxInputChannels));
  }
  if (in.resize_shorter_side() != 0) {
    DV_RETURN_IF_ERROR(CheckSide(in, place, "resize_shorter_side", in.resize_shorter_side()));
  }
  out.channels = in.channels() == 0 ? 3 : static_cast<int>(in.channels());
  out.height = static_cast<int>(in.height());
  out.width = static_cast<int>(in.width());
  out.resize = ConvertResize(in.resize());
  out.resize_shorter_side = static_cast<int>(in.resize_shorter_side());
  out.interpolation = in.interpolation() == config::v1::INTERPOLATION_BICUBIC
                          ? Interpolation::kBicubic
                          : Interpolation::kBilinear;
  DV_RETURN_IF_ERROR(ConvertColours(in, place, &out));
  DV_RETURN_IF_ERROR(ConvertDisplayChannels(in, place, &out));
  return out;
}

Task ConvertTask(config::v1::Task task) {
  switch (task) {
    case config::v1::TASK_CLASSIFICATION:
      return Task::kClassification;
    case config::v1::TASK_SEGMENTATION:
      return Task::kSegmentation;
    case config::v1::TASK_FEATURES:
      return Task::kFeatures;
    default:  // the parser refuses what the proto does not name
      return Task::kGuess;
  }
}

ScoreActivation ConvertScores(config::v1::ScoreActivation scores) {
  switch (scores) {
    case config::v1::SCORE_ACTIVATION_SOFTMAX:
      return ScoreActivation::kSoftmax;
    case config::v1::SCORE_ACTIVATION_SIGMOID:
      return ScoreActivation::kSigmoid;
    case config::v1::SCORE_ACTIVATION_NONE:
      return ScoreActivation::kNone;
    default:
      return ScoreActivation::kGuess;
  }
}

// One name per line; the last line may end without a line break.
std::vector<std::string> SplitLines(absl::string_view text) {
  std::vector<std::string> lines;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    lines.emplace_back(absl::StripAsciiWhitespace(line));
  }
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

absl::StatusOr<std::vector<std::string>> ConvertClassNames(const ConfigNetwork& in,
                                                           const Place& place) {
  if (in.class_names_file().empty()) {
    return std::vector<std::string>(in.class_names().begin(), in.class_names().end());
  }
  if (in.class_names_size() > 0) {
    return place.Error(in, "class_names_file",
                       "is set together with class_names; remove one of them");
  }
  const std::string file = Resolve(place, in.class_names_file());
  absl::StatusOr<std::string> text = ReadTextFile(file, kMaxClassNamesBytes);
  if (!text.ok()) return place.Error(in, "class_names_file", text.status().message());
  std::vector<std::string> names = SplitLines(*text);
  const auto empty = std::find(names.begin(), names.end(), "");
  if (empty == names.end() && !names.empty()) return names;
  return place.Error(in, "class_names_file",
                     absl::StrCat(file, ":", empty - names.begin() + 1,
                                  ": is an empty line; write one class name per line"));
}

absl::Status CheckSha256(const ConfigNetwork& in, const Place& place) {
  const bool hexadecimal =
      std::all_of(in.sha256().begin(), in.sha256().end(), absl::ascii_isxdigit);
  if (in.sha256().empty() || (in.sha256().size() == 64 && hexadecimal)) return absl::OkStatus();
  return place.Error(in, "sha256",
                     "is not a SHA-256; write the 64 hexadecimal digits that sha256sum prints, or "
                     "leave it out");
}

absl::Status CheckNames(const ConfigNetwork& in, const Place& place) {
  if (in.id().empty()) {
    return place.Error(in, "id", "is missing; give the network an id, for example \"resnet18\"");
  }
  if (!IsValidId(in.id())) {
    return place.Error(in, "id",
                       absl::StrCat("\"", in.id(),
                                    "\" is no id; use a-z, 0-9, _ and -, at most 64, beginning "
                                    "with a letter or digit"));
  }
  if (!in.model_file().empty()) return CheckSha256(in, place);
  return place.Error(in, "model_file", "is missing; name the TorchScript file");
}

absl::StatusOr<NetworkManifest> ConvertNetwork(const ConfigNetwork& in, const Place& place) {
  NetworkManifest out;
  DV_RETURN_IF_ERROR(CheckNames(in, place));
  if (in.has_preprocessing()) {
    DV_ASSIGN_OR_RETURN(out.preprocessing, ConvertPreprocessing(in.preprocessing(),
                                                                place.Nested(in, "preprocessing")));
  } else {
    out.preprocessing.guessed = true;
  }
  DV_ASSIGN_OR_RETURN(out.class_names, ConvertClassNames(in, place));
  out.id = in.id();
  out.title = in.title().empty() ? in.id() : in.title();
  out.description = in.description();
  out.model_file = Resolve(place, in.model_file());
  out.sha256 = absl::AsciiStrToLower(in.sha256());
  out.task = ConvertTask(in.task());
  out.score_activation = ConvertScores(in.score_activation());
  out.numerics = in.numerics() == config::v1::NUMERICS_FAST ? Numerics::kFast : Numerics::kExact;
  return out;
}

// Adds the network, or a notice when its file may be absent and is.
absl::Status AddNetwork(const ConfigNetwork& in, const Place& place, Manifests* out) {
  DV_ASSIGN_OR_RETURN(NetworkManifest network, ConvertNetwork(in, place));
  for (const NetworkManifest& other : out->networks) {
    if (other.id != network.id) continue;
    return place.Error(in, "id",
                       absl::StrCat("\"", in.id(),
                                    "\" is already the id of another network; every id "
                                    "must be unique on a server"));
  }
  std::error_code error;
  if (fs::is_regular_file(network.model_file, error)) {
    out->networks.push_back(std::move(network));
    return absl::OkStatus();
  }
  const std::string how = in.how_to_get().empty() ? "put the file there, or correct the name"
                                                  : absl::StrCat("to get it: ", in.how_to_get());
  if (!in.has_required() || in.required()) {
    return place.Error(in, "model_file",
                       absl::StrCat("there is no file ", network.model_file, "; ", how));
  }
  out->notices.push_back(absl::StrCat("network \"", in.id(), "\" is left out: there is no file ",
                                      network.model_file, "; ", how));
  return absl::OkStatus();
}

}  // namespace

absl::Status LoadProject(const std::string& file, Manifests* out) {
  config::v1::Project project;
  google::protobuf::TextFormat::ParseInfoTree tree;
  DV_RETURN_IF_ERROR(ParseTextProto(file, &project, &tree));
  const Place place(file, &tree);
  if (project.networks().empty()) {
    return place.Error(project, "networks", "is missing; describe at least one network");
  }
  for (int i = 0; i < project.networks_size(); ++i) {
    DV_RETURN_IF_ERROR(AddNetwork(project.networks(i), place.Nested(project, "networks", i), out));
  }
  return absl::OkStatus();
}

}  // namespace deepvision
