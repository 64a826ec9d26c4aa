// Responses of VisualizationService.
#include "server/convert/visualization_convert.h"

#include <algorithm>

#include "core/api/error.h"
#include "server/convert/activation_convert.h"
#include "server/convert/enum_convert.h"
#include "server/convert/server_convert.h"
#include "server/convert/status_convert.h"
#include "server/convert/visualization_spec_convert.h"

namespace deepvision {
namespace {

uint32_t Unsigned(int value) { return static_cast<uint32_t>(value); }

google::protobuf::Timestamp ToProto(absl::Time time) {
  const timespec spec = absl::ToTimespec(time);
  google::protobuf::Timestamp out;
  out.set_seconds(spec.tv_sec);
  out.set_nanos(static_cast<int32_t>(spec.tv_nsec));
  return out;
}

// As ToGrpcStatus would tell it.
v1::Failure ToFailure(const absl::Status& status) {
  const grpc::Status told = ToGrpcStatus(status, "");
  v1::Failure out;
  out.set_code(static_cast<uint32_t>(told.error_code()));
  out.set_reason(GetErrorDetails(status).reason);
  out.set_message(told.error_message());
  return out;
}

v1::UnitStatus ToProto(const UnitStatus& unit) {
  v1::UnitStatus out;
  out.set_unit(Unsigned(unit.unit));
  out.set_state(deepvision::ToProto(unit.state));
  out.set_step(Unsigned(unit.step));
  out.set_restarts(Unsigned(unit.restarts));
  out.set_from_store(unit.from_store);
  if (!unit.failure.ok()) *out.mutable_failure() = ToFailure(unit.failure);
  return out;
}

v1::UnitCounts ToProto(const UnitCounts& counts) {
  v1::UnitCounts out;
  out.set_waiting(Unsigned(counts.waiting));
  out.set_running(Unsigned(counts.running));
  out.set_done(Unsigned(counts.done));
  out.set_dead(Unsigned(counts.dead));
  out.set_failed(Unsigned(counts.failed));
  return out;
}

v1::VisualizationPixels ToProto(const EncodedImageData& data, const VisualizationView& view) {
  v1::VisualizationPixels out;
  out.set_width(Unsigned(data.width));
  out.set_height(Unsigned(data.height));
  if (view.encoding == PictureEncoding::kFloat32) {
    out.set_channels(Unsigned(data.channels));
    out.set_space(deepvision::ToProto(view.space));
  }
  out.set_full_width(Unsigned(data.full_width));
  out.set_full_height(Unsigned(data.full_height));
  out.set_encoding(deepvision::ToProto(view.encoding));
  out.set_row_order(deepvision::ToProto(view.row_order));
  out.set_byte_count(data.bytes.size());
  return out;
}

v1::VisualizationQuality ToProto(const VisualizationQuality& quality) {
  v1::VisualizationQuality out;
  out.set_objective(quality.objective);
  if (quality.dataset_maximum) out.set_dataset_maximum(*quality.dataset_maximum);
  if (quality.dataset_mean) out.set_dataset_mean(*quality.dataset_mean);
  out.set_spectral_distance(quality.spectral_distance);
  return out;
}

// Everything but spec and status.
v1::Visualization IdentityOf(const VisualizationJob& job) {
  v1::Visualization out;
  out.set_id(job.id);
  out.set_network_digest(job.network_digest);
  *out.mutable_produced_by() = deepvision::ToProto(job.produced_by);
  *out.mutable_created_time() = ToProto(job.created);
  return out;
}

}  // namespace

v1::VisualizationStatus StatusOf(const VisualizationJob& job) {
  v1::VisualizationStatus out;
  out.set_state(ToProto(job.state));
  if (!job.failure.ok()) *out.mutable_failure() = ToFailure(job.failure);
  out.set_priority(job.priority);
  if (job.queue_position) out.set_queue_position(Unsigned(*job.queue_position));
  out.set_batch_width(Unsigned(job.batch_width));
  out.set_steps_per_second(job.steps_per_second);
  if (job.remaining) *out.mutable_remaining_time() = ToProto(*job.remaining);
  *out.mutable_counts() = ToProto(job.counts);
  if (job.started) *out.mutable_start_time() = ToProto(*job.started);
  if (job.ended) *out.mutable_end_time() = ToProto(*job.ended);
  for (const UnitStatus& unit : job.units) *out.add_units() = ToProto(unit);
  return out;
}

v1::Visualization ToProto(const VisualizationJob& job) {
  v1::Visualization out = IdentityOf(job);
  *out.mutable_spec() = ToProto(job.spec);
  *out.mutable_status() = StatusOf(job);
  return out;
}

v1::Visualization SummaryOf(const VisualizationJob& job) {
  v1::Visualization out = ToProto(job);
  out.mutable_status()->clear_units();
  out.mutable_spec()->clear_units();
  for (v1::WeightedTerm& term : *out.mutable_spec()->mutable_objective()->mutable_terms()) {
    if (term.has_direction()) term.mutable_direction()->clear_direction();
  }
  return out;
}

v1::StartVisualizationResponse ToProto(const StartedVisualization& started) {
  v1::StartVisualizationResponse out;
  *out.mutable_visualization() = ToProto(started.job);
  out.set_ticket(started.ticket);
  out.set_merged(started.merged);
  return out;
}

v1::VisualizationHeader ToProto(const VisualizationHeader& header) {
  v1::VisualizationHeader out;
  *out.mutable_visualization() = ToProto(header.job);
  for (const int unit : header.units) out.add_units(Unsigned(unit));
  return out;
}

v1::VisualizationProgress ToProto(const std::vector<ImageProgress>& images) {
  const bool several = std::any_of(images.begin(), images.end(),
                                   [](const ImageProgress& image) { return image.image != 0; });
  v1::VisualizationProgress out;
  for (const ImageProgress& image : images) {
    out.add_units(Unsigned(image.unit));
    if (several) out.add_images(Unsigned(image.image));
    out.add_steps(Unsigned(image.step));
    out.add_objectives(image.objective);
    out.add_gradient_norms(image.gradient_norm);
  }
  return out;
}

v1::VisualizationPicture ToProto(const VisualizationPicture& picture,
                                 const VisualizationView& view) {
  v1::VisualizationPicture out;
  out.set_unit(Unsigned(picture.unit));
  out.set_image(Unsigned(picture.image));
  out.set_step(Unsigned(picture.step));
  out.set_replayed(picture.replayed);
  out.set_sheet_index(Unsigned(picture.sheet_index));
  if (picture.geometry) *out.mutable_sheet() = ToProto(*picture.geometry);
  *out.mutable_pixels() = ToProto(picture.data, view);
  return out;
}

v1::VisualizationResult ToProto(const VisualizationResult& result, const VisualizationView& view) {
  v1::VisualizationResult out;
  *out.mutable_status() = ToProto(result.status);
  out.mutable_status()->set_unit(Unsigned(result.unit));
  out.set_image(Unsigned(result.image));
  *out.mutable_finish_time() = ToProto(result.finished);
  if (result.status.state != UnitState::kDone) return out;
  *out.mutable_quality() = ToProto(result.quality);
  *out.mutable_produced_by() = ToProto(result.produced_by);
  out.set_batch_width(Unsigned(result.batch_width));
  *out.mutable_compute_time() = ToProto(result.compute_time);
  if (result.data) *out.mutable_pixels() = ToProto(*result.data, view);
  return out;
}

v1::DeleteVisualizationsResponse ToProto(const DeletedVisualizations& deleted) {
  v1::DeleteVisualizationsResponse out;
  out.set_unit_count(deleted.units);
  out.set_byte_count(deleted.bytes);
  out.set_job_count(deleted.jobs);
  return out;
}

size_t ElementBytes(PictureEncoding encoding) {
  return encoding == PictureEncoding::kFloat32 ? sizeof(float) : 1;
}

}  // namespace deepvision
