#include "core/engine/forward_passes.h"

#include <random>
#include <set>
#include <thread>

#include "absl/synchronization/blocking_counter.h"
#include "core/api/error.h"
#include "tests/core/engine/engine_fixture.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

class PassFixture : public EngineFixture {
 public:
  // An engine whose network is open and whose device waits for Run.
  void Start(uint64_t cache_bytes, uint32_t max_queued = 64) {
    EngineOptions options = Options(Manifest());
    options.cache_bytes = cache_bytes;
    options.max_queued_requests = max_queued;
    auto device = std::make_unique<ManualExecutor>();
    device_ = device.get();
    engine_ = MakeEngine(std::move(options), std::move(device));
    device_->RunAll();
  }

  Engine& engine() { return *engine_; }
  ManualExecutor& device() { return *device_; }

  std::shared_ptr<CollectingSink> Ask(const std::vector<std::string>& layers, float phase = 0,
                                      CancellationToken cancelled = {}) {
    auto sink = std::make_shared<CollectingSink>();
    ActivationQuery query{.network = "net", .input = TensorInput(Picture(phase))};
    for (const std::string& layer : layers) query.layers.push_back({layer, {}});
    engine_->StreamActivations(std::move(query), sink, std::move(cancelled));
    return sink;
  }

  std::shared_ptr<std::optional<Classification>> AskForClass(float phase = 0) {
    auto result = std::make_shared<std::optional<Classification>>();
    engine_->Classify({.network = "net", .input = TensorInput(Picture(phase))}, {},
                      [result](auto classified) {
                        REQUIRE_OK(classified);
                        *result = *std::move(classified);
                      });
    return result;
  }

  // What an engine without a cache computes for this request alone.
  std::shared_ptr<CollectingSink> Alone(const std::vector<std::string>& layers, float phase = 0) {
    EngineOptions options = Options(Manifest());
    options.cache_bytes = 0;
    const auto engine = MakeEngine(std::move(options), std::make_unique<InlineExecutor>());
    ActivationQuery query{.input = TensorInput(Picture(phase))};
    for (const std::string& layer : layers) query.layers.push_back({layer, {}});
    return Stream(*engine, std::move(query));
  }

  uint64_t operators() const { return engine_->Statistics().operators; }

  uint64_t NodeCount() const {
    const auto file = ModelFile::Open(ModelPath(), "");
    REQUIRE_OK(file);
    const auto graph = (*file)->Specialise(Picture(0));
    REQUIRE_OK(graph);
    return (*graph)->nodes.size();
  }

 private:
  std::unique_ptr<Engine> engine_;
  ManualExecutor* device_ = nullptr;
};

void CheckSame(const CollectingSink& sink, const CollectingSink& expected) {
  REQUIRE(sink.status);
  REQUIRE_OK(*sink.status);
  CHECK(sink.order == expected.order);
  for (const auto& [id, layer] : expected.layers) {
    INFO(id);
    REQUIRE(sink.layers.contains(id));
    CHECK(sink.layers.at(id).data.crc32 == layer.data.crc32);
  }
}

TEST_CASE_METHOD(PassFixture,
                 "clients that wait together for the same input cost one forward pass, even "
                 "without a cache",
                 "[engine][pass]") {
  Start(/*cache_bytes=*/0);
  std::vector<std::shared_ptr<CollectingSink>> sinks;
  for (int i = 0; i < 10; ++i) sinks.push_back(Ask({}));
  const auto predicted = AskForClass();
  size_t histograms = 0;
  HistogramQuery query{.network = "net", .source = HistogramSource::kActivations};
  query.input = TensorInput(Picture(0));
  engine().GetHistograms(query, {}, [&](auto result) {
    REQUIRE_OK(result);
    histograms = result->size();
  });
  CHECK(device().size() == 1);
  device().RunAll();
  CHECK(engine().Statistics().forward_passes == 1);
  CHECK(operators() <= NodeCount());
  const auto expected = Alone({});
  for (const auto& sink : sinks) CheckSame(*sink, *expected);
  CHECK(predicted->has_value());
  CHECK(histograms == expected->order.size());
  CHECK(engine().Statistics().activations.bytes == 0);
}

