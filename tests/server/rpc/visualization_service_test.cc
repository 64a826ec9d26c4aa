#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/digest.h"
#include "deepvision/v1/visualization.grpc.pb.h"
#include "tests/support/catch.h"
#include "tests/support/loopback_server.h"

namespace deepvision {
namespace {

using Service = v1::VisualizationService;

v1::VisualizationSpec Spec(const std::vector<uint32_t>& units) {
  v1::VisualizationSpec spec;
  spec.set_network("tiny_resnet");
  spec.set_layer("layer4.0.relu@1");
  for (const uint32_t unit : units) spec.mutable_unit_list()->add_units(unit);
  return spec;
}

v1::StreamVisualizationRequest StreamRequest(const std::vector<uint32_t>& units) {
  v1::StreamVisualizationRequest request;
  *request.mutable_spec() = Spec(units);
  return request;
}

// One stream of a default client, checked as it comes. `Response` is of Watch or
// of Stream.
template <typename Response>
class Viewer {
 public:
  template <typename Open>
  Viewer(const LoopbackServer& server, Open open)
      : stub_(server.Stub<Service>()),
        context_(MakeContext()),
        stream_(open(*stub_, context_.get())) {}

  void Cancel() { context_->TryCancel(); }
  grpc::Status Finish() { return stream_->Finish(); }

  // The next message that is no heartbeat; false at the end.
  bool Read() {
    do {
      if (!stream_->Read(&message)) return false;
    } while (message.ByteSizeLong() == 0);
    Take();
    return true;
  }

  void ReadAll() {
    while (Read()) {
    }
  }

  // Until the job has ended, or nothing comes.
  bool ReadUntil(v1::VisualizationState state) {
    while (Read()) {
      if (message.has_state() && message.state().state() == state) return true;
    }
    return false;
  }

  Response message;
  std::string words;  // of all messages: h s p P r t
  v1::VisualizationHeader header;
  v1::VisualizationStatus state;
  std::vector<v1::VisualizationPicture> pictures;
  std::vector<v1::VisualizationResult> results;
  std::vector<std::string> bodies;  // of results
  v1::VisualizationTrailer trailer;

 private:
  void Take() {
    if (message.has_header()) Note('h', header = message.header());
    if (message.has_state()) Note('s', state = message.state());
    if (message.has_progress()) Note('p', message.progress());
    if (message.has_picture()) Note('P', pictures.emplace_back(message.picture()));
    if (message.has_result()) Note('r', results.emplace_back(message.result()));
    data_ += message.data();
    if (message.has_end()) {
      CHECK(message.end().byte_count() == data_.size());
      CHECK(message.end().crc32() == Crc32(data_.data(), data_.size()));
      if (words.back() == 'r') bodies.push_back(data_);
      data_.clear();
    }
    if (message.has_trailer()) Note('t', trailer = message.trailer());
  }

  template <typename Part>
  void Note(char word, const Part&) {
    words += word;
  }

