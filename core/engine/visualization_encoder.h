// The encoder of visualization pictures: views as core/api/visualization_sink.h
// describes them.
//
// Codes are round(255 * value). Pictures and sheets have three colours, gray ones
// too, or four: with kRgba8, and in a PNG with transparency.
//
// Threading: thread-safe. Errors: those of core/image/encode.h and
// core/activation/atlas.h.
#ifndef DEEPVISION_CORE_ENGINE_VISUALIZATION_ENCODER_H_
#define DEEPVISION_CORE_ENGINE_VISUALIZATION_ENCODER_H_

#include <memory>

#include "core/engine/visualization_worker.h"

namespace deepvision {

std::shared_ptr<const VisualizationEncoder> MakeVisualizationEncoder();

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_VISUALIZATION_ENCODER_H_
