// What a StreamWriter needs of gRPC, and what it hears from it, so that one writer
// serves server-streaming and bidirectional calls.
//
//   class LiveCall : public ReactorTransport<grpc::ServerBidiReactor<…>> { … };
//
// Threading: as gRPC's reactors: one Send at a time, End once; the events may come
// on any thread, also before Send returns.
#ifndef DEEPVISION_SERVER_STREAM_STREAM_TRANSPORT_H_
#define DEEPVISION_SERVER_STREAM_STREAM_TRANSPORT_H_

#include <grpcpp/alarm.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <memory>
#include <utility>

#include "absl/time/time.h"
#include "server/call/hand_over.h"

namespace deepvision {

// The reactions of a reactor that concern its writing side.
class StreamEvents {
 public:
  virtual ~StreamEvents() = default;
  virtual void OnWriteDone(bool ok) = 0;
  virtual void OnCancel() = 0;
  // The last one; the transport may be destroyed from within.
  virtual void OnDone() = 0;
};

class StreamTransport {
 public:
  virtual ~StreamTransport() = default;
  // Before anything else. `events` lives until its OnDone.
  virtual void Listen(StreamEvents* events) = 0;
  // `message` must stay as it is until OnWriteDone.
  virtual void Send(const grpc::ByteBuffer* message) = 0;
  virtual void End(const grpc::Status& status) = 0;
  // Calls `wake` at that time on another thread, unless it is replaced or stopped
  // before. One caller at a time, whose locks `wake` may take.
  virtual void WakeAt(absl::Time time, std::function<void()> wake) = 0;
  virtual void StopWaking() = 0;
};

// `Reactor` is grpc::ServerWriteReactor or grpc::ServerBidiReactor, of ByteBuffer.
template <typename Reactor>
class ReactorTransport : public Reactor, public StreamTransport {
 public:
  void Listen(StreamEvents* events) override {
    events_ = events;
    made_.Give();
  }
  void Send(const grpc::ByteBuffer* message) override {
    write_.Give();
    this->StartWrite(message, grpc::WriteOptions().set_no_compression());
  }
  void End(const grpc::Status& status) override {
    finish_.Give();
    this->Finish(status);
  }
  void WakeAt(absl::Time time, std::function<void()> wake) override {
    alarm_ = std::make_unique<grpc::Alarm>();  // one must not be set in its own callback
    alarm_->Set(absl::ToChronoTime(time), [wake = std::move(wake)](bool expired) {
      if (expired) wake();
    });
  }
  void StopWaking() override { alarm_ = nullptr; }

 protected:
  void OnWriteDone(bool ok) override {
    write_.Take();
    events_->OnWriteDone(ok);
  }
  void OnCancel() override {
    made_.Take();
    events_->OnCancel();
  }
  void OnDone() override {
    finish_.Take();
    events_->OnDone();
  }

 private:
  StreamEvents* events_ = nullptr;
  std::unique_ptr<grpc::Alarm> alarm_;
  HandOver made_, write_, finish_;
};

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_STREAM_STREAM_TRANSPORT_H_