TEST_CASE_METHOD(PassFixture,
                 "however many requests ask for layers, an input costs each operator once",
                 "[engine][pass]") {
  const std::vector<std::string> ids = Alone({})->order;
  const uint64_t nodes = NodeCount();
  std::mt19937 random(7);  // NOLINT: the same choices every time
  Start(uint64_t{64} << 20);
  for (int round = 0; round < 10; ++round) {
    const auto phase = static_cast<float>(round);
    const uint64_t before = operators();
    std::vector<std::pair<std::shared_ptr<CollectingSink>, std::vector<std::string>>> asked;
    for (int i = 0; i < 8; ++i) {
      std::vector<std::string> layers;
      for (unsigned k = 0; k <= random() % 3; ++k) layers.push_back(ids[random() % ids.size()]);
      asked.emplace_back(Ask(layers, phase), layers);
      if (random() % 2 == 0) device().RunAll();
      if (random() % 4 == 0) AskForClass(phase);
    }
    device().RunAll();
    CHECK(operators() - before <= nodes);
    const auto& [sink, layers] = asked[round % asked.size()];
    CheckSame(*sink, *Alone(layers, phase));
  }
}

TEST_CASE_METHOD(PassFixture, "a request goes on where the last one stopped", "[engine][pass]") {
  Start(uint64_t{64} << 20);
  Ask({"fc"});
  device().RunAll();
  const uint64_t whole = operators();
  Start(uint64_t{64} << 20);
  Ask({"layer1.relu"});
  device().RunAll();
  CHECK(operators() < whole);
  const auto sink = Ask({"layer1.relu", "fc"});
  device().RunAll();
  CHECK(operators() == whole);
  CheckSame(*sink, *Alone({"layer1.relu", "fc"}));
  const auto all = Ask({});
  device().RunAll();
  CHECK(operators() <= NodeCount());
  CheckSame(*all, *Alone({}));
  const EngineStatistics statistics = engine().Statistics();
  CHECK(statistics.activations.hits == 2);
  CHECK(statistics.activations.misses == 1);
  CHECK(statistics.activations.entries == 1);
}

TEST_CASE_METHOD(PassFixture, "what everybody has seen already costs no pass", "[engine][pass]") {
  Start(uint64_t{64} << 20);
  Ask({});
  device().RunAll();
  Ask({"layer2.relu"});
  AskForClass();
  device().RunAll();
  CHECK(engine().Statistics().forward_passes == 1);
}

TEST_CASE_METHOD(PassFixture, "a request that is cancelled leaves, the others get everything",
                 "[engine][pass]") {
  Start(/*cache_bytes=*/0);
  const auto first = Ask({});
  CancellationToken token;
  const auto leaving = Ask({}, 0, token);
  leaving->on_layer = [&] { token.Cancel(); };
  const auto last = Ask({});
  device().RunAll();
  CHECK_STATUS(*leaving->status, absl::StatusCode::kCancelled, "cancelled");
  CHECK(leaving->order.size() == 1);
  CheckSame(*first, *Alone({}));
  CheckSame(*last, *Alone({}));
}

TEST_CASE_METHOD(PassFixture, "a request that cannot be served does not disturb the others",
                 "[engine][pass]") {
  Start(/*cache_bytes=*/0);
  const auto first = Ask({"fc"});
  const auto unknown = Ask({"layer9"});
  auto impossible = std::make_shared<CollectingSink>();
  ActivationQuery query{.network = "net", .input = TensorInput(Picture(0))};
  query.layers = {{"stem", {.channels = {1000}}}};
  engine().StreamActivations(query, impossible, {});
  const auto last = Ask({"stem"});
  device().RunAll();
  CHECK_STATUS(*unknown->status, absl::StatusCode::kNotFound, "layer9");
  CHECK_FALSE(impossible->status->ok());
  CheckSame(*first, *Alone({"fc"}));
  CheckSame(*last, *Alone({"stem"}));
}

TEST_CASE_METHOD(PassFixture, "the pass stops when nobody is left", "[engine][pass]") {
  Start(/*cache_bytes=*/0);
  CancellationToken token;
  const auto shallow = Ask({"stem"});
  const auto deep = Ask({"fc"}, 0, token);
  shallow->on_layer = [&] { token.Cancel(); };
  device().RunAll();
  REQUIRE_OK(*shallow->status);
  CHECK_STATUS(*deep->status, absl::StatusCode::kCancelled, "cancelled");
  CHECK(operators() < NodeCount() / 2);
}

