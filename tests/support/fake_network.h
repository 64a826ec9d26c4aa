// A small residual network that exists only on paper: its topology and, for
// every layer, numbers that a formula makes. Lets the transport be tested, and
// clients be written, without a model.
//
// Threading: plain functions on values.
#ifndef DEEPVISION_TESTS_SUPPORT_FAKE_NETWORK_H_
#define DEEPVISION_TESTS_SUPPORT_FAKE_NETWORK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/api/activation.h"
#include "core/api/network.h"
#include "core/api/topology.h"

namespace deepvision {

// Input [3, 64, 64], four residual blocks, ten classes.
Topology MakeFakeTopology(bool omit_markers);
// One layer [512, 64, 64] ("conv") after the input: 8 MiB of float32.
Topology MakeWideTopology();

// READY, with class names.
NetworkInfo MakeFakeNetworkInfo(const std::string& id, const Topology& topology);

// The value of a node, C-contiguous; `salt` stands for the input.
std::vector<float> MakeFakeValues(const TopologyNode& node, uint64_t salt);

// `values` as `options` asks, without max_side.
EncodedLayer EncodeFakeLayer(const TopologyNode& node, const std::vector<float>& values,
                             const EncodingOptions& options);

// One histogram per chain, with counts 1, 2, 3, …
std::vector<Histogram> MakeFakeHistograms(const Topology& topology, const HistogramQuery& query);
// "<id>.weight" [channels, 3, 3, 3] with values 0, 0.01, 0.02, …
WeightTensor MakeFakeWeights(const TopologyNode& node);

// A gray 8-bit PNG.
std::vector<uint8_t> EncodeGrayPng(const uint8_t* pixels, int width, int height);
// An RGB 8-bit PNG.
std::vector<uint8_t> EncodeRgbPng(const uint8_t* pixels, int width, int height);

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_SUPPORT_FAKE_NETWORK_H_
