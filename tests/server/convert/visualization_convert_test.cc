#include "server/convert/visualization_convert.h"

#include <google/protobuf/text_format.h>
#include <grpcpp/support/status.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/api/error.h"
#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

const std::string kId = "networks/net/visualizations/" + std::string(64, 'a');

template <typename Request>
auto Convert(std::string text) {
  if (const size_t at = text.find("ID"); at != std::string::npos) text.replace(at, 2, kId);
  Request request;
  REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &request));
  return FromProto(std::move(request));
}

template <typename Result>
void CheckField(const Result& result, const std::string& field, const std::string& advice) {
  REQUIRE_FALSE(result.ok());
  INFO(result.status().message());
  CHECK(absl::IsInvalidArgument(result.status()));
  CHECK(GetErrorDetails(result.status()).metadata["field"] == field);
  CHECK(absl::StrContains(result.status().message(), advice));
}

struct Bad {
  const char* text;
  const char* field;
  const char* advice;
};

TEST_CASE("every bad field of a view is named with what to do", "[server][convert]") {
  const auto [text, field, advice] = GENERATE(values<Bad>({
      {"view { every_steps: 100001 }", "view.every_steps", "0 to 100000"},
      {"view { max_fps: 61 }", "view.max_fps", "at most 60"},
      {"view { max_fps: -1 }", "view.max_fps", "greater than 0"},
      {"view { max_fps: nan }", "view.max_fps", "at most 60"},
      {"view { max_side: 16385 }", "view.max_side", "0 to 16384"},
      {"view { encoding: 77 }", "view.encoding", "this server's protos"},
      {"view { space: 77 }", "view.space", "this server's protos"},
      {"view { space: VISUALIZATION_SPACE_NETWORK }", "view.space", "FLOAT32"},
      {"view { transparency: true encoding: VISUALIZATION_ENCODING_RGB8 }", "view.transparency",
       "PNG or RGBA8"},
      {"view { row_order: ROW_ORDER_BOTTOM_UP }", "view.row_order", "TOP_DOWN"},
      {"view { layout: 9 }", "view.layout", "this server's protos"},
      {"view { layout: VISUALIZATION_LAYOUT_ATLAS encoding: VISUALIZATION_ENCODING_FLOAT32 }",
       "view.encoding", "RGBA8"},
      {"view { atlas { gutter: 1 } }", "view.atlas", "VISUALIZATION_LAYOUT_ATLAS"},
      {"view { layout: VISUALIZATION_LAYOUT_ATLAS atlas { gutter: 17 } }", "view.atlas.gutter",
       "0 to 16"},
      {"view { layout: VISUALIZATION_LAYOUT_ATLAS atlas { max_sheet_side: 1 } }",
       "view.atlas.max_sheet_side", "64 to 16384"},
      {"replay_fps: 2", "replay_fps", "from_step"},
      {"from_step: 0 replay_fps: 61", "replay_fps", "0 to 60"},
      {"units: [ 4, 4 ]", "units[1]", "once"},
  }));
  CheckField(Convert<v1::WatchVisualizationRequest>(absl::StrCat("id: 'ID' ", text)), field,
             advice);
}

TEST_CASE("an id of a visualization is checked as a whole", "[server][convert]") {
  const std::string digest(64, 'a');
  const std::string id = GENERATE_COPY(
      std::string(), std::string("x"), "networks//visualizations/" + digest,
      "networks/n/visualizations/" + digest + "a", "networks/n/visualizations/" + digest + "/x",
      "networks/n/layers/" + digest, "networks/n/visualizations/" + std::string(64, 'G'));
  CheckField(Convert<v1::WatchVisualizationRequest>(absl::StrCat("id: '", id, "'")), "id",
             "StartVisualization");
}

TEST_CASE("a view that says nothing has the documented defaults", "[server][convert]") {
  const auto query = Convert<v1::WatchVisualizationRequest>("id: 'ID'");
  REQUIRE_OK(query);
  CHECK(query->id == kId);
  CHECK_FALSE(query->from_step.has_value());
  CHECK(query->view.max_fps == 4);
  CHECK(query->view.encoding == PictureEncoding::kPng);
  CHECK(query->view.layout == VisualizationLayout::kUnits);
  CHECK(query->view.max_sheet_side == 4096);
}

