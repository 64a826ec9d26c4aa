#include "core/engine/layer_delivery.h"

#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>

#include <algorithm>
#include <deque>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "core/activation/encode_layer.h"
#include "core/base/core_budget.h"
#include "tests/support/catch.h"
#include "tests/support/manual_executor.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

constexpr uint64_t kMegabyte = uint64_t{1} << 20;

// A reader that takes what the test says.
class SlowSink : public ActivationSink {
 public:
  void OnHeader(const ActivationHeader&) override { order.push_back("header"); }
  void OnLayer(LayerActivation layer) override {
    order.push_back(layer.id);
    ahead += layer.data.bytes.size();
    layers.push_back(std::move(layer));
  }
  void OnPrediction(Prediction) override { order.push_back("prediction"); }
  void OnDone(absl::Status) override {}
  uint64_t BytesAhead() const override { return ahead; }
  void WhenTaken(uint64_t bytes, absl::AnyInvocable<void() &&> value) override {
    if (ahead <= bytes) return std::move(value)();
    resume_at = bytes;
    resume = std::move(value);
  }

  // The reader takes everything.
  void Take() {
    layers.clear();
    ahead = 0;
    if (resume) std::exchange(resume, nullptr)();
  }

  std::vector<std::string> order;
  std::vector<LayerActivation> layers;
  uint64_t ahead = 0;
  uint64_t resume_at = 0;
  absl::AnyInvocable<void() &&> resume;
};

class Fixture {
 public:
  explicit Fixture(absl::Duration gather = absl::ZeroDuration()) {
    auto reply = std::make_shared<Reply<Nothing>>(
        [this](absl::StatusOr<Nothing> result) { end = result.status(); });
    DeliveryTools tools;
    tools.device = device_;
    tools.host = host_;
    tools.host_tasks = 2;
    tools.pool = pool;
    tools.buffers = buffers;
    tools.gather = gather;
    delivery = std::make_shared<LayerDelivery>(sink, std::move(reply), cancelled, tools);
  }

  // It holds the delivery, which holds the sink.
  ~Fixture() { sink->resume = nullptr; }

  void Start(uint64_t bytes = 0) {
    auto reserved = budget.Reserve(bytes);
    REQUIRE_OK(reserved);
    delivery->Start({}, *std::move(reserved));
  }

  // A map of `megabytes` of UINT8 codes.
  CapturedLayer Layer(const std::string& id, int64_t megabytes,
                      ActivationEncoding encoding = ActivationEncoding::kUint8) const {
    CapturedLayer layer;
    layer.id = id;
    layer.kind = DataKind::kFeatureMap;
    layer.options.encoding = encoding;
    layer.value = at::rand({1, megabytes * 16, 256, 256});
    layer.encoded_bytes = static_cast<uint64_t>(megabytes) * kMegabyte;
    layer.reserved_bytes = layer.value.nbytes();
    return layer;
  }

  const std::shared_ptr<ManualExecutor> device_ = std::make_shared<ManualExecutor>();
  const std::shared_ptr<ManualExecutor> host_ = std::make_shared<ManualExecutor>();
  ManualExecutor& device = *device_;
  ManualExecutor& host = *host_;
  const std::shared_ptr<BufferPool> pool = std::make_shared<BufferPool>(16 * kMegabyte);
  const std::shared_ptr<LiveBuffers> buffers = std::make_shared<LiveBuffers>();
  ByteBudget budget{1000 * kMegabyte};
  const CancellationToken cancelled;
  const std::shared_ptr<SlowSink> sink = std::make_shared<SlowSink>();
  std::optional<absl::Status> end;
  std::shared_ptr<LayerDelivery> delivery;
};

TEST_CASE_METHOD(Fixture, "a reader that keeps up gets each layer as it is added",
                 "[engine][delivery]") {
  Start();
  for (const char* id : {"a", "b", "c", "d", "e"}) {
    REQUIRE_OK(delivery->Add(Layer(id, 3)));
    CHECK(sink->order.back() == id);
    sink->Take();
  }
  delivery->Finish(absl::OkStatus());
  REQUIRE(end.has_value());
  REQUIRE_OK(*end);
  CHECK(device.size() == 0);
}

