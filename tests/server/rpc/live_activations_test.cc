#include <cstdlib>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/digest.h"
#include "deepvision/v1/activation.grpc.pb.h"
#include "tests/support/catch.h"
#include "tests/support/heap.h"
#include "tests/support/loopback_server.h"

namespace deepvision {
namespace {

using Service = v1::ActivationService;
using Request = v1::LiveActivationsRequest;
using Response = v1::LiveActivationsResponse;

Request Configuration(const std::string& network, const std::string& pattern = "fc") {
  Request request;
  request.mutable_configuration()->set_network(network);
  if (!pattern.empty()) request.mutable_configuration()->add_layers()->set_pattern(pattern);
  return request;
}

Request Frame(uint64_t id) {
  Request request;
  request.mutable_frame()->set_frame_id(id);
  request.mutable_frame()->set_client_timestamp(-static_cast<int64_t>(id));
  v1::Pixels* pixels = request.mutable_frame()->mutable_input()->mutable_pixels();
  pixels->set_format(v1::PIXEL_FORMAT_GRAY8);
  pixels->set_width(2);
  pixels->set_height(1);
  pixels->set_data(std::string({static_cast<char>(id % 251), static_cast<char>(id % 7)}));
  return request;
}

// One live call of a default client.
class LiveClient {
 public:
  explicit LiveClient(const LoopbackServer& server)
      : stub_(server.Stub<Service>()),
        context_(MakeContext()),
        stream_(stub_->LiveActivations(context_.get())) {}

  bool Send(const Request& request) { return stream_->Write(request); }
  void CloseSending() { stream_->WritesDone(); }
  void Cancel() { context_->TryCancel(); }
  grpc::Status Finish() { return stream_->Finish(); }

  // The next message that is no heartbeat; nullopt at the end.
  std::optional<Response> Read() {
    Response response;
    while (stream_->Read(&response)) {
      if (response.ByteSizeLong() > 0) return response;
    }
    return std::nullopt;
  }

  // All messages to the end, as words, checked on their way.
  std::vector<std::string> ReadAll() {
    std::vector<std::string> words;
    while (const auto message = Read()) Take(*message, words);
    return words;
  }

  // Messages up to the end of one frame.
  v1::LiveFrameEnd ReadFrame() {
    while (const auto message = Read()) {
      if (message->has_frame_end()) return message->frame_end();
    }
    FAIL("the stream ended before the frame");
    return {};
  }

  v1::LiveTrailer trailer;
  std::vector<v1::LiveFrameEnd> ends;

 private:
  void Take(const Response& message, std::vector<std::string>& words) {
    if (message.has_header()) words.push_back("header");
    if (message.has_frame_begin()) words.push_back("begin");
    if (message.has_layer()) words.push_back(message.layer().id());
    data_ += message.data();
    if (message.has_end()) {
      CHECK(message.end().byte_count() == data_.size());
      CHECK(message.end().crc32() == Crc32(data_.data(), data_.size()));
      data_.clear();
    }
    if (message.has_prediction()) words.push_back("prediction");
    if (message.has_frame_end()) words.push_back("end");
    if (message.has_frame_end()) ends.push_back(message.frame_end());
    if (message.has_trailer()) words.push_back("trailer");
    if (message.has_trailer()) trailer = message.trailer();
  }