TEST_CASE_METHOD(PassFixture, "who is cancelled while waiting costs nothing", "[engine][pass]") {
  Start(/*cache_bytes=*/0);
  CancellationToken token;
  const auto sink = Ask({}, 0, token);
  token.Cancel();
  device().RunAll();
  CHECK_STATUS(*sink->status, absl::StatusCode::kCancelled, "cancelled");
  CHECK(operators() == 0);
  CHECK(engine().Statistics().forward_passes == 0);
}

TEST_CASE_METHOD(PassFixture, "a cancelled pass leaves what it had computed to others",
                 "[engine][pass]") {
  Start(uint64_t{64} << 20);
  CancellationToken token;
  const auto leaving = Ask({}, 0, token);
  leaving->on_layer = [&] {
    if (leaving->order.back() == "layer1.relu") token.Cancel();
  };
  device().RunAll();
  const uint64_t before = operators();
  const auto sink = Ask({});
  device().RunAll();
  CheckSame(*sink, *Alone({}));
  CHECK(before > 0);
  CHECK(operators() <= NodeCount());
}

TEST_CASE_METHOD(PassFixture, "the cache stays within its bytes, and results stay right",
                 "[engine][pass]") {
  const uint64_t capacity = GENERATE(uint64_t{1} << 14, uint64_t{1} << 16);
  Start(capacity);
  for (int i = 0; i < 6; ++i) {
    const auto phase = static_cast<float>(i % 3);
    Ask({"layer1.relu"}, phase);
    device().RunAll();
    const auto sink = Ask({"fc"}, phase);
    device().RunAll();
    CheckSame(*sink, *Alone({"fc"}, phase));
    CHECK(engine().Statistics().activations.bytes <= capacity);
  }
}

TEST_CASE_METHOD(PassFixture, "only so many requests wait beside the first one", "[engine][pass]") {
  Start(/*cache_bytes=*/0, /*max_queued=*/3);
  std::vector<std::shared_ptr<CollectingSink>> waiting;
  for (int i = 0; i < 4; ++i) waiting.push_back(Ask({"stem"}));
  CHECK(engine().Statistics().interactive_queue == 3);  // of the fake device: 0
  const auto refused = Ask({"stem"});
  REQUIRE(refused->status);
  CHECK_STATUS(*refused->status, absl::StatusCode::kResourceExhausted, "retry");
  CHECK(GetErrorDetails(*refused->status).reason == "QUEUE_FULL");
  CHECK(GetErrorDetails(*refused->status).retry_after);
  device().RunAll();
  for (const auto& sink : waiting) REQUIRE_OK(*sink->status);
  CHECK(engine().Statistics().interactive_queue == 0);
}

TEST_CASE_METHOD(PassFixture, "every request for a random network gets its own sample",
                 "[engine][pass]") {
  ScriptedModel noisy("Noisy");
  noisy.Define(
      "def forward(self, x: Tensor) -> Tensor:\n"
      "  return torch.relu(x + torch.rand_like(x))\n");
  noisy.Save(ModelPath());
  Start(uint64_t{64} << 20);
  const auto first = Ask({"output"});
  const auto second = Ask({"output"});
  device().RunAll();
  const auto third = Ask({"output"});
  device().RunAll();
  std::set<uint32_t> samples;
  for (const auto& sink : {first, second, third}) {
    REQUIRE_OK(*sink->status);
    samples.insert(sink->layers.at("output").data.crc32);
  }
  CHECK(samples.size() == 3);
  CHECK(engine().Statistics().activations.entries == 0);
  CHECK(engine().Statistics().forward_passes == 3);
}

TEST_CASE_METHOD(PassFixture, "inputs that take different ways keep to their own",
                 "[engine][pass]") {
  ScriptedModel branching("Branching");
  branching.Define(
      "def forward(self, x: Tensor) -> Tensor:\n"
      "  y = torch.sin(x)\n"
      "  if bool(y.sum() > 0.0):\n"
      "    y = y * 2\n"
      "  else:\n"
      "    y = y - 7\n"
      "  return torch.relu(y)\n");
  branching.Save(ModelPath());
  Start(uint64_t{64} << 20);
  for (int i = 0; i < 8; ++i) {
    const float phase = static_cast<float>(i % 4) * 0.9F;
    const auto sink = Ask({"output"}, phase);
    device().RunAll();
    CheckSame(*sink, *Alone({"output"}, phase));
  }
}