TEST_CASE("layers that come close together leave together, the first one at once",
          "[engine][delivery]") {
  Fixture fixture(/*gather=*/absl::InfiniteDuration());
  fixture.Start();
  REQUIRE_OK(fixture.delivery->Add(fixture.Layer("a", 1)));
  CHECK(fixture.sink->order.back() == "a");
  REQUIRE_OK(fixture.delivery->Add(fixture.Layer("b", 1)));
  REQUIRE_OK(fixture.delivery->Add(fixture.Layer("c", 1)));
  CHECK(fixture.sink->order.back() == "a");
  fixture.delivery->Finish(absl::OkStatus());
  CHECK(fixture.sink->order.back() == "c");
  REQUIRE(fixture.end.has_value());
  REQUIRE_OK(*fixture.end);
}

TEST_CASE("layers that were gathered for a cancelled request go nowhere", "[engine][delivery]") {
  Fixture fixture(/*gather=*/absl::InfiniteDuration());
  fixture.Start();
  REQUIRE_OK(fixture.delivery->Add(fixture.Layer("a", 1)));
  REQUIRE_OK(fixture.delivery->Add(fixture.Layer("b", 1)));
  fixture.cancelled.Cancel();
  fixture.delivery->Finish(absl::CancelledError());
  CHECK(fixture.sink->order.back() == "a");
  REQUIRE(fixture.end.has_value());
  CHECK(absl::IsCancelled(*fixture.end));
}

TEST_CASE_METHOD(Fixture, "a stalled reader costs one window of encoded bytes",
                 "[engine][delivery]") {
  Start();
  for (int i = 0; i < 12; ++i) REQUIRE_OK(delivery->Add(Layer(std::to_string(i), 3)));
  delivery->Finish(absl::OkStatus());
  CHECK(sink->layers.size() == 2);
  CHECK(buffers->bytes() <= LayerDelivery::kWindowBytes);
  CHECK_FALSE(end.has_value());
  while (!end.has_value()) {
    sink->Take();
    REQUIRE(device.RunOne());
    CHECK(buffers->bytes() <= LayerDelivery::kWindowBytes);
  }
  REQUIRE_OK(*end);
  CHECK(sink->order.size() == 13);
  CHECK(sink->order[12] == "11");
}

TEST_CASE_METHOD(Fixture, "a layer that is larger than the window passes alone",
                 "[engine][delivery]") {
  Start();
  REQUIRE_OK(delivery->Add(Layer("small", 1)));
  REQUIRE_OK(delivery->Add(Layer("large", 9)));
  delivery->Finish(absl::OkStatus());
  CHECK(sink->order == std::vector<std::string>{"header", "small"});
  CHECK(sink->resume_at == 0);
  sink->Take();
  device.RunAll();
  CHECK(sink->order.back() == "large");
  REQUIRE(end.has_value());
  REQUIRE_OK(*end);
}

TEST_CASE_METHOD(Fixture, "the budget shrinks with each tensor and is empty at the end",
                 "[engine][delivery]") {
  Start(3 * 12 * kMegabyte);
  CHECK(budget.in_use() == 36 * kMegabyte);
  for (int i = 0; i < 3; ++i) REQUIRE_OK(delivery->Add(Layer(std::to_string(i), 3)));
  CHECK(budget.in_use() == 12 * kMegabyte);
  delivery->Finish(absl::OkStatus());
  sink->Take();
  device.RunAll();
  CHECK(budget.in_use() == 0);
  sink->Take();
  CHECK(buffers->count() == 0);
  CHECK(pool->live_blocks() == 0);
}

TEST_CASE_METHOD(Fixture, "pictures are compressed on the host pool and arrive in order",
                 "[engine][delivery]") {
  Start();
  REQUIRE_OK(delivery->Add(Layer("png", 1, ActivationEncoding::kPng)));
  REQUIRE_OK(delivery->Add(Layer("codes", 1)));
  REQUIRE_OK(delivery->Add(Prediction()));
  delivery->Finish(absl::OkStatus());
  CHECK(sink->order.size() == 1);
  CHECK(host.size() == 2);
  host.RunAll();
  CHECK(sink->order == std::vector<std::string>{"header", "png", "codes", "prediction"});
  REQUIRE(end.has_value());
  REQUIRE_OK(*end);
}

