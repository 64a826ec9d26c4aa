// Names of visualizations: equal names, equal images.
//
//   const std::string key = UnitKey(context, spec, unit);   // in the result store
//   const std::string id = JobDigest(context, spec);        // of the job
//
// They are SHA-256 digests of a canonical encoding: one version text, then every
// field that decides the result, each variant by its name, numbers as 8 bytes
// little-endian (-0 as 0), texts and lists after their length, so that different
// specs cannot have the same bytes. A new field, or another meaning of an old one,
// needs a new version text, or old results are served for new questions.
//
// Not part of it: `expected_digest`, `network` (the bytes of its model are) and,
// for a key, the other units of the request. How the images were computed (device,
// batch width, threads) is recorded with the result, not in its key.
//
// Specs are resolved: every default is filled in.
//
// Threading: plain functions.
#ifndef DEEPVISION_CORE_STORE_SPEC_DIGEST_H_
#define DEEPVISION_CORE_STORE_SPEC_DIGEST_H_

#include <string>

#include "core/api/manifest.h"
#include "core/api/visualization_spec.h"

namespace deepvision {

// What decides the result beside the spec. Digests are of contents, not of names
// that may mean something else tomorrow.
struct VisualizationContext {
  std::string model_digest;
  Preprocessing preprocessing;   // of the network; of it only what its values mean
  std::string start_digest;      // of the start image; empty: noise of the method
  std::string magnitude_digest;  // of maco's measured magnitudes; empty: built in
  std::string quality_digest;    // of the pictures that results are measured against
  int method_version = 1;        // of the method's code
};

// The canonical bytes without the units.
std::string EncodeSpec(const VisualizationContext& context, const VisualizationSpec& spec);

// 64 hexadecimal digits each. A key is that of one unit, with all images of its
// group; a job's digest has the network's id and the units in their order, too.
std::string UnitKey(const VisualizationContext& context, const VisualizationSpec& spec, int unit);
std::string JobDigest(const VisualizationContext& context, const VisualizationSpec& spec);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_STORE_SPEC_DIGEST_H_
