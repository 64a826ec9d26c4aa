// Tells the thread sanitizer what gRPC orders.
//
//   read_.Give();
//   StartRead(&message_);          // on one thread
//   …
//   void OnReadDone(bool ok) {     // on another one
//     read_.Take();
//
// gRPC runs a reaction after the operation that it answers, and any of them after
// the reactor was made. The distribution's gRPC is not instrumented, so the sanitizer
// sees that order by chance only, and reports races that there are none. One HandOver
// per operation: what gRPC does not order must not look ordered. Does nothing in
// other builds.
#ifndef DEEPVISION_SERVER_CALL_HAND_OVER_H_
#define DEEPVISION_SERVER_CALL_HAND_OVER_H_

#ifdef __SANITIZE_THREAD__
extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);
#endif

namespace deepvision {

class HandOver {
 public:
#ifdef __SANITIZE_THREAD__
  // Before the operation.
  void Give() { __tsan_release(this); }
  // First thing in the reaction.
  void Take() { __tsan_acquire(this); }
#else
  void Give() {}
  void Take() {}
#endif
};

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_CALL_HAND_OVER_H_