TEST_CASE_METHOD(Fixture, "pictures made in parts are those made at once", "[engine][delivery]") {
  Start();
  CapturedLayer layer = Layer("png", 1, ActivationEncoding::kPng);
  const auto expected = EncodeLayer(layer.value, layer.kind, layer.options);
  REQUIRE_OK(expected);
  REQUIRE_OK(delivery->Add(std::move(layer)));
  host.RunAll();
  REQUIRE(sink->layers.size() == 1);
  const EncodedLayer& made = sink->layers[0].data;
  CHECK(made.part_bytes == expected->part_bytes);
  CHECK(made.crc32 == expected->crc32);
  CHECK(made.bytes.size() == expected->bytes.size());
}

TEST_CASE_METHOD(Fixture, "compression of many layers keeps within the window",
                 "[engine][delivery]") {
  Start();
  for (int i = 0; i < 6; ++i) {
    REQUIRE_OK(delivery->Add(Layer(std::to_string(i), 3, ActivationEncoding::kPng)));
  }
  delivery->Finish(absl::OkStatus());
  while (!end.has_value()) {
    CHECK(pool->live_bytes() <= LayerDelivery::kWindowBytes + kMegabyte);
    if (host.RunOne()) continue;
    sink->Take();
    device.RunOne();
  }
  REQUIRE_OK(*end);
  CHECK(sink->order.size() == 7);
}

TEST_CASE_METHOD(Fixture, "a reader that leaves frees everything", "[engine][delivery]") {
  Start(36 * kMegabyte);
  for (int i = 0; i < 3; ++i) REQUIRE_OK(delivery->Add(Layer(std::to_string(i), 3)));
  delivery->Finish(absl::OkStatus());
  delivery.reset();
  sink->layers.clear();
  sink->resume = nullptr;
  REQUIRE(end.has_value());
  CHECK(budget.in_use() == 0);
  CHECK(buffers->count() == 0);
}

TEST_CASE_METHOD(Fixture, "a cancelled request ends at once, whatever waits",
                 "[engine][delivery]") {
  Start(36 * kMegabyte);
  for (int i = 0; i < 3; ++i) REQUIRE_OK(delivery->Add(Layer(std::to_string(i), 3)));
  cancelled.Cancel();
  const absl::Status refused = delivery->Add(Layer("late", 1));
  CHECK(absl::IsCancelled(refused));
  delivery->Finish(refused);
  REQUIRE(end.has_value());
  CHECK(absl::IsCancelled(*end));
  CHECK(budget.in_use() == 0);
}

TEST_CASE_METHOD(Fixture, "a layer that cannot be encoded ends the request and is named",
                 "[engine][delivery]") {
  Start();
  REQUIRE_OK(delivery->Add(Layer("good", 1)));
  CapturedLayer bad = Layer("bad", 1);
  bad.value = at::full({1, 2, 2, 2}, c10::Scalar(c10::complex<double>(0, 1)));
  const absl::Status failed = delivery->Add(std::move(bad));
  CHECK_STATUS(failed, absl::StatusCode::kFailedPrecondition, "layer \"bad\"");
  delivery->Finish(failed);
  REQUIRE(end.has_value());
  CHECK(end->message() == failed.message());
  CHECK(sink->order == std::vector<std::string>{"header", "good"});
}

TEST_CASE_METHOD(Fixture, "a pool that stops ends the request", "[engine][delivery]") {
  Start(4 * kMegabyte);
  REQUIRE_OK(delivery->Add(Layer("png", 1, ActivationEncoding::kPng)));
  delivery->Finish(absl::OkStatus());
  delivery.reset();
  CHECK_FALSE(end.has_value());
  host.Stop();
  REQUIRE(end.has_value());
  CHECK(absl::IsUnavailable(*end));
  CHECK(budget.in_use() == 0);
  CHECK(pool->live_blocks() == 0);
}

