#include "core/engine/network.h"

#include <ATen/ops/linspace.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/api/error.h"
#include "core/base/digest.h"
#include "core/base/status_macros.h"
#include "core/device/torch_status.h"
#include "core/graph/tasks.h"

namespace deepvision {
namespace {

// Graphs of other sizes and other ways through the control flow cost memory for
// their bookkeeping only; the weights are shared.
constexpr size_t kMaxSpecialisations = 16;

// Tried in this order when no manifest says what a network takes.
constexpr int kGuessedSides[] = {224, 299, 256, 384, 512, 128, 96, 64, 32, 28};

// The same numbers every time, of both signs, none of them special.
at::Tensor SampleInput(int channels, int height, int width) {
  return at::linspace(-1.5, 1.5, int64_t{channels} * height * width)
      .view({1, channels, height, width});
}

int64_t ChannelCount(const TopologyNode& node) {
  if (node.shape.empty()) return 0;
  return node.data_kind == DataKind::kTokens ? node.shape.back() : node.shape.front();
}

// What a network without a manifest most likely takes.
Preprocessing Guess(const Preprocessing& given, const ModelFile& file) {
  Preprocessing guess = given;
  guess.channels = file.guessed_channels();
  if (guess.channels == 3) {
    guess.mean = {0.485F, 0.456F, 0.406F};  // of ImageNet, as torchvision uses them
    guess.std = {0.229F, 0.224F, 0.225F};
  }
  return guess;
}

}  // namespace

Network::Network(NetworkManifest manifest, std::string device)
    : given_(std::move(manifest)), manifest_(given_) {
  info_.id = manifest_.id;
  info_.title = manifest_.title.empty() ? manifest_.id : manifest_.title;
  info_.description = manifest_.description;
  info_.task = manifest_.task;
  info_.input = manifest_.preprocessing;
  info_.score_activation = manifest_.score_activation;
  info_.class_names = manifest_.class_names;
  info_.default_numerics = manifest_.numerics;
  info_.device = std::move(device);
}

NetworkInfo Network::Info() const {
  absl::MutexLock lock(&mutex_);
  return info_;
}

bool Network::IsUpToDate(const NetworkManifest& manifest) const {
  if (manifest != given_) return false;
  const NetworkInfo info = Info();
  if (info.state == NetworkState::kLoading) return true;
  if (info.state == NetworkState::kFailed) return false;
  const absl::StatusOr<std::string> digest = Sha256OfFile(manifest.model_file);
  return digest.ok() && *digest == info.digest;
}

void Network::OnSettled(absl::AnyInvocable<void() &&> settled) {
  {
    absl::MutexLock lock(&mutex_);
    if (info_.state == NetworkState::kLoading) {
      waiting_.push_back(std::move(settled));
      return;
    }
  }
  std::move(settled)();
}

absl::Status Network::Check(const std::string& expected_digest) const {
  absl::MutexLock lock(&mutex_);
  if (info_.state == NetworkState::kLoading) {
    return WithReason(absl::UnavailableError(absl::StrCat(
                          "network \"", info_.id, "\" is loading; retry, or set wait_until_ready")),
                      "NETWORK_LOADING", {{"network", info_.id}}, absl::Milliseconds(500));
  }
  if (info_.state == NetworkState::kFailed) {
    return WithReason(absl::FailedPreconditionError(absl::StrCat(
                          "network \"", info_.id, "\" failed to load: ", info_.failure)),
                      "NETWORK_FAILED", {{"network", info_.id}});
  }
  if (!expected_digest.empty() && expected_digest != info_.digest) {
    return WithReason(absl::FailedPreconditionError(
                          absl::StrCat("network \"", info_.id, "\" has the digest ", info_.digest,
                                       ", not the expected one; fetch its topology again")),
                      "NETWORK_CHANGED", {{"network", info_.id}, {"digest", info_.digest}});
  }
  return absl::OkStatus();
}

absl::Status Network::Open(absl::StatusOr<std::unique_ptr<ModelFile>> file, absl::Time latest_end) {
  const absl::StatusOr<std::shared_ptr<const Specialisation>> opened =
      TakeFile(std::move(file), latest_end);
  std::vector<absl::AnyInvocable<void() &&>> waiting;
  {
    absl::MutexLock lock(&mutex_);
    info_.state = opened.ok() ? NetworkState::kReady : NetworkState::kFailed;
    if (opened.ok()) default_ = *opened;
    if (!opened.ok()) info_.failure = std::string(opened.status().message());
    waiting.swap(waiting_);
  }
  for (auto& settled : waiting) std::move(settled)();
  return opened.status();
}

absl::StatusOr<std::shared_ptr<const Specialisation>> Network::TakeFile(
    absl::StatusOr<std::unique_ptr<ModelFile>> file, absl::Time latest_end) {
  DV_ASSIGN_OR_RETURN(file_, std::move(file));
  DV_ASSIGN_OR_RETURN(std::shared_ptr<const Specialisation> first, SpecialiseFirst(latest_end));
  DV_RETURN_IF_ERROR(CheckClasses(*first));
  Describe(*first);
  return first;
}

absl::StatusOr<std::shared_ptr<const Specialisation>> Network::SpecialiseFirst(
    absl::Time latest_end) {
  Preprocessing& input = manifest_.preprocessing;
  if (input.height > 0) {
    return Specialise(SampleInput(input.channels, input.height, input.width), latest_end);
  }
  input = Guess(input, *file_);
  input.guessed = true;
  absl::Status first_error;
  for (const int side : kGuessedSides) {
    auto made = Specialise(SampleInput(input.channels, side, side), latest_end);
    if (absl::IsDeadlineExceeded(made.status())) return made;
    if (made.ok()) {
      input.height = input.width = side;
      return made;
    }
    if (first_error.ok()) first_error = made.status();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "the network runs on none of the usual input sizes; say its input in a manifest (",
      first_error.message(), ")"));
}

