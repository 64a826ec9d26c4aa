// Pictures of sixteen shapes and textures, drawn from nothing: varied colours,
// sizes, positions, rotations, backgrounds, distractions and noise. Picture
// (seed, label, index) is the same on every platform (double arithmetic,
// rounded to eight bits at the end); no two seeds share a picture.
//
// Threading: the functions are thread-safe.
#ifndef DEEPVISION_DATASETS_SHAPES_GENERATOR_SHAPES_H_
#define DEEPVISION_DATASETS_SHAPES_GENERATOR_SHAPES_H_

#include <array>
#include <cstdint>

namespace deepvision::shapes {

// Pictures are square.
inline constexpr int kSide = 96;
inline constexpr int kClasses = 16;

// In label order, the order of dataset.textproto.
inline constexpr std::array<const char*, kClasses> kClassNames = {
    "circle",
    "ring",
    "crescent",
    "triangle",
    "square",
    "hexagon",
    "star",
    "cross",
    "horizontal_stripes",
    "vertical_stripes",
    "diagonal_stripes",
    "checkerboard",
    "dots",
    "waves",
    "cells",
    "spiral",
};

// [height, width, 3], RGB, row 0 on top.
using Picture = std::array<uint8_t, kSide * kSide * 3>;

// Seeds that the repository uses, so that no set meets another.
inline constexpr uint64_t kTrainingSeed = 1;
inline constexpr uint64_t kHeldOutSeed = 2;
inline constexpr uint64_t kCommittedSeed = 3;

// Picture `index` of class `label` (0 .. kClasses-1) under `seed`. About 1 ms.
Picture Draw(uint64_t seed, int label, uint64_t index);

}  // namespace deepvision::shapes

#endif  // DEEPVISION_DATASETS_SHAPES_GENERATOR_SHAPES_H_