  std::unique_ptr<Service::Stub> stub_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReaderWriter<Request, Response>> stream_;
  std::string data_;
};

TEST_CASE("a live call answers each frame with its id, its layers and its time", "[server][live]") {
  LoopbackServer server;
  LiveClient client(server);
  Request configuration = Configuration("tiny_resnet");
  configuration.mutable_configuration()->mutable_include()->set_prediction(true);
  REQUIRE(client.Send(configuration));
  const auto header = client.Read();
  REQUIRE(header);
  CHECK(header->header().configuration() == 1);
  CHECK(header->header().network() == "tiny_resnet");
  CHECK(header->header().layers(0).id() == "fc");
  for (uint64_t id = 1; id <= 3; ++id) {
    REQUIRE(client.Send(Frame(id)));
    const auto begin = client.Read();
    REQUIRE(begin);
    CHECK(begin->frame_begin().frame_id() == id);
    const v1::LiveFrameEnd end = client.ReadFrame();
    CHECK(end.frame_id() == id);
    CHECK(end.client_timestamp() == -static_cast<int64_t>(id));
    CHECK(end.compute_time().nanos() == 3000000);
    CHECK_FALSE(end.has_error());
  }
  client.CloseSending();
  CHECK(client.ReadAll() == std::vector<std::string>{"trailer"});
  CHECK(client.Finish().ok());
  CHECK(client.trailer.answered_frames() == 3);
  CHECK(client.trailer.byte_count() == 3 * 40);
}

TEST_CASE("one frame sent at once with its configuration is answered", "[server][live]") {
  LoopbackServer server;
  LiveClient client(server);
  client.Send(Configuration("tiny_resnet", ""));
  client.Send(Frame(1));
  client.CloseSending();
  const std::vector<std::string> words = client.ReadAll();
  CHECK(client.Finish().ok());
  REQUIRE(words.size() > 5);
  CHECK(words.front() == "header");
  CHECK(words[words.size() - 2] == "end");
  CHECK(words.back() == "trailer");
}

TEST_CASE("while a frame is in work newer ones replace each other", "[server][live]") {
  LoopbackServer server;
  server.engine().HoldFrames();
  LiveClient client(server);
  client.Send(Configuration("tiny_resnet"));
  for (uint64_t id = 1; id <= 20; ++id) REQUIRE(client.Send(Frame(id)));
  client.CloseSending();
  CHECK(server.engine().ReleaseFrame());
  server.engine().ReleaseFrames();
  client.ReadAll();
  CHECK(client.Finish().ok());
  CHECK(client.ends.front().frame_id() == 1);
  CHECK(client.ends.back().frame_id() == 20);
  CHECK(client.trailer.answered_frames() == client.ends.size());
  CHECK(client.trailer.answered_frames() + client.trailer.dropped_frames() == 20);
  CHECK(client.ends.back().dropped_frames() == client.trailer.dropped_frames());
}

TEST_CASE("a wrong frame is answered with its error and the call goes on", "[server][live]") {
  LoopbackServer server;
  LiveClient client(server);
  client.Send(Configuration("tiny_resnet"));
  Request wrong = Frame(1);
  wrong.mutable_frame()->mutable_input()->mutable_pixels()->set_width(3);
  client.Send(wrong);
  const v1::LiveFrameEnd failed = client.ReadFrame();
  CHECK(failed.frame_id() == 1);
  CHECK(failed.error().code() == static_cast<uint32_t>(grpc::StatusCode::INVALID_ARGUMENT));
  CHECK(failed.error().reason() == "INVALID_FIELD");
  CHECK(failed.error().message().find("frame.input.pixels.data: is 2 bytes") == 0);
  client.Send(Frame(2));
  CHECK_FALSE(client.ReadFrame().has_error());
  client.CloseSending();
  client.ReadAll();
  CHECK(client.Finish().ok());
  CHECK(client.trailer.failed_frames() == 1);
  CHECK(client.trailer.answered_frames() == 2);
}

TEST_CASE("a failure between two layers of a frame leaves the others of the call alone",
          "[server][live]") {
  LoopbackServer server;
  server.engine().FailAfter(2, absl::ResourceExhaustedError("no memory; retry"));
  LiveClient client(server);
  client.Send(Configuration("tiny_resnet", ""));
  client.Send(Frame(1));
  client.CloseSending();
  const std::vector<std::string> words = client.ReadAll();
  CHECK(client.Finish().ok());
  CHECK(words.size() == 6);  // header, begin, two layers, end, trailer
  REQUIRE(client.ends.size() == 1);
  CHECK(client.ends[0].error().reason() == "RESOURCE_EXHAUSTED");
}

TEST_CASE("a configuration may be sent again", "[server][live]") {
  LoopbackServer server;
  LiveClient client(server);
  client.Send(Configuration("tiny_resnet"));
  client.Send(Frame(1));
  CHECK(client.ReadFrame().frame_id() == 1);
  client.Send(Configuration("wide", "conv"));
  client.Send(Frame(2));
  const auto header = client.Read();
  REQUIRE(header);
  CHECK(header->header().configuration() == 2);
  CHECK(header->header().network() == "wide");
  CHECK(client.ReadFrame().frame_id() == 2);
  client.CloseSending();
  client.ReadAll();
  CHECK(client.Finish().ok());
}

struct Wrong {
  Request request;
  grpc::StatusCode code;
  std::string text;
};

TEST_CASE("a message that makes no sense ends the call with its code", "[server][live]") {
  Request malformed = Configuration("tiny_resnet");
  malformed.mutable_configuration()->set_network("\xff\xfe");
  Request limit = Configuration("tiny_resnet");
  limit.mutable_configuration()->set_max_message_bytes(1);
  const Wrong wrong = GENERATE_COPY(values<Wrong>(
      {{Frame(1), grpc::StatusCode::INVALID_ARGUMENT, "configuration: "},
       {Request(), grpc::StatusCode::INVALID_ARGUMENT, "kind: "},
       {limit, grpc::StatusCode::INVALID_ARGUMENT, "configuration.max_message_bytes: is 1"},
       {malformed, grpc::StatusCode::INVALID_ARGUMENT, "the request is no"},
       {Configuration("nothing"), grpc::StatusCode::NOT_FOUND, "nothing"},
       {Configuration("broken"), grpc::StatusCode::FAILED_PRECONDITION, "failed"},
       {Configuration("loading"), grpc::StatusCode::UNAVAILABLE, "loading"}}));
  LoopbackServer server;
  LiveClient client(server);
  client.Send(wrong.request);
  client.ReadAll();  // the server ends the call, whether the client closes or not
  const grpc::Status status = client.Finish();
  CHECK(status.error_code() == wrong.code);
  CHECK(status.error_message().find(wrong.text) != std::string::npos);
  CHECK(server.WaitUntilIdle());
}

TEST_CASE("frames wait for a network that is loading when asked to", "[server][live]") {
  LoopbackServer server;
  LiveClient client(server);
  Request configuration = Configuration("loading");
  configuration.mutable_configuration()->set_wait_until_ready(true);
  client.Send(configuration);
  client.Send(Frame(1));
  client.CloseSending();
  server.engine().FinishLoading();
  const std::vector<std::string> words = client.ReadAll();
  CHECK(client.Finish().ok());
  CHECK(words == std::vector<std::string>{"header", "begin", "fc", "end", "trailer"});
}

TEST_CASE("a client that leaves in the middle of a frame leaves nothing behind", "[server][live]") {
  LoopbackServer server;
  server.engine().HoldFrames();
  {
    LiveClient client(server);
    client.Send(Configuration("wide", "conv"));
    client.Send(Frame(1));
    while (!client.Read()->has_frame_begin()) {
    }
    client.Cancel();
    client.ReadAll();
    CHECK(client.Finish().error_code() == grpc::StatusCode::CANCELLED);
  }
  REQUIRE(server.WaitUntilIdle());
  CHECK(server.engine().tokens().at(0).IsCancelled());
  CHECK(server.engine().ReleaseFrame());  // the engine speaks on; nobody minds
  server.server().Drain(absl::InfinitePast());
  CHECK(server.server().buffers().buffers.load() == 0);
  CHECK(server.engine().live_payloads() == 0);
}

TEST_CASE("a reader that takes nothing gets no stale frames, and is cut off", "[server][live]") {
  StreamOptions options;
  options.stall_timeout = absl::Seconds(1);
  LoopbackServer server(options);
  LiveClient client(server);
  client.Send(Configuration("wide", "conv"));  // 8 MiB a frame
  uint64_t sent = 0;
  while (client.Send(Frame(++sent))) CHECK(server.engine().live_payloads() <= 3);
  REQUIRE(server.WaitUntilIdle());
  CHECK(absl::IsDeadlineExceeded(server.recorder().summaries().at(0).status));
  client.ReadAll();
  CHECK_FALSE(client.Finish().ok());
  CHECK(sent > 20);
  // What the transport holds, one on its way and one that waits behind it.
  CHECK(server.engine().frames_run() <= 4);
}

TEST_CASE("a silent live call sends heartbeats and has no longest duration", "[server][live]") {
  StreamOptions options;
  options.heartbeat_interval = absl::Milliseconds(10);
  options.max_duration = absl::Milliseconds(30);
  LoopbackServer server(options);
  grpc::ClientContext context;  // no deadline
  const auto stub = server.Stub<Service>();
  const auto stream = stub->LiveActivations(&context);
  stream->Write(Configuration("tiny_resnet"));
  Response response;
  int heartbeats = 0;
  while (heartbeats < 10 && stream->Read(&response)) heartbeats += response.ByteSizeLong() == 0;
  CHECK(heartbeats == 10);
  stream->WritesDone();
  while (stream->Read(&response)) {
  }
  CHECK(response.has_trailer());
  CHECK(stream->Finish().ok());
}

TEST_CASE("a draining server ends live calls after the frame in work", "[server][live]") {
  LoopbackServer server;
  server.engine().HoldFrames();
  LiveClient client(server);
  client.Send(Configuration("tiny_resnet"));
  client.Send(Frame(1));
  while (!client.Read()->has_frame_begin()) {
  }
  std::thread drain([&] { server.server().Drain(absl::Now() + absl::Seconds(20)); });
  CHECK(server.engine().ReleaseFrame());
  CHECK(client.ReadFrame().frame_id() == 1);
  client.ReadAll();
  CHECK(client.Finish().error_code() == grpc::StatusCode::UNAVAILABLE);
  drain.join();
  CHECK(server.server().calls().live_calls() == 0);
}

// DEEPVISION_LIVE_FRAMES=10000 server_rpc_test "[live]"
int FrameCount() {
  const char* const text = std::getenv("DEEPVISION_LIVE_FRAMES");
  return text == nullptr ? 500 : std::atoi(text);
}

TEST_CASE("memory is steady over many frames", "[server][live]") {
  LoopbackServer server;
  LiveClient client(server);
  Request configuration = Configuration("tiny_resnet", "");
  client.Send(configuration);
  const int frames = FrameCount();
  int64_t warm = 0;
  for (int i = 1; i <= frames; ++i) {
    client.Send(Frame(static_cast<uint64_t>(i)));
    client.ReadFrame();
    if (i == frames / 5) warm = HeapBytesInUse();
  }
  const int64_t grown = HeapBytesInUse() - warm;
  INFO(frames << " frames, grown by " << grown << " bytes");
  CHECK(grown < 4 << 20);
  client.CloseSending();
  client.ReadAll();
  CHECK(client.Finish().ok());
  CHECK(client.trailer.answered_frames() == static_cast<uint64_t>(frames));
  CHECK(client.trailer.dropped_frames() == 0);
  REQUIRE(server.WaitUntilIdle());
  server.server().Drain(absl::InfinitePast());
  CHECK(server.server().buffers().buffers.load() == 0);
  CHECK(server.engine().live_payloads() == 0);
}

}  // namespace
}  // namespace deepvision
