// Live sessions of the engine itself, over a small network.
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/api/error.h"
#include "core/api/live.h"
#include "tests/core/engine/engine_fixture.h"
#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

class FrameCollector final : public LiveSink {
 public:
  void OnConfigured(const LiveHeader& value) override { headers.push_back(value); }
  void OnFrameBegin(const LiveFrameBegin&) override { layers.clear(); }
  void OnLayer(LayerActivation layer) override {
    order.push_back(layer.id);
    layers[layer.id] = std::move(layer);
    if (on_layer) on_layer();
  }
  void OnPrediction(Prediction value) override { prediction = std::move(value); }
  void OnFrameEnd(const LiveFrameEnd& frame, absl::AnyInvocable<void() &&> taken) override {
    ends.push_back(frame);
    std::move(taken)();
  }
  void OnDone(absl::Status value, const LiveCounts& final_counts) override {
    status = std::move(value);
    counts = final_counts;
  }
  uint64_t BytesAhead() const override { return 0; }
  void WhenTaken(uint64_t, absl::AnyInvocable<void() &&> resume) override { std::move(resume)(); }

  std::vector<LiveHeader> headers;
  std::vector<std::string> order;
  std::map<std::string, LayerActivation> layers;  // of the newest frame
  std::optional<Prediction> prediction;
  std::vector<LiveFrameEnd> ends;
  std::optional<absl::Status> status;
  LiveCounts counts;
  std::function<void()> on_layer;
};

// Pixels of the network's own size that depend on `id`.
Input PixelFrame(uint64_t id) {
  std::vector<uint8_t> bytes(3 * kSide * kSide);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * 7 + id * 31);
  Pixels pixels;
  pixels.width = pixels.height = kSide;
  pixels.bytes = HostBuffer(std::move(bytes));
  return pixels;
}

LiveConfig Configuration(std::vector<std::string> patterns = {}) {
  LiveConfig config;
  config.network = "net";
  for (const std::string& pattern : patterns) config.layers.push_back({pattern, {}});
  return config;
}

bool Equal(const LayerActivation& a, const LayerActivation& b) {
  const HostBuffer& x = a.data.bytes;
  const HostBuffer& y = b.data.bytes;
  return x.size() == y.size() && std::memcmp(x.data(), y.data(), x.size()) == 0 &&
         a.data.crc32 == b.data.crc32 && a.node_index == b.node_index &&
         a.data.shape == b.data.shape;
}

TEST_CASE_METHOD(EngineFixture, "a live frame equals a streamed one, bit for bit",
                 "[engine][live]") {
  const auto engine = MakeEngine(Manifest());
  const auto sink = std::make_shared<FrameCollector>();
  const auto session = engine->OpenLive(sink, {});
  LiveConfig config = Configuration();
  config.prediction = true;
  config.numerics = Numerics::kExact;
  session->Configure(config);
  REQUIRE(sink->headers.size() == 1);
  for (uint64_t id = 1; id <= 4; ++id) {
    session->Push({id, 0, PixelFrame(id)});
    const auto streamed = Stream(
        *engine, {.input = PixelFrame(id), .prediction = true, .numerics = Numerics::kExact});
    REQUIRE_OK(*streamed->status);
    REQUIRE_OK(sink->ends.back().status);
    REQUIRE(sink->layers.size() == streamed->layers.size());
    REQUIRE(sink->layers.size() == sink->headers[0].layers.size());
    for (const auto& [layer_id, layer] : streamed->layers) {
      INFO(layer_id);
      CHECK(Equal(layer, sink->layers.at(layer_id)));
    }
    CHECK(sink->prediction->classes[0].logit == streamed->prediction->classes[0].logit);
    CHECK(sink->ends.back().compute_time > absl::ZeroDuration());
    CHECK(sink->ends.back().compute_time <= sink->ends.back().total_time);
  }
}

