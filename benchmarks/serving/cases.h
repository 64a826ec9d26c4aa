// What serving_benchmark measures; docs/benchmarks.md says why and how.
//
// Each prints its rows, named after `model`, and returns why it could not.
//
// Threading: one caller at a time; a case may use threads of its own.
#ifndef DEEPVISION_BENCHMARKS_SERVING_CASES_H_
#define DEEPVISION_BENCHMARKS_SERVING_CASES_H_

#include <string>

#include "absl/status/status.h"
#include "benchmarks/serving/server_under_test.h"

namespace deepvision {

// All layers as UINT8 until they lie decoded in the client's memory, against a
// bare forward pass.
absl::Status MeasureNetwork(ServerUnderTest& server, const std::string& model);

// The first layer against its own computation.
absl::Status MeasureFirstLayer(ServerUnderTest& server, const std::string& model);

// Health, topology and Classify: idle, and while forward passes saturate the
// device and readers of the same connection stall.
absl::Status MeasureSmallCalls(ServerUnderTest& server, const std::string& model);

// Classify of one client while another streams PNG, against alone.
absl::Status MeasureNeighbour(ServerUnderTest& server, const std::string& model);

// Requests per second of 1 to 8 clients.
absl::Status MeasureClients(ServerUnderTest& server, const std::string& model);

// The time that a refusal takes while the queue is full.
absl::Status MeasureFullQueue(ServerUnderTest& server, const std::string& model);

}  // namespace deepvision

#endif  // DEEPVISION_BENCHMARKS_SERVING_CASES_H_