TEST_CASE("a view with everything set arrives as it was sent", "[server][convert]") {
  const auto query = Convert<v1::WatchVisualizationRequest>(
      "id: 'ID' units: [ 5, 2 ] from_step: 0 replay_fps: 8 view { results_only: true "
      "every_steps: 3 max_fps: 0.5 max_side: 64 encoding: VISUALIZATION_ENCODING_RGBA8 "
      "transparency: true row_order: ROW_ORDER_BOTTOM_UP layout: VISUALIZATION_LAYOUT_ATLAS "
      "atlas { max_sheet_side: 512 gutter: 2 } }");
  REQUIRE_OK(query);
  CHECK(query->units == std::vector<int>{5, 2});
  CHECK(query->from_step == 0);
  CHECK(query->replay_fps == 8);
  const VisualizationView& view = query->view;
  CHECK(view.results_only);
  CHECK(view.every_steps == 3);
  CHECK(view.max_fps == 0.5);
  CHECK(view.max_side == 64);
  CHECK(view.encoding == PictureEncoding::kRgba8);
  CHECK(view.transparency);
  CHECK(view.row_order == RowOrder::kBottomUp);
  CHECK(view.layout == VisualizationLayout::kAtlas);
  CHECK(view.max_sheet_side == 512);
  CHECK(view.gutter == 2);
  const auto floats = Convert<v1::WatchVisualizationRequest>(
      "id: 'ID' view { encoding: VISUALIZATION_ENCODING_FLOAT32 space: VISUALIZATION_SPACE_NETWORK "
      "}");
  REQUIRE_OK(floats);
  CHECK(floats->view.space == PictureSpace::kNetwork);
}

TEST_CASE("a start says mode, priority and which model it means", "[server][convert]") {
  const std::string spec = "spec { network: 'net' layer: 'a' all_units: true } ";
  const auto query = Convert<v1::StartVisualizationRequest>(
      spec +
      "mode: VISUALIZATION_MODE_GENERATE priority: -7 wait_until_ready: true "
      "expected_digest: '" +
      std::string(64, 'c') + "'");
  REQUIRE_OK(query);
  CHECK(query->mode == VisualizationMode::kGenerate);
  CHECK(query->priority == -7);
  CHECK(query->wait_until_ready);
  CHECK(query->spec.expected_digest == std::string(64, 'c'));
  CheckField(Convert<v1::StartVisualizationRequest>(spec + "priority: 101"), "priority",
             "-100 to 100");
  CheckField(Convert<v1::StartVisualizationRequest>(spec + "mode: 9"), "mode", "protos");
  CheckField(Convert<v1::StartVisualizationRequest>(spec + "expected_digest: 'x'"),
             "expected_digest", "64 hexadecimal");
  CheckField(Convert<v1::StartVisualizationRequest>(""), "spec.network", "ListNetworks");
  const auto stream = Convert<v1::StreamVisualizationRequest>(spec + "detach: true from_step: 4");
  REQUIRE_OK(stream);
  CHECK(stream->detach);
  CHECK(stream->start.spec.all_units);
  CHECK(stream->watch.from_step == 4);
}

TEST_CASE("a cancel names a ticket, or a job by force", "[server][convert]") {
  const auto [text, field, advice] = GENERATE(values<Bad>({
      {"", "ticket", "id and force"},
      {"ticket: 't' id: 'ID' force: true", "ticket", "one of them"},
      {"id: 'ID'", "force", "without the ticket"},
      {"ticket: 't' force: true", "force", "goes with id"},
      {"id: 'x' force: true", "id", "StartVisualization"},
  }));
  CheckField(Convert<v1::CancelVisualizationRequest>(text), field, advice);
  CHECK(Convert<v1::CancelVisualizationRequest>("ticket: 't'")->ticket == "t");
  CHECK(Convert<v1::CancelVisualizationRequest>("id: 'ID' force: true")->force);
}

TEST_CASE("an empty filter deletes nothing", "[server][convert]") {
  CheckField(Convert<v1::DeleteVisualizationsRequest>(""), "network", "empty filter");
  CheckField(Convert<v1::DeleteVisualizationsRequest>("layer: 'a'"), "network", "layer's network");
  CHECK(Convert<v1::DeleteVisualizationsRequest>("network: 'n' layer: 'a'")->layer == "a");
  CHECK(Convert<v1::DeleteVisualizationsRequest>("id: 'ID'")->id == kId);
}

TEST_CASE("a list is of all jobs unless it says which", "[server][convert]") {
  CHECK_FALSE(Convert<v1::ListVisualizationsRequest>("")->state.has_value());
  CHECK(Convert<v1::ListVisualizationsRequest>("state: VISUALIZATION_STATE_PARTIAL")->state ==
        JobState::kPartial);
  CheckField(Convert<v1::ListVisualizationsRequest>("state: 9"), "state", "protos");
  CheckField(Convert<v1::ListVisualizationsRequest>("layer: 'a'"), "network", "layer's network");
}

TEST_CASE("a priority is of a job and within its bounds", "[server][convert]") {
  v1::SetPriorityRequest request;
  CHECK_STATUS(Check(request), absl::StatusCode::kInvalidArgument, "id: ");
  request.set_id(kId);
  REQUIRE_OK(Check(request));
  request.set_priority(-101);
  CHECK_STATUS(Check(request), absl::StatusCode::kInvalidArgument, "priority: is -101");
}

