// A reference to a call of gRPC, with which it can be cancelled at any time:
// the context that gRPC hands out dies with OnDone, and its TryCancel races with
// that.
//
// Threading: copies of one handle may be used on several threads.
#ifndef DEEPVISION_SERVER_STREAM_CALL_HANDLE_H_
#define DEEPVISION_SERVER_STREAM_CALL_HANDLE_H_

#include <grpc/grpc.h>

#include <utility>

namespace deepvision {

class CallHandle {
 public:
  CallHandle() = default;
  explicit CallHandle(grpc_call* call) : call_(call) {
    if (call_ != nullptr) grpc_call_ref(call_);
  }
  CallHandle(const CallHandle& other) : CallHandle(other.call_) {}
  CallHandle& operator=(CallHandle other) {
    std::swap(call_, other.call_);
    return *this;
  }
  ~CallHandle() {
    if (call_ != nullptr) grpc_call_unref(call_);
  }

  // Ends the call at once, whatever is in flight. Reactions may run on this
  // thread before it returns: hold no lock that they take.
  void Cancel() const {
    if (call_ != nullptr) grpc_call_cancel(call_, nullptr);
  }

 private:
  grpc_call* call_ = nullptr;
};

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_STREAM_CALL_HANDLE_H_