absl::StatusOr<std::shared_ptr<const Specialisation>> Network::Specialise(const at::Tensor& sample,
                                                                          absl::Time latest_end) {
  DV_ASSIGN_OR_RETURN(std::shared_ptr<const Graph> graph, file_->Specialise(sample, latest_end));
  TopologyOptions options;
  options.task = manifest_.task == Task::kGuess ? GuessTask(*graph) : manifest_.task;
  options.score_activation = manifest_.score_activation == ScoreActivation::kGuess
                                 ? GuessScoreActivation(*graph)
                                 : manifest_.score_activation;
  options.class_count = static_cast<int>(manifest_.class_names.size());
  if (specialisations_.size() >= kMaxSpecialisations) {
    specialisations_.erase(specialisations_.begin() + 1);  // never the network's own size
  }
  specialisations_.push_back(std::make_shared<const Specialisation>(std::move(graph), options));
  return specialisations_.back();
}

absl::Status Network::CheckClasses(const Specialisation& specialisation) const {
  if (specialisation.scores() == kNone || manifest_.class_names.empty()) return absl::OkStatus();
  const auto& sizes = specialisation.graph()->values[specialisation.scores()].sizes;
  const auto classes = static_cast<int64_t>(manifest_.class_names.size());
  if (sizes.size() >= 2 && sizes[1] == classes) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the manifest names ", classes, " classes, but the network gives ",
                   sizes.size() >= 2 ? sizes[1] : 0, " scores; correct class_names"));
}

void Network::Describe(const Specialisation& specialisation) {
  const Graph& graph = *specialisation.graph();
  absl::MutexLock lock(&mutex_);
  info_.digest = file_->digest();
  info_.parameter_count = file_->parameter_count();
  info_.input = manifest_.preprocessing;
  info_.warnings = graph.warnings;
  if (info_.task == Task::kGuess) info_.task = GuessTask(graph);
  if (info_.score_activation == ScoreActivation::kGuess) {
    info_.score_activation = GuessScoreActivation(graph);
  }
  if (info_.input.guessed) {
    info_.warnings.push_back("input size, mean and deviation are guessed; say them in a manifest");
  }
  for (const TopologyNode& node : specialisation.layers()->nodes) {
    if (node.data_kind == DataKind::kNone) continue;
    ++info_.layer_count;
    info_.channel_count += ChannelCount(node);
  }
}

std::shared_ptr<const Specialisation> Network::Default() const {
  absl::MutexLock lock(&mutex_);
  return default_;
}

absl::StatusOr<std::shared_ptr<const Specialisation>> Network::Fit(const at::Tensor& input) {
  for (auto it = specialisations_.rbegin(); it != specialisations_.rend(); ++it) {
    const Specialisation& candidate = **it;
    if (input.sizes() != candidate.graph()->values[candidate.graph()->input].sizes) continue;
    if (candidate.guards().operator_count() == 0) return *it;
    const absl::Status fits = CallTorch([&] {
      return candidate.guards().Run(input, {},
                                    [](int, const at::Tensor&) { return absl::OkStatus(); });
    });
    if (fits.ok()) return *it;
    if (!absl::IsAborted(fits)) return fits;
  }
  absl::StatusOr<std::shared_ptr<const Specialisation>> made = Specialise(input);
  if (made.ok() || !absl::IsInvalidArgument(made.status())) return made;
  return WithReason(
      absl::InvalidArgumentError(absl::StrCat(
          "input: the network does not run on an input of ", absl::StrJoin(input.sizes(), "x"),
          "; send the size that GetNetwork names (", made.status().message(), ")")),
      "INPUT_DOES_NOT_FIT", {{"network", manifest_.id}});
}

absl::StatusOr<std::shared_ptr<const Specialisation>> Network::ForSize(int channels, int height,
                                                                       int width) {
  return Fit(Convert(SampleInput(channels, height, width)));
}

void Network::ProbeOtherSize() {
  const Preprocessing& input = manifest_.preprocessing;
  const auto made = ForSize(input.channels, input.height + 32, input.width + 32);
  absl::MutexLock lock(&mutex_);
  info_.fixed_input_size = !made.ok();
}

}  // namespace deepvision
