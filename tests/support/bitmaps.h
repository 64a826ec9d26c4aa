// Bitmaps in tests: expected pictures from PPM files, differences.
#ifndef DEEPVISION_TESTS_SUPPORT_BITMAPS_H_
#define DEEPVISION_TESTS_SUPPORT_BITMAPS_H_

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "core/image/bitmap.h"
#include "tests/support/catch.h"
#include "tests/support/test_data.h"

namespace deepvision {

// A binary PPM (P6, three channels) or PGM (P5, one) of 8 bits.
inline Bitmap ReadPnm(const std::string& name) {
  const std::vector<uint8_t> file = ReadTestFile(name);
  std::istringstream header(std::string(file.begin(), file.end()));
  std::string magic;
  int width = 0, height = 0, maximum = 0;
  header >> magic >> width >> height >> maximum;
  INFO(name);
  REQUIRE(maximum == 255);
  Bitmap bitmap = MakeBitmap(width, height, magic == "P6" ? 3 : 1);
  REQUIRE(file.size() >= bitmap.pixels.size());
  std::copy(file.end() - static_cast<std::ptrdiff_t>(bitmap.pixels.size()), file.end(),
            bitmap.pixels.begin());
  return bitmap;
}

// The largest difference of a value; 256 when the sizes differ.
inline int MaxDifference(const Bitmap& a, const Bitmap& b) {
  if (a.width != b.width || a.height != b.height || a.channels != b.channels) return 256;
  int difference = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) {
    difference = std::max(difference, std::abs(int{a.pixels[i]} - int{b.pixels[i]}));
  }
  return difference;
}

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_SUPPORT_BITMAPS_H_
