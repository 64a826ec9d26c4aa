// The writer over a transport that the test drives, so that every order of events
// can be had, and no thread of gRPC takes part.
#include "server/stream/stream_writer.h"

#include <grpcpp/server_context.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/catch.h"

namespace deepvision {
namespace {

// Holds what was sent until the test says that it was taken.
class ManualTransport : public StreamTransport {
 public:
  // Outlives the transport, which the writer owns.
  struct State {
    absl::Mutex mutex;
    StreamEvents* events ABSL_GUARDED_BY(mutex) = nullptr;
    std::vector<std::string> sent ABSL_GUARDED_BY(mutex);
    bool in_flight ABSL_GUARDED_BY(mutex) = false;
    bool overlapped ABSL_GUARDED_BY(mutex) = false;
    std::vector<grpc::StatusCode> ends ABSL_GUARDED_BY(mutex);
    std::function<void()> wake ABSL_GUARDED_BY(mutex);
  };
  explicit ManualTransport(std::shared_ptr<State> state) : state_(std::move(state)) {}

  void Listen(StreamEvents* events) override {
    absl::MutexLock lock(&state_->mutex);
    state_->events = events;
  }
  void Send(const grpc::ByteBuffer* message) override {
    grpc::Slice slice;
    CHECK_NOTHROW(message->DumpToSingleSlice(&slice));
    absl::MutexLock lock(&state_->mutex);
    state_->overlapped |= state_->in_flight || !state_->ends.empty();
    state_->in_flight = true;
    state_->sent.emplace_back(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  void WakeAt(absl::Time, std::function<void()> wake) override {
    absl::MutexLock lock(&state_->mutex);
    state_->wake = std::move(wake);
  }
  void StopWaking() override {
    absl::MutexLock lock(&state_->mutex);
    state_->wake = nullptr;
  }
  void End(const grpc::Status& status) override {
    absl::MutexLock lock(&state_->mutex);
    state_->overlapped |= state_->in_flight;
    state_->ends.push_back(status.error_code());
  }

 private:
  const std::shared_ptr<State> state_;
};

class WriterFixture {
 public:
  explicit WriterFixture(StreamOptions options = StreamOptions())
      : writer_(StreamWriter::StartOn(std::make_unique<ManualTransport>(state_), &context_,
                                      tracker_.Begin("Service/Method", "peer"), options,
                                      counters_)) {}

  StreamWriter& writer() { return *writer_; }
  const BufferCounters& counters() const { return *counters_; }
  CallTracker& tracker() { return tracker_; }

  // The transport took what is in flight. Waits until there is something, or the
  // end; false at the end.
  bool Take(bool ok = true) {
    {
      absl::MutexLock lock(&state_->mutex);
      state_->mutex.Await(absl::Condition(
          +[](ManualTransport::State* s) { return s->in_flight || !s->ends.empty(); },
          state_.get()));
      if (!state_->in_flight) return false;
      state_->in_flight = false;
    }
    events()->OnWriteDone(ok);
    return true;
  }
  // The time has come that the writer waits for. False when it waits for none.
  bool Wake() {
    std::function<void()> wake;
    {
      absl::MutexLock lock(&state_->mutex);
      wake = state_->wake;
    }
    if (wake) wake();
    return wake != nullptr;
  }
  void Cancel() { events()->OnCancel(); }
  // Nothing is heard of the call afterwards.
  void Done() { events()->OnDone(); }

  std::vector<std::string> sent() const {
    absl::MutexLock lock(&state_->mutex);
    return state_->sent;
  }
  std::vector<grpc::StatusCode> ends() const {
    absl::MutexLock lock(&state_->mutex);
    return state_->ends;
  }
  bool overlapped() const {
    absl::MutexLock lock(&state_->mutex);
    return state_->overlapped;
  }

 private:
  StreamEvents* events() const {
    absl::MutexLock lock(&state_->mutex);
    return state_->events;
  }

  grpc::CallbackServerContext context_;
  CallTracker tracker_{nullptr};
  const std::shared_ptr<BufferCounters> counters_ = std::make_shared<BufferCounters>();
  const std::shared_ptr<ManualTransport::State> state_ = std::make_shared<ManualTransport::State>();
  const std::shared_ptr<StreamWriter> writer_;
};

OutgoingMessage Text(const std::string& text) {
  OutgoingMessage message;
  message.before = text;
  return message;
}

// A payload of `size` bytes in field 1.
OutgoingMessage Payload(size_t size) {
  OutgoingMessage message;
  message.data_field = 1;
  message.payload = HostBuffer(std::vector<uint8_t>(size, 7));
  return message;
}

void WriteMany(StreamWriter& writer, int thread, int count) {
  for (int i = 0; i < count; ++i) writer.Write(Text(absl::StrCat(thread, " ", i)));
}

TEST_CASE("messages of many threads leave one at a time, those of one thread in order",
          "[server][stream]") {
  WriterFixture call;
  constexpr int kThreads = 4;
  constexpr int kMessages = 500;
  std::thread pump([&] {
    while (call.Take()) {
    }
  });
  std::vector<std::thread> producers;
  for (int t = 0; t < kThreads; ++t) {
    producers.emplace_back([&call, t] { WriteMany(call.writer(), t, kMessages); });
  }
  for (std::thread& producer : producers) producer.join();
  call.writer().Finish(absl::OkStatus());
  pump.join();
  call.Done();
  CHECK_FALSE(call.overlapped());
  CHECK(call.ends() == std::vector<grpc::StatusCode>{grpc::StatusCode::OK});
  std::map<char, int> next;
  for (const std::string& message : call.sent()) {
    const int expected = next[message[0]]++;
    REQUIRE(message == absl::StrCat(std::string(1, message[0]), " ", expected));
  }
  CHECK(call.sent().size() == kThreads * kMessages);
  CHECK(call.tracker().live_calls() == 0);
}

TEST_CASE("a cancel drops what waits, ends the call once and sends nothing more",
          "[server][stream]") {
  for (int round = 0; round < 50; ++round) {
    WriterFixture call;
    std::thread producer([&] { WriteMany(call.writer(), 0, 200); });
    std::thread pump([&] {
      while (call.Take()) {
      }
    });
    std::thread reader([&] { call.Cancel(); });
    reader.join();
    producer.join();
    pump.join();
    const size_t sent = call.sent().size();
    call.writer().Write(Text("late"));
    call.writer().Finish(absl::OkStatus());
    CHECK(call.sent().size() == sent);
    CHECK(call.ends() == std::vector<grpc::StatusCode>{grpc::StatusCode::CANCELLED});
    CHECK_FALSE(call.overlapped());
    CHECK(call.writer().cancellation().IsCancelled());
    call.Done();
    CHECK(call.tracker().live_calls() == 0);
  }
}

TEST_CASE("a producer that waits goes on once when enough was taken, from any thread",
          "[server][stream]") {
  WriterFixture call;
  std::thread pump([&] {
    while (call.Take()) {
    }
  });
  constexpr int kRounds = 300;
  int rounds = 0;
  for (; rounds < kRounds; ++rounds) {
    call.writer().Write(Payload(1000));
    call.writer().Write(Payload(1000));
    absl::Mutex mutex;
    int resumed = 0;
    call.writer().WhenTaken(1500, [&] {
      absl::MutexLock lock(&mutex);
      ++resumed;
    });
    absl::MutexLock lock(&mutex);
    mutex.Await(absl::Condition(
        +[](int* count) { return *count == 1; }, &resumed));
  }
  call.writer().Finish(absl::OkStatus());
  pump.join();
  call.Done();
  CHECK(call.writer().BytesAhead() == 0);
  CHECK(call.sent().size() == 2 * kRounds);
  CHECK(call.counters().buffers.load() == 0);
}

TEST_CASE("a producer that waits for a call that breaks is dropped, not called",
          "[server][stream]") {
  WriterFixture call;
  const auto alive = std::make_shared<int>(0);
  bool called = false;
  call.writer().Write(Payload(1000));
  call.writer().Write(Payload(1000), [alive, &called] { called = true; });
  call.writer().WhenTaken(0, [alive, &called] { called = true; });
  CHECK(alive.use_count() == 3);
  CHECK(call.Take(/*ok=*/false));
  CHECK(alive.use_count() == 1);
  CHECK_FALSE(called);
  CHECK(call.ends() == std::vector<grpc::StatusCode>{grpc::StatusCode::CANCELLED});
  call.Done();
  CHECK(call.counters().buffers.load() == 0);
}

TEST_CASE("a stream that was silent for an interval sends an empty message", "[server][stream]") {
  StreamOptions options;
  options.heartbeat_interval = absl::ZeroDuration();
  WriterFixture call(options);
  CHECK(call.Wake());
  CHECK(call.Take());
  CHECK(call.Wake());
  CHECK(call.sent() == std::vector<std::string>{"", ""});
  CHECK(call.Take());
  call.writer().Finish(absl::OkStatus());
  call.Done();
  CHECK_FALSE(call.Wake());
}

TEST_CASE("a reader that takes nothing for too long stops its producer", "[server][stream]") {
  StreamOptions options;
  options.stall_timeout = absl::ZeroDuration();
  WriterFixture call(options);
  call.writer().Write(Payload(1000));
  call.writer().Write(Payload(1000));
  CHECK(call.Wake());
  CHECK(call.writer().cancellation().IsCancelled());
  CHECK(call.Take(/*ok=*/false));
  CHECK(call.sent().size() == 1);
  CHECK(call.ends() == std::vector<grpc::StatusCode>{grpc::StatusCode::DEADLINE_EXCEEDED});
  call.Done();
  CHECK(call.counters().buffers.load() == 0);
}

TEST_CASE("a call without a deadline ends after the longest duration", "[server][stream]") {
  StreamOptions options;
  options.max_duration = absl::ZeroDuration();
  WriterFixture call(options);
  CHECK(call.Wake());
  CHECK(call.ends() == std::vector<grpc::StatusCode>{grpc::StatusCode::DEADLINE_EXCEEDED});
  call.Done();
}

TEST_CASE("the timer, the writers and the end of a call may meet in any order",
          "[server][stream]") {
  for (int round = 0; round < 50; ++round) {
    StreamOptions options;
    options.heartbeat_interval = absl::ZeroDuration();
    WriterFixture call(options);
    std::thread timer([&] {
      for (int i = 0; i < 20; ++i) call.Wake();
    });
    std::thread producer([&] { WriteMany(call.writer(), 0, 50); });
    std::thread pump([&] {
      while (call.Take()) {
      }
    });
    producer.join();
    call.writer().Finish(absl::OkStatus());
    pump.join();
    call.Done();
    timer.join();
    CHECK_FALSE(call.overlapped());
    CHECK(call.ends() == std::vector<grpc::StatusCode>{grpc::StatusCode::OK});
    CHECK(call.tracker().live_calls() == 0);
  }
}

}  // namespace
}  // namespace deepvision
