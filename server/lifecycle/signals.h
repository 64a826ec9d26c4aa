// SIGTERM and SIGINT without signal handlers: the signals are blocked in every
// thread and fetched by one that waits for them.
//
//   BlockStopSignals();                  // in main, before the first thread
//   …
//   WaitForStopSignal();                 // the first one: drain
//   StopAtOnceOnNextSignal();            // the second one: _exit
#ifndef DEEPVISION_SERVER_LIFECYCLE_SIGNALS_H_
#define DEEPVISION_SERVER_LIFECYCLE_SIGNALS_H_

namespace deepvision {

// Also ignores SIGPIPE. Threads made later inherit the mask.
void BlockStopSignals();

// Blocks until SIGTERM or SIGINT; returns its number.
int WaitForStopSignal();

// As SIGTERM from outside, once: further calls do nothing. Does not block.
void RequestStop();

// From now on a further signal ends the process with code 128 + its number.
void StopAtOnceOnNextSignal();

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_LIFECYCLE_SIGNALS_H_
