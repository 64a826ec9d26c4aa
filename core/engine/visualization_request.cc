#include "core/engine/visualization_request.h"

#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/api/error.h"
#include "core/base/digest.h"
#include "core/base/status_macros.h"
#include "core/engine/nearest_ids.h"
#include "core/visualization/ascent.h"
#include "core/visualization/objective.h"
#include "core/visualization/resolve_spec.h"

namespace deepvision {
namespace {

// Of what computes images; another one makes other images of the same spec.
constexpr int kMethodVersion = 4;
// The images of one unit together: their parameters and gradients take some hundred
// bytes a pixel.
constexpr int64_t kMostPixels = int64_t{8} << 20;

absl::Status WithText(const absl::Status& status, const std::string& text) {
  absl::Status named(status.code(), text);
  status.ForEachPayload(
      [&](absl::string_view type, const absl::Cord& payload) { named.SetPayload(type, payload); });
  return named;
}

absl::Status InSpec(const absl::Status& status) {
  return WithText(status, absl::StrCat("spec.", status.message()));
}

// "input.pixels: …" -> "spec.start.pixels: …"
absl::Status InStart(const absl::Status& status) {
  absl::string_view text = status.message();
  constexpr absl::string_view kInput = "input";
  if (absl::StartsWith(text, kInput)) text.remove_prefix(kInput.size());
  return WithText(status, absl::StrCat("spec.start", text));
}

absl::Status CannotVisualize(const std::string& layer, absl::string_view why) {
  return WithReason(
      absl::FailedPreconditionError(absl::StrCat(
          "layer: \"", layer, "\" cannot be visualized: ", why, "; choose another one")),
      "CANNOT_VISUALIZE", {{"layer", layer}});
}

std::string WhyNot(const Specialisation& specialisation, const std::string& id) {
  const std::optional<int> node = specialisation.NodeIndex(id);
  const std::string why =
      node ? specialisation.layers()->nodes[static_cast<size_t>(*node)].cannot_visualize_reason
           : "";
  return why.empty() ? "no gradient flows from it to the input" : why;
}

absl::StatusOr<ObservedLayer> Observe(const Specialisation& specialisation, const std::string& id) {
  const std::optional<Addressed> found = specialisation.Find(id);
  if (!found.has_value()) {
    return UnknownId("layer", id, specialisation.AllIds(), "LAYER_NOT_FOUND");
  }
  if (found->probabilities) {
    return CannotVisualize(id, "it is computed from the scores, which can be");
  }
  const Graph& graph = *specialisation.graph();
  if (found->value == graph.input) return CannotVisualize(id, "it is the input");
  if (!graph.values[found->value].differentiable) {
    return CannotVisualize(id, WhyNot(specialisation, id));
  }
  const DataDescription data = specialisation.Describe(*found);
  ObservedLayer layer{id, found->value, data.kind, data.shape};
  if (UnitCount(layer) == 0) {
    return CannotVisualize(id, "its values are no units (maps, tokens or a vector)");
  }
  return layer;
}

absl::StatusOr<std::vector<ObservedLayer>> ObserveAll(const Specialisation& specialisation,
                                                      const VisualizationSpec& spec) {
  std::vector<ObservedLayer> layers;
  for (const std::string& id : LayersOf(spec.objective, spec.layer)) {
    DV_ASSIGN_OR_RETURN(ObservedLayer layer, Observe(specialisation, id));
    layers.push_back(std::move(layer));
  }
  return layers;
}

absl::Status CheckObjective(const VisualizationSpec& spec,
                            const std::vector<ObservedLayer>& layers) {
  DV_ASSIGN_OR_RETURN(const ObjectiveFunction objective,
                      ObjectiveFunction::Create(spec.objective, spec.layer, layers));
  for (const int unit : spec.units) DV_RETURN_IF_ERROR(objective.CheckUnit(unit));
  if (objective.images() > 1 && spec.numerics == Numerics::kExact) {
    return absl::InvalidArgumentError(
        "numerics: EXACT computes images one at a time; a group of images needs FAST");
  }
  if (int64_t{objective.images()} * spec.height * spec.width > kMostPixels) {
    return absl::InvalidArgumentError(
        absl::StrCat("height: the images of one unit have more than ", kMostPixels,
                     " pixels together; ask for smaller or fewer ones"));
  }
  return absl::OkStatus();
}

absl::StatusOr<VisualizationSpec> Resolve(VisualizationSpec spec, const Preprocessing& input,
                                          const std::vector<ObservedLayer>& layers) {
  SpecContext context;
  context.input_height = input.height;
  context.input_width = input.width;
  context.units = UnitCount(layers.front());
  DV_ASSIGN_OR_RETURN(spec, ResolveSpec(std::move(spec), context));
  DV_RETURN_IF_ERROR(CheckObjective(spec, layers));
  return spec;
}

std::string DigestOf(const at::Tensor& tensor) {
  const at::Tensor numbers = tensor.contiguous();
  Sha256 hash;
  for (const int64_t size : numbers.sizes()) hash.Update(absl::StrCat(size, " "));
  hash.Update(static_cast<const uint8_t*>(numbers.const_data_ptr()), numbers.nbytes());
  return hash.Finish();
}

bool HasBytes(const Input& input) {
  return std::holds_alternative<EncodedImage>(input) || std::holds_alternative<Pixels>(input) ||
         std::holds_alternative<InputTensor>(input);
}

// What a name means today decides the result, so that is the tensor's digest.
absl::Status TakeStart(const Network& network, const VisualizationRequestTools& tools,
                       VisualizationRequest& request, AscentOptions& options) {
  Input& start = request.spec.start;
  if (std::holds_alternative<std::monostate>(start)) return absl::OkStatus();
  const absl::StatusOr<PreparedInput> prepared = tools.prepare(start, network);
  if (!prepared.ok()) return InStart(prepared.status());
  options.start = prepared->tensor.select(0, 0);
  request.context.start_digest = DigestOf(options.start);
  if (HasBytes(start)) start = InputByDigest{prepared->digest};
  return absl::OkStatus();
}

absl::Status TakeMagnitude(const VisualizationRequestTools& tools, VisualizationRequest& request,
                           AscentOptions& options) {
  const VisualizationSpec& spec = request.spec;
  const auto* const maco = std::get_if<MacoMethod>(&spec.method);
  if (maco == nullptr || maco->magnitude_dataset.empty()) return absl::OkStatus();
  const absl::StatusOr<at::Tensor> magnitude = tools.magnitude(
      maco->magnitude_dataset, options.preprocessing.channels, spec.height, spec.width);
  if (!magnitude.ok()) {
    return WithText(magnitude.status(),
                    absl::StrCat("spec.maco.magnitude_dataset: ", magnitude.status().message()));
  }
  options.magnitude = *magnitude;
  request.context.magnitude_digest = DigestOf(*magnitude);
  return absl::OkStatus();
}

absl::StatusOr<PictureList> TakePictures(const VisualizationRequestTools& tools,
                                         VisualizationRequest& request) {
  const std::string& dataset = request.spec.quality_dataset;
  if (dataset.empty()) return PictureList();
  absl::StatusOr<PictureList> pictures = tools.pictures(dataset, request.context.preprocessing);
  // Not every network takes pictures; better known now than when the job begins.
  const absl::Status first = pictures.ok() ? pictures->picture(0).status() : pictures.status();
  if (!first.ok()) {
    return WithText(first, absl::StrCat("spec.quality_dataset: ", first.message()));
  }
  request.context.quality_digest = pictures->digest;
  return pictures;
}

}  // namespace

absl::StatusOr<VisualizationRequest> MakeVisualizationRequest(
    VisualizationSpec spec, const std::shared_ptr<const Network>& network,
    const VisualizationRequestTools& tools) {
  const std::shared_ptr<const Specialisation> specialisation = network->Default();
  const NetworkInfo info = network->Info();
  const absl::StatusOr<std::vector<ObservedLayer>> layers = ObserveAll(*specialisation, spec);
  if (!layers.ok()) return InSpec(layers.status());
  absl::StatusOr<VisualizationSpec> resolved = Resolve(std::move(spec), info.input, *layers);
  if (!resolved.ok()) return InSpec(resolved.status());
  VisualizationRequest request;
  request.spec = *std::move(resolved);
  absl::StatusOr<ProducedBy> by = tools.produced_by(*network, request.spec.numerics);
  if (!by.ok()) return InSpec(by.status());
  request.produced_by = *std::move(by);
  // Batches round otherwise than single images, which EXACT is told of.
  request.produced_by.numerics = request.spec.numerics;
  request.context.model_digest = info.digest;
  request.context.preprocessing = info.input;
  request.context.method_version = kMethodVersion;
  AscentOptions options;
  options.graph = specialisation->graph();
  options.layers = *layers;
  options.preprocessing = info.input;
  DV_RETURN_IF_ERROR(TakeStart(*network, tools, request, options));
  DV_RETURN_IF_ERROR(TakeMagnitude(tools, request, options));
  DV_ASSIGN_OR_RETURN(PictureList pictures, TakePictures(tools, request));
  options.spec = request.spec;
  request.make_worker =
      [options = std::move(options), specialisation, pictures = std::move(pictures),
       worker = tools.worker]() mutable -> absl::StatusOr<std::unique_ptr<VisualizationWorker>> {
    return MakeAscentWorker(std::move(options), std::move(worker), std::move(pictures));
  };
  return request;
}

}  // namespace deepvision