  std::unique_ptr<Service::Stub> stub_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReader<Response>> stream_;
  std::string data_;
};

using StreamViewer = Viewer<v1::StreamVisualizationResponse>;
using WatchViewer = Viewer<v1::WatchVisualizationResponse>;

StreamViewer Stream(const LoopbackServer& server, const v1::StreamVisualizationRequest& request) {
  return StreamViewer(server, [&](Service::Stub& stub, grpc::ClientContext* context) {
    return stub.StreamVisualization(context, request);
  });
}

WatchViewer Watch(const LoopbackServer& server, const v1::WatchVisualizationRequest& request) {
  return WatchViewer(server, [&](Service::Stub& stub, grpc::ClientContext* context) {
    return stub.WatchVisualization(context, request);
  });
}

v1::WatchVisualizationRequest WatchRequest(const std::string& id) {
  v1::WatchVisualizationRequest request;
  request.set_id(id);
  return request;
}

v1::StartVisualizationResponse Start(const LoopbackServer& server,
                                     const v1::VisualizationSpec& spec) {
  v1::StartVisualizationRequest request;
  *request.mutable_spec() = spec;
  v1::StartVisualizationResponse response;
  const grpc::Status status =
      server.Stub<Service>()->StartVisualization(MakeContext().get(), request, &response);
  INFO(status.error_message());
  REQUIRE(status.ok());
  return response;
}

v1::Visualization Get(const LoopbackServer& server, const std::string& id) {
  v1::GetVisualizationRequest request;
  request.set_id(id);
  v1::GetVisualizationResponse response;
  REQUIRE(server.Stub<Service>()->GetVisualization(MakeContext().get(), request, &response).ok());
  return response.visualization();
}

grpc::Status Cancel(const LoopbackServer& server, const std::string& ticket,
                    v1::CancelVisualizationResponse* response) {
  v1::CancelVisualizationRequest request;
  request.set_ticket(ticket);
  return server.Stub<Service>()->CancelVisualization(MakeContext().get(), request, response);
}

// Waits for the other side of a call.
template <typename Condition>
bool Eventually(Condition condition) {
  const absl::Time latest = absl::Now() + absl::Seconds(20);
  while (!condition() && absl::Now() < latest) std::this_thread::yield();
  return condition();
}

TEST_CASE("a visualization streams from its header to its trailer", "[server][visualization]") {
  LoopbackServer server;
  StreamViewer viewer = Stream(server, StreamRequest({5, 2}));
  viewer.ReadAll();
  CHECK(viewer.Finish().ok());
  CHECK(viewer.words.substr(0, 2) == "hs");
  CHECK(viewer.words.back() == 't');
  CHECK(viewer.header.visualization().spec().steps() == 16);  // the default, echoed
  CHECK(viewer.header.visualization().status().units().empty());
  CHECK(viewer.header.units_size() == 2);
  CHECK_FALSE(viewer.header.ticket().empty());
  CHECK(viewer.state.state() == v1::VISUALIZATION_STATE_SUCCEEDED);
  REQUIRE(viewer.results.size() == 2);
  CHECK(viewer.results[0].status().unit() == 5);
  CHECK(viewer.results[0].quality().dataset_maximum() == 10);
  CHECK(viewer.bodies[0].substr(1, 3) == "PNG");
  CHECK(viewer.trailer.result_count() == 2);
  CHECK(viewer.trailer.item_count() == viewer.pictures.size() + 2);
  REQUIRE(server.WaitUntilIdle());
  CHECK(server.engine().fake_visualizations().tickets() == 0);
  CHECK(server.engine().fake_visualizations().watchers() == 0);
}

TEST_CASE("of an image come pictures of rising steps, then its result, then nothing",
          "[server][visualization]") {
  LoopbackServer server;
  server.engine().fake_visualizations().Hold();
  StreamViewer viewer = Stream(server, StreamRequest({0, 1, 2, 3, 4, 5}));
  REQUIRE(viewer.Read());
  for (int i = 0; i < 64; ++i) server.engine().fake_visualizations().Advance(1);
  std::map<uint32_t, uint32_t> steps;
  std::map<uint32_t, bool> done;
  while (viewer.Read()) {
    if (viewer.message.has_picture()) {
      const v1::VisualizationPicture& picture = viewer.message.picture();
      CHECK_FALSE(done[picture.unit()]);
      CHECK(picture.step() > steps[picture.unit()]);
      steps[picture.unit()] = picture.step();
    }
    for (const uint32_t unit : viewer.message.progress().units()) CHECK_FALSE(done[unit]);
    if (viewer.message.has_result()) done[viewer.message.result().status().unit()] = true;
  }
  CHECK(viewer.Finish().ok());
  CHECK(viewer.results.size() == 6);
}

TEST_CASE("a slow reader gets the newest picture of each image and every state and result",
          "[server][visualization]") {
  LoopbackServer server;
  FakeVisualizations& engine = server.engine().fake_visualizations();
  engine.Hold();
  v1::StreamVisualizationRequest request = StreamRequest({0, 1, 2, 3, 4});
  request.mutable_spec()->set_height(512);
  request.mutable_spec()->set_steps(200);
  request.mutable_view()->set_encoding(v1::VISUALIZATION_ENCODING_RGB8);  // 768 KiB a picture
  StreamViewer viewer = Stream(server, request);
  REQUIRE(viewer.Read());
  for (int i = 0; i < 40; ++i) engine.Advance(1);
  CHECK(server.server().buffers().bytes.load() < 4 << 20);
  CHECK(server.server().calls().live_calls() == 1);
  engine.Advance(400);
  engine.Advance(400);
  viewer.ReadAll();
  CHECK(viewer.Finish().ok());
  REQUIRE(viewer.results.size() == 5);
  CHECK(viewer.bodies[4].size() == 512 * 512 * 3);
  CHECK(viewer.state.state() == v1::VISUALIZATION_STATE_SUCCEEDED);
  CHECK(viewer.trailer.replaced_pictures() > 100);
  CHECK(viewer.pictures.size() < 40);
}

TEST_CASE("leaving a stream gives back its ticket and stops the job", "[server][visualization]") {
  LoopbackServer server;
  FakeVisualizations& engine = server.engine().fake_visualizations();
  engine.Hold();
  StreamViewer viewer = Stream(server, StreamRequest({0}));
  REQUIRE(viewer.Read());
  const std::string id = viewer.header.visualization().id();
  viewer.Cancel();
  viewer.ReadAll();
  CHECK(viewer.Finish().error_code() == grpc::StatusCode::CANCELLED);
  REQUIRE(server.WaitUntilIdle());
  CHECK(engine.tickets() == 0);
  CHECK(engine.watchers() == 0);
  CHECK(Get(server, id).status().state() == v1::VISUALIZATION_STATE_CANCELLED);
}

TEST_CASE("a detached job goes on until its ticket is given back", "[server][visualization]") {
  LoopbackServer server;
  FakeVisualizations& engine = server.engine().fake_visualizations();
  engine.Hold();
  v1::StreamVisualizationRequest request = StreamRequest({0, 1});
  request.set_detach(true);
  StreamViewer viewer = Stream(server, request);
  REQUIRE(viewer.Read());
  const std::string id = viewer.header.visualization().id();
  viewer.Cancel();
  viewer.ReadAll();
  viewer.Finish();
  REQUIRE(server.WaitUntilIdle());
  engine.Advance(3);
  CHECK(Get(server, id).status().state() == v1::VISUALIZATION_STATE_RUNNING);
  v1::CancelVisualizationResponse response;
  REQUIRE(Cancel(server, viewer.header.ticket(), &response).ok());
  CHECK(response.visualization().status().state() == v1::VISUALIZATION_STATE_CANCELLED);
  const grpc::Status again = Cancel(server, viewer.header.ticket(), &response);
  CHECK(again.error_code() == grpc::StatusCode::NOT_FOUND);
  CHECK(DetailsOf(again.error_details()).info->reason() == "TICKET_UNKNOWN");
}

TEST_CASE("a client that leaves before the job exists leaves no job that is wanted",
          "[server][visualization]") {
  LoopbackServer server;
  FakeVisualizations& engine = server.engine().fake_visualizations();
  engine.Hold();
  engine.HoldStarts();
  StreamViewer viewer = Stream(server, StreamRequest({0}));
  REQUIRE(Eventually([&] { return engine.queries().size() == 1; }));
  viewer.Cancel();
  viewer.ReadAll();
  viewer.Finish();
  REQUIRE(server.WaitUntilIdle());
  engine.ReleaseStarts();
  CHECK(engine.tickets() == 0);
  CHECK(engine.watchers() == 0);
}

TEST_CASE("watchers come and go and the job goes on", "[server][visualization]") {
  LoopbackServer server;
  FakeVisualizations& engine = server.engine().fake_visualizations();
  engine.Hold();
  const v1::StartVisualizationResponse started = Start(server, Spec({0, 1, 2}));
  const std::string id = started.visualization().id();
  CHECK(started.visualization().status().queue_position() == 0);
  WatchViewer first = Watch(server, WatchRequest(id));
  REQUIRE(first.Read());
  first.Cancel();
  first.ReadAll();
  first.Finish();
  REQUIRE(server.WaitUntilIdle());
  engine.Advance(3);
  v1::WatchVisualizationRequest request = WatchRequest(id);
  request.add_units(1);
  WatchViewer second = Watch(server, request);
  REQUIRE(second.Read());
  REQUIRE(second.Read());
  CHECK(second.header.ticket().empty());
  REQUIRE(second.state.units_size() == 1);  // as it is now, of what is watched
  CHECK(second.state.units(0).unit() == 1);
  CHECK(second.state.units(0).step() == 3);
  engine.Advance(16);
  second.ReadAll();
  CHECK(second.Finish().ok());
  CHECK(second.results.size() == 1);
  CHECK(engine.tickets() == 1);
}

TEST_CASE("a job that has ended shows how it grew and what came of it", "[server][visualization]") {
  LoopbackServer server;
  Stream(server, StreamRequest({0, 1})).ReadAll();
  REQUIRE(server.WaitUntilIdle());
  const v1::StartVisualizationResponse again = Start(server, Spec({0, 1}));
  CHECK(again.visualization().status().state() == v1::VISUALIZATION_STATE_SUCCEEDED);
  CHECK(again.visualization().status().units(0).from_store());
  v1::WatchVisualizationRequest request = WatchRequest(again.visualization().id());
  request.set_from_step(4);
  WatchViewer viewer = Watch(server, request);
  viewer.ReadAll();
  CHECK(viewer.Finish().ok());
  CHECK(viewer.words == "hsPPPrPPPrt");
  CHECK(viewer.pictures[0].replayed());
  CHECK(viewer.pictures[0].step() == 4);
}

TEST_CASE("an atlas is one sheet of all watched images", "[server][visualization]") {
  LoopbackServer server;
  v1::StreamVisualizationRequest request = StreamRequest({0, 1, 2, 3, 4, 5});
  request.mutable_view()->set_layout(v1::VISUALIZATION_LAYOUT_ATLAS);
  request.mutable_view()->set_results_only(true);
  request.mutable_view()->mutable_atlas()->set_gutter(2);
  StreamViewer viewer = Stream(server, request);
  viewer.ReadAll();
  CHECK(viewer.Finish().ok());
  CHECK(viewer.results.size() == 6);
  CHECK_FALSE(viewer.results[0].has_pixels());
  CHECK(viewer.bodies[0].empty());
  REQUIRE(viewer.pictures.size() == 1);  // the last one
  CHECK(viewer.pictures[0].sheet().columns() == 3);
  CHECK(viewer.pictures[0].pixels().width() == 3 * 32 + 2 * 2);
  CHECK(viewer.words.substr(viewer.words.size() - 2) == "Pt");
}

TEST_CASE("dead and failing units are told as what they are", "[server][visualization]") {
  LoopbackServer server;
  StreamViewer viewer = Stream(server, StreamRequest({12, 13, 14}));
  viewer.ReadAll();
  CHECK(viewer.Finish().ok());
  CHECK(viewer.state.state() == v1::VISUALIZATION_STATE_PARTIAL);
  std::map<uint32_t, v1::VisualizationResult> results;
  for (const auto& result : viewer.results) results[result.status().unit()] = result;
  CHECK(results[12].status().state() == v1::UNIT_STATE_DONE);
  CHECK(results[13].status().state() == v1::UNIT_STATE_DEAD);
  CHECK(results[14].status().failure().reason() == "NOT_FINITE");
}

TEST_CASE("starting the same spec twice is one job with two tickets", "[server][visualization]") {
  LoopbackServer server;
  FakeVisualizations& engine = server.engine().fake_visualizations();
  engine.Hold();
  const auto first = Start(server, Spec({0}));
  const auto second = Start(server, Spec({0}));
  CHECK(second.merged());
  CHECK(first.visualization().id() == second.visualization().id());
  v1::CancelVisualizationResponse response;
  REQUIRE(Cancel(server, first.ticket(), &response).ok());
  CHECK(response.visualization().status().state() == v1::VISUALIZATION_STATE_QUEUED);
  REQUIRE(Cancel(server, second.ticket(), &response).ok());
  CHECK(response.visualization().status().state() == v1::VISUALIZATION_STATE_CANCELLED);
}

TEST_CASE("a cancelled job ends the streams of its watchers in order", "[server][visualization]") {
  LoopbackServer server;
  FakeVisualizations& engine = server.engine().fake_visualizations();
  engine.Hold();
  const auto started = Start(server, Spec({0}));
  WatchViewer viewer = Watch(server, WatchRequest(started.visualization().id()));
  REQUIRE(viewer.Read());
  v1::CancelVisualizationRequest request;
  request.set_id(started.visualization().id());
  request.set_force(true);
  v1::CancelVisualizationResponse response;
  REQUIRE(
      server.Stub<Service>()->CancelVisualization(MakeContext().get(), request, &response).ok());
  viewer.ReadAll();
  CHECK(viewer.Finish().ok());
  CHECK(viewer.state.state() == v1::VISUALIZATION_STATE_CANCELLED);
  CHECK(viewer.words.back() == 't');
}

TEST_CASE("jobs are listed newest first, page by page", "[server][visualization]") {
  LoopbackServer server;
  server.engine().fake_visualizations().Hold();
  for (uint32_t unit = 0; unit < 3; ++unit) Start(server, Spec({unit}));
  v1::ListVisualizationsRequest request;
  request.set_network("tiny_resnet");
  request.set_page_size(2);
  v1::ListVisualizationsResponse response;
  const auto stub = server.Stub<Service>();
  REQUIRE(stub->ListVisualizations(MakeContext().get(), request, &response).ok());
  REQUIRE(response.visualizations_size() == 2);
  CHECK(response.visualizations(0).status().units().empty());
  request.set_page_token(response.next_page_token());
  REQUIRE(stub->ListVisualizations(MakeContext().get(), request, &response).ok());
  CHECK(response.visualizations_size() == 1);
  CHECK(response.next_page_token().empty());
  request.set_state(v1::VISUALIZATION_STATE_SUCCEEDED);
  request.clear_page_token();
  REQUIRE(stub->ListVisualizations(MakeContext().get(), request, &response).ok());
  CHECK(response.visualizations().empty());
}

TEST_CASE("a priority can be changed and what is stored deleted", "[server][visualization]") {
  LoopbackServer server;
  FakeVisualizations& engine = server.engine().fake_visualizations();
  engine.Hold();
  const auto started = Start(server, Spec({0, 1}));
  const auto stub = server.Stub<Service>();
  v1::SetPriorityRequest priority;
  priority.set_id(started.visualization().id());
  priority.set_priority(9);
  v1::SetPriorityResponse changed;
  REQUIRE(stub->SetPriority(MakeContext().get(), priority, &changed).ok());
  CHECK(changed.visualization().status().priority() == 9);
  engine.Advance(16);
  CHECK(stub->SetPriority(MakeContext().get(), priority, &changed).error_code() ==
        grpc::StatusCode::FAILED_PRECONDITION);
  v1::DeleteVisualizationsRequest request;
  request.set_network("tiny_resnet");
  v1::DeleteVisualizationsResponse deleted;
  REQUIRE(stub->DeleteVisualizations(MakeContext().get(), request, &deleted).ok());
  CHECK(deleted.unit_count() == 2);
  CHECK(deleted.job_count() == 1);
}

struct Wrong {
  v1::StreamVisualizationRequest request;
  grpc::StatusCode code;
  std::string text;
};

TEST_CASE("what cannot be started ends the stream with its code", "[server][visualization]") {
  v1::StreamVisualizationRequest nothing = StreamRequest({0});
  nothing.mutable_spec()->set_network("nothing");
  v1::StreamVisualizationRequest no_layer = StreamRequest({0});
  no_layer.mutable_spec()->set_layer("nothing");
  v1::StreamVisualizationRequest limit = StreamRequest({0});
  limit.set_max_message_bytes(1);
  v1::StreamVisualizationRequest steps = StreamRequest({0});
  steps.mutable_spec()->set_steps(1u << 30);
  v1::StreamVisualizationRequest stored = StreamRequest({0});
  stored.set_mode(v1::VISUALIZATION_MODE_LOAD_ONLY);
  const Wrong wrong = GENERATE_COPY(
      values<Wrong>({{nothing, grpc::StatusCode::NOT_FOUND, "nothing"},
                     {no_layer, grpc::StatusCode::NOT_FOUND, "no such layer"},
                     {stored, grpc::StatusCode::NOT_FOUND, "stored"},
                     {limit, grpc::StatusCode::INVALID_ARGUMENT, "max_message_bytes: is 1"},
                     {steps, grpc::StatusCode::INVALID_ARGUMENT, "spec.steps: is 1073741824"},
                     {StreamRequest({}), grpc::StatusCode::INVALID_ARGUMENT, "all_units"},
                     {StreamRequest({99999}), grpc::StatusCode::OUT_OF_RANGE, "spec.units"}}));
  LoopbackServer server;
  StreamViewer viewer = Stream(server, wrong.request);
  viewer.ReadAll();
  const grpc::Status status = viewer.Finish();
  INFO(status.error_message());
  CHECK(status.error_code() == wrong.code);
  CHECK(status.error_message().find(wrong.text) != std::string::npos);
  CHECK(server.WaitUntilIdle());
  CHECK(server.engine().fake_visualizations().tickets() == 0);
}

TEST_CASE("a job that nobody knows says what to do", "[server][visualization]") {
  LoopbackServer server;
  WatchViewer viewer =
      Watch(server, WatchRequest("networks/n/visualizations/" + std::string(64, 'a')));
  viewer.ReadAll();
  const grpc::Status status = viewer.Finish();
  CHECK(status.error_code() == grpc::StatusCode::NOT_FOUND);
  CHECK(DetailsOf(status.error_details()).info->reason() == "JOB_FORGOTTEN");
}

TEST_CASE("a waiting watch sends heartbeats and has no longest duration",
          "[server][visualization]") {
  StreamOptions options;
  options.heartbeat_interval = absl::Milliseconds(10);
  options.max_duration = absl::Milliseconds(30);
  LoopbackServer server(options);
  server.engine().fake_visualizations().Hold();
  grpc::ClientContext context;  // no deadline
  const auto stub = server.Stub<Service>();
  const auto stream = stub->StreamVisualization(&context, StreamRequest({0}));
  v1::StreamVisualizationResponse message;
  int heartbeats = 0;
  while (heartbeats < 10 && stream->Read(&message)) heartbeats += message.ByteSizeLong() == 0;
  CHECK(heartbeats == 10);
  server.engine().fake_visualizations().Advance(16);
  while (stream->Read(&message)) {
  }
  CHECK(message.has_trailer());
  CHECK(stream->Finish().ok());
}

TEST_CASE("a reader of a job that takes nothing is cut off", "[server][visualization]") {
  StreamOptions options;
  options.stall_timeout = absl::Seconds(1);
  LoopbackServer server(options);
  FakeVisualizations& engine = server.engine().fake_visualizations();
  engine.Hold();
  v1::StreamVisualizationRequest request = StreamRequest({0});
  request.mutable_spec()->set_height(4096);
  request.mutable_view()->set_encoding(v1::VISUALIZATION_ENCODING_RGBA8);  // 64 MiB
  StreamViewer viewer = Stream(server, request);
  REQUIRE(viewer.Read());
  engine.Advance(1);
  REQUIRE(server.WaitUntilIdle());
  CHECK(absl::IsDeadlineExceeded(server.recorder().summaries().at(0).status));
  CHECK(engine.tickets() == 0);
  CHECK(engine.watchers() == 0);
  viewer.ReadAll();
  CHECK_FALSE(viewer.Finish().ok());
}

TEST_CASE("a draining server ends the streams of jobs that wait", "[server][visualization]") {
  LoopbackServer server;
  FakeVisualizations& engine = server.engine().fake_visualizations();
  engine.Hold();
  StreamViewer viewer = Stream(server, StreamRequest({0}));
  REQUIRE(viewer.Read());
  server.server().Drain(absl::Now() + absl::Seconds(20));
  viewer.ReadAll();
  CHECK(viewer.Finish().error_code() == grpc::StatusCode::UNAVAILABLE);
  CHECK(engine.watchers() == 0);
  CHECK(engine.tickets() == 0);
}

}  // namespace
}  // namespace deepvision