// A reader on a thread of its own: takes what is there, a little at a time.
class ThreadedSink : public ActivationSink {
 public:
  void OnHeader(const ActivationHeader&) override {}
  void OnLayer(LayerActivation layer) override {
    absl::MutexLock lock(&mutex_);
    order_.push_back(layer.id);
    ahead_ += layer.data.bytes.size();
    most_ = std::max(most_, ahead_);
    queue_.push_back(std::move(layer));
  }
  void OnPrediction(Prediction) override {}
  void OnDone(absl::Status) override {}
  uint64_t BytesAhead() const override {
    absl::MutexLock lock(&mutex_);
    return ahead_;
  }
  void WhenTaken(uint64_t bytes, absl::AnyInvocable<void() &&> resume) override {
    {
      absl::MutexLock lock(&mutex_);
      if (ahead_ > bytes) {
        resume_at_ = bytes;
        resume_ = std::move(resume);
        return;
      }
    }
    std::move(resume)();
  }

  // Takes layers until `last` came.
  void ReadUntil(const std::string& last) {
    for (bool done = false; !done;) {
      absl::AnyInvocable<void() &&> resume;
      {
        absl::MutexLock lock(&mutex_);
        mutex_.Await(absl::Condition(
            +[](std::deque<LayerActivation>* queue) { return !queue->empty(); }, &queue_));
        done = queue_.front().id == last;
        ahead_ -= queue_.front().data.bytes.size();
        queue_.pop_front();
        if (resume_ && ahead_ <= resume_at_) resume = std::exchange(resume_, nullptr);
      }
      if (resume) std::move(resume)();
    }
  }

  std::vector<std::string> order() const {
    absl::MutexLock lock(&mutex_);
    return order_;
  }
  uint64_t most() const {
    absl::MutexLock lock(&mutex_);
    return most_;
  }

 private:
  mutable absl::Mutex mutex_;
  std::deque<LayerActivation> queue_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> order_ ABSL_GUARDED_BY(mutex_);
  uint64_t ahead_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t most_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t resume_at_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::AnyInvocable<void() &&> resume_ ABSL_GUARDED_BY(mutex_);
};

TEST_CASE("layers arrive in order and within the window whatever the threads do",
          "[engine][delivery]") {
  const auto cores = std::make_shared<CoreBudget>(2);
  const auto device = std::make_shared<ThreadExecutor>(
      ThreadExecutor::Options{.threads = 1, .cores = cores, .cores_per_task = 2});
  const auto host =
      std::make_shared<ThreadExecutor>(ThreadExecutor::Options{.threads = 2, .cores = cores});
  DeliveryTools tools{device,
                      host,
                      2,
                      std::make_shared<BufferPool>(1 << 24),
                      std::make_shared<LiveBuffers>(),
                      absl::ZeroDuration(),
                      nullptr};
  const std::vector<at::Tensor> values = {at::rand({1, 3, 8, 8}), at::rand({1, 40, 160, 160}),
                                          at::rand({1, 16, 64, 64})};
  for (int round = 0; round < 20; ++round) {
    const auto sink = std::make_shared<ThreadedSink>();
    absl::Notification ended;
    absl::Status status;
    auto delivery = std::make_shared<LayerDelivery>(
        sink, std::make_shared<Reply<Nothing>>([&](absl::StatusOr<Nothing> result) {
          status = result.status();
          ended.Notify();
        }),
        CancellationToken(), tools);
    constexpr int kLayers = 24;
    std::vector<std::string> expected;
    for (int i = 0; i < kLayers; ++i) expected.push_back(std::to_string(i));
    REQUIRE_OK(device->Post(Priority::kInteractive, [&, delivery] {
      delivery->Start({}, {});
      for (int i = 0; i < kLayers; ++i) {
        CapturedLayer layer;
        layer.id = expected[i];
        layer.kind = DataKind::kFeatureMap;
        layer.options.encoding =
            (i + round) % 3 == 0 ? ActivationEncoding::kPng : ActivationEncoding::kUint8;
        layer.value = values[(i * 7 + round) % 3];
        layer.encoded_bytes = static_cast<uint64_t>(layer.value.numel());
        delivery->Add(std::move(layer)).IgnoreError();
      }
      delivery->Finish(absl::OkStatus());
    }));
    delivery.reset();
    sink->ReadUntil(expected.back());
    ended.WaitForNotification();
    REQUIRE_OK(status);
    CHECK(sink->order() == expected);
    CHECK(sink->most() <= LayerDelivery::kWindowBytes);
  }
  device->Stop();
  host->Stop();
  CHECK(cores->most_busy() <= 2);
}

}  // namespace
}  // namespace deepvision