TEST_CASE_METHOD(EngineFixture, "the header says what each frame will hold, before any comes",
                 "[engine][live]") {
  const auto engine = MakeEngine(Manifest());
  const auto sink = std::make_shared<FrameCollector>();
  const auto session = engine->OpenLive(sink, {});
  session->Configure(Configuration({"fc", "stem"}));
  REQUIRE(sink->headers.size() == 1);
  const LiveHeader& header = sink->headers[0];
  CHECK(header.configuration == 1);
  CHECK(header.network_digest == engine->GetNetwork("net")->digest);
  REQUIRE(header.layers.size() == 2);
  CHECK(header.layers[0].id == "stem");  // in the order of execution
  session->Push({1, 0, PixelFrame(1)});
  for (size_t i = 0; i < 2; ++i) {
    CHECK(sink->order[i] == header.layers[i].id);
    CHECK(sink->layers.at(sink->order[i]).data.bytes.size() == header.layers[i].byte_count);
  }
}

TEST_CASE_METHOD(EngineFixture, "frames leave nothing behind in the caches", "[engine][live]") {
  const auto engine = MakeEngine(Manifest());
  const auto sink = std::make_shared<FrameCollector>();
  const auto session = engine->OpenLive(sink, {});
  session->Configure(Configuration());
  for (uint64_t id = 1; id <= 20; ++id) {
    session->Push({id, 0, PixelFrame(id)});
    sink->layers.clear();
  }
  const EngineStatistics statistics = engine->Statistics();
  CHECK(sink->ends.size() == 20);
  CHECK(statistics.activations.bytes == 0);
  CHECK(statistics.inputs.bytes == 0);
  CHECK(statistics.live_buffers == 0);
  CHECK(statistics.budget_bytes == 0);
}

TEST_CASE_METHOD(EngineFixture, "a smoothed range follows the frames and begins anew",
                 "[engine][live]") {
  const auto engine = MakeEngine(Manifest());
  const auto sink = std::make_shared<FrameCollector>();
  const auto session = engine->OpenLive(sink, {});
  LiveConfig config = Configuration({"stem"});
  EncodingOptions& options = config.layers[0].options;
  options.encoding = ActivationEncoding::kUint8;
  options.range = ValueRange::kSmoothed;
  const auto maximum = [&] { return sink->layers.at("stem").data.quantization->maximum.at(0); };
  const auto tensor = [](double scale) { return TensorInput(Picture(0) * scale); };
  session->Configure(config);
  session->Push({1, 0, tensor(1)});
  REQUIRE_OK(sink->ends.back().status);
  const float first = maximum();
  session->Push({2, 0, tensor(3)});
  const float second = maximum();
  session->Configure(config);
  session->Push({3, 0, tensor(3)});
  const float anew = maximum();
  CHECK(second == Approx(first + 0.1 * (anew - first)));
  CHECK(sink->headers.size() == 2);
}

TEST_CASE_METHOD(EngineFixture, "SMOOTHED is refused for one frame", "[engine][live]") {
  const auto engine = MakeEngine(Manifest());
  ActivationQuery query{.input = PixelFrame(1)};
  query.defaults.encoding = ActivationEncoding::kUint8;
  query.defaults.range = ValueRange::kSmoothed;
  CHECK_STATUS(*Stream(*engine, query)->status, absl::StatusCode::kInvalidArgument,
               "LiveActivations");
}

TEST_CASE_METHOD(EngineFixture, "a frame that cannot be read is told, and the next one runs",
                 "[engine][live]") {
  const auto engine = MakeEngine(Manifest());
  const auto sink = std::make_shared<FrameCollector>();
  const auto session = engine->OpenLive(sink, {});
  session->Configure(Configuration({"fc"}));
  session->Push({1, 0, EncodedImage{HostBuffer(std::string("no picture"))}});
  CHECK_STATUS(sink->ends.back().status, absl::StatusCode::kInvalidArgument,
               "frame.input.encoded_image");
  session->Push({2, 0, PixelFrame(2)});
  REQUIRE_OK(sink->ends.back().status);
  session->Close(absl::OkStatus());
  REQUIRE_OK(*sink->status);
  CHECK(sink->counts.failed_frames == 1);
}

