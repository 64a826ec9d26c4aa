// What the demo network is trained on and what projects/demo/project.textproto
// says; tests/projects compares the two.
#ifndef DEEPVISION_PROJECTS_DEMO_TRAIN_PREPROCESSING_H_
#define DEEPVISION_PROJECTS_DEMO_TRAIN_PREPROCESSING_H_

namespace deepvision::demo {

// The network sees (colour / 255 - kMean) / kStd, in every channel.
inline constexpr double kMean = 0.5;
inline constexpr double kStd = 0.25;

}  // namespace deepvision::demo

#endif  // DEEPVISION_PROJECTS_DEMO_TRAIN_PREPROCESSING_H_