VisualizationJob MakeJob() {
  VisualizationJob job;
  job.id = kId;
  job.spec.network = "net";
  job.spec.units = {3, 4};
  job.spec.objective.terms.push_back({DirectionTerm{"a", {1, 2, 3}, 0}, 1});
  job.state = JobState::kRunning;
  job.priority = -3;
  job.batch_width = 4;
  job.steps_per_second = 12.5;
  job.remaining = absl::Milliseconds(1500);
  job.counts = {1, 2, 3, 4, 5};
  job.created = absl::FromUnixMillis(1500);
  job.started = absl::FromUnixMillis(2000);
  UnitStatus failed{4, UnitState::kFailed, 17, 2, false, {}};
  failed.failure = WithReason(absl::InternalError("not finite at step 17"), "NOT_FINITE");
  job.units = {{3, UnitState::kDone, 512, 0, true, {}}, failed};
  return job;
}

TEST_CASE("a job tells how it and its units stand", "[server][convert]") {
  const v1::Visualization told = ToProto(MakeJob());
  CHECK(told.id() == kId);
  CHECK(told.created_time().seconds() == 1);
  CHECK(told.created_time().nanos() == 500000000);
  const v1::VisualizationStatus& status = told.status();
  CHECK(status.state() == v1::VISUALIZATION_STATE_RUNNING);
  CHECK(status.priority() == -3);
  CHECK_FALSE(status.has_queue_position());
  CHECK_FALSE(status.has_end_time());
  CHECK(status.remaining_time().nanos() == 500000000);
  CHECK(status.counts().failed() == 5);
  REQUIRE(status.units_size() == 2);
  CHECK(status.units(0).state() == v1::UNIT_STATE_DONE);
  CHECK(status.units(0).from_store());
  CHECK_FALSE(status.units(0).has_failure());
  CHECK(status.units(1).restarts() == 2);
  CHECK(status.units(1).failure().reason() == "NOT_FINITE");
  CHECK(status.units(1).failure().code() == static_cast<uint32_t>(grpc::StatusCode::INTERNAL));
}

TEST_CASE("a list's entry leaves out what may be long", "[server][convert]") {
  const v1::Visualization told = SummaryOf(MakeJob());
  CHECK(told.status().units().empty());
  CHECK(told.status().counts().done() == 3);
  CHECK(told.spec().units_case() == v1::VisualizationSpec::UNITS_NOT_SET);
  REQUIRE(told.spec().objective().terms_size() == 1);
  CHECK(told.spec().objective().terms(0).direction().layer() == "a");
  CHECK(told.spec().objective().terms(0).direction().direction().empty());
}

TEST_CASE("progress is one list per number", "[server][convert]") {
  const v1::VisualizationProgress one = ToProto({ImageProgress{7, 0, 12, 1.5F, 0.25F}});
  CHECK(one.units(0) == 7);
  CHECK(one.images().empty());
  CHECK(one.steps(0) == 12);
  CHECK(one.objectives(0) == 1.5F);
  CHECK(one.gradient_norms(0) == 0.25F);
  const v1::VisualizationProgress two =
      ToProto({ImageProgress{7, 0, 12, 1, 1}, ImageProgress{7, 1, 12, 2, 1}});
  CHECK(two.images_size() == 2);
  CHECK(two.images(1) == 1);
}

TEST_CASE("only what is done has a quality and a picture", "[server][convert]") {
  VisualizationResult result;
  result.unit = 13;
  result.status.state = UnitState::kDead;
  const v1::VisualizationResult dead = ToProto(result, {});
  CHECK(dead.status().unit() == 13);
  CHECK(dead.status().state() == v1::UNIT_STATE_DEAD);
  CHECK_FALSE(dead.has_quality());
  CHECK_FALSE(dead.has_pixels());
  result.status.state = UnitState::kDone;
  result.quality.objective = 2;
  result.quality.dataset_maximum = 3;
  result.data.emplace();
  result.data->width = 5;
  result.data->bytes = HostBuffer(std::string("12345"));
  VisualizationView view;
  view.encoding = PictureEncoding::kFloat32;
  view.space = PictureSpace::kNetwork;
  const v1::VisualizationResult done = ToProto(result, view);
  CHECK(done.quality().objective() == 2);
  CHECK(done.quality().dataset_maximum() == 3);
  CHECK_FALSE(done.quality().has_dataset_mean());
  CHECK(done.pixels().width() == 5);
  CHECK(done.pixels().channels() == 3);
  CHECK(done.pixels().space() == v1::VISUALIZATION_SPACE_NETWORK);
  CHECK(done.pixels().byte_count() == 5);
}

TEST_CASE("both streams of visualizations have the same messages", "[server][convert]") {
  const auto* watch = v1::WatchVisualizationResponse::descriptor();
  const auto* stream = v1::StreamVisualizationResponse::descriptor();
  REQUIRE(watch->field_count() == stream->field_count());
  for (int i = 0; i < watch->field_count(); ++i) {
    CHECK(watch->field(i)->name() == stream->field(i)->name());
    CHECK(watch->field(i)->number() == stream->field(i)->number());
    CHECK(watch->field(i)->message_type() == stream->field(i)->message_type());
  }
}

}  // namespace
}  // namespace deepvision