TEST_CASE_METHOD(EngineFixture, "a configuration that does not fit the network ends the session",
                 "[engine][live]") {
  const auto engine = MakeEngine(Manifest());
  LiveConfig unknown_network = Configuration();
  unknown_network.network = "nat";
  LiveConfig unknown_layer = Configuration({"layer1.bn"});
  LiveConfig changed = Configuration();
  changed.expected_digest = std::string(64, 'a');
  LiveConfig numerics = Configuration();
  numerics.numerics = Numerics::kTf32;
  LiveConfig channel = Configuration({"stem"});
  channel.layers[0].options.channels = {0, 99};
  const auto [config, text] =
      GENERATE_COPY(table<LiveConfig, std::string>({{unknown_network, "\"net\""},
                                                    {unknown_layer, "layer1.bn"},
                                                    {changed, "digest"},
                                                    {numerics, "EXACT"},
                                                    {channel, "99"}}));
  const auto sink = std::make_shared<FrameCollector>();
  const auto session = engine->OpenLive(sink, {});
  session->Configure(config);
  REQUIRE(sink->status);
  CHECK_FALSE(sink->status->ok());
  CHECK(absl::StrContains(sink->status->message(), text));
  CHECK(sink->headers.empty());
}

TEST_CASE_METHOD(EngineFixture, "a cancelled session stops between two operators",
                 "[engine][live]") {
  const auto engine = MakeEngine(Manifest());
  const auto sink = std::make_shared<FrameCollector>();
  CancellationToken token;
  const auto session = engine->OpenLive(sink, token);
  session->Configure(Configuration({"stem", "fc"}));
  sink->on_layer = [&] { token.Cancel(); };
  session->Push({1, 0, PixelFrame(1)});
  CHECK(sink->order == std::vector<std::string>{"stem"});
  REQUIRE(sink->status);
  CHECK(absl::IsCancelled(*sink->status));
  CHECK(sink->ends.empty());
}

TEST_CASE_METHOD(EngineFixture, "other requests are served between two frames", "[engine][live]") {
  auto owned = std::make_unique<ManualExecutor>();
  ManualExecutor& device = *owned;
  const auto engine = MakeEngine(Manifest(), std::move(owned));
  device.RunAll();
  const auto sink = std::make_shared<FrameCollector>();
  const auto session = engine->OpenLive(sink, {});
  session->Configure(Configuration({"fc"}));
  session->Push({1, 0, PixelFrame(1)});
  session->Push({2, 0, PixelFrame(2)});
  session->Push({3, 0, PixelFrame(3)});
  CHECK(device.size() == 1);  // one frame, however many wait
  const auto other = Stream(*engine, {.input = PixelFrame(9)});
  REQUIRE(device.RunOne());
  CHECK(sink->ends.size() == 1);
  REQUIRE(device.RunOne());
  CHECK(other->status.has_value());  // before the next frame
  CHECK(sink->ends.size() == 1);
  device.RunAll();
  REQUIRE(sink->ends.size() == 2);
  CHECK(sink->ends[1].id == 3);
  CHECK(sink->ends[1].dropped_frames == 1);
}

TEST_CASE_METHOD(EngineFixture, "sessions whose engine stops end with UNAVAILABLE",
                 "[engine][live]") {
  auto owned = std::make_unique<ManualExecutor>();
  ManualExecutor& device = *owned;
  auto engine = MakeEngine(Manifest(), std::move(owned));
  device.RunAll();
  const auto sink = std::make_shared<FrameCollector>();
  const auto session = engine->OpenLive(sink, {});
  session->Configure(Configuration({"fc"}));
  session->Push({1, 0, PixelFrame(1)});
  engine.reset();
  REQUIRE(sink->status);
  CHECK(absl::IsUnavailable(*sink->status));
}

}  // namespace
}  // namespace deepvision