class CountedSink : public CollectingSink {
 public:
  explicit CountedSink(absl::BlockingCounter* open) : open_(open) {}
  void OnDone(absl::Status value) override {
    CollectingSink::OnDone(std::move(value));
    open_->DecrementCount();
  }

 private:
  absl::BlockingCounter* const open_;
};

TEST_CASE_METHOD(PassFixture, "many threads ask at once, some leave, and the rest get their layers",
                 "[engine][pass]") {
  constexpr int kThreads = 6;
  constexpr int kRequests = 8;  // of each thread
  const std::vector<std::shared_ptr<CollectingSink>> expected = {Alone({}, 0), Alone({}, 1)};
  EngineOptions options = Options(Manifest());
  options.cache_bytes = GENERATE(uint64_t{0}, uint64_t{1} << 17, uint64_t{64} << 20);
  const auto pool = [](int threads) {
    return std::make_unique<ThreadExecutor>(
        ThreadExecutor::Options{threads, 1000, 1000, nullptr, 1});
  };
  EngineImpl engine(std::move(options), DatasetRegistry(), EngineExecutors{pool(1), pool(2)});
  absl::BlockingCounter open(kThreads * kRequests);
  std::vector<std::vector<std::shared_ptr<CountedSink>>> sinks(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kRequests; ++i) {
        sinks[t].push_back(std::make_shared<CountedSink>(&open));
        ActivationQuery query{.network = "net", .input = TensorInput(Picture(i % 2))};
        query.wait_until_ready = true;
        const CancellationToken token;
        engine.StreamActivations(query, sinks[t].back(), token);
        if (i % 4 == 3) token.Cancel();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  open.Wait();
  for (const auto& of_thread : sinks) {
    for (int i = 0; i < kRequests; ++i) {
      if (i % 4 != 3 || of_thread[i]->status->ok()) CheckSame(*of_thread[i], *expected[i % 2]);
    }
  }
  CHECK(engine.Statistics().interactive_queue == 0);
  CHECK(engine.Statistics().budget_bytes == 0);
}

TEST_CASE_METHOD(PassFixture, "an input can be named by the digest of its header",
                 "[engine][inputs]") {
  Start(uint64_t{64} << 20);
  const auto first = Ask({});
  device().RunAll();
  ActivationQuery query{.input = InputByDigest{first->header.input_digest}};
  const auto again = Stream(engine(), query);
  device().RunAll();
  CheckSame(*again, *first);
  CHECK(again->header.input_digest == first->header.input_digest);
  CHECK(engine().Statistics().forward_passes == 1);
  CHECK(engine().Statistics().inputs.hits == 1);
  query.input = InputByDigest{std::string(64, 'f')};
  const auto unknown = Stream(engine(), query);
  REQUIRE(unknown->status);
  CHECK_STATUS(*unknown->status, absl::StatusCode::kNotFound, "again");
  CHECK(GetErrorDetails(*unknown->status).reason == "INPUT_EXPIRED");
}

TEST_CASE_METHOD(PassFixture, "a cleared cache holds nothing, and is filled again",
                 "[engine][pass]") {
  Start(uint64_t{64} << 20);
  const auto first = Ask({});
  device().RunAll();
  engine().ClearCache(CacheScope::kInputs);
  CHECK(engine().Statistics().inputs.bytes == 0);
  CHECK(engine().Statistics().activations.bytes > 0);
  engine().ClearCache(CacheScope::kAll);
  CHECK(engine().Statistics().activations.bytes == 0);
  CheckSame(*Alone({}), *first);
  const auto again = Ask({});
  device().RunAll();
  CheckSame(*again, *first);
  CHECK(engine().Statistics().forward_passes == 2);
}

TEST_CASE_METHOD(PassFixture, "a stored input is an input", "[engine][inputs]") {
  Start(uint64_t{64} << 20);
  std::string digest;
  engine().StoreInput(TensorInput(Picture(2)), {}, [&](absl::StatusOr<std::string> stored) {
    REQUIRE_OK(stored);
    digest = *stored;
  });
  ActivationQuery query{.input = InputByDigest{digest}};
  const auto sink = Stream(engine(), query);
  device().RunAll();
  CheckSame(*sink, *Alone({}, 2));
}

}  // namespace
}  // namespace deepvision
