#include "core/image/exif.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace deepvision {
namespace {

int Orientation(const std::string& bytes) {
  const std::vector<uint8_t> exact(bytes.begin(), bytes.end());
  return ExifOrientation(exact.data(), exact.size());
}

// One directory with a Make (0x010F) and an Orientation (0x0112) of 6.
const std::string kLittle(
    "II*\0\x08\0\0\0\x02\0"
    "\x0F\x01\x02\0\x04\0\0\0abc\0"
    "\x12\x01\x03\0\x01\0\0\0\x06\0\0\0",
    34);
const std::string kBig("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0", 22);

TEST_CASE("the orientation is found in either byte order", "[image][exif]") {
  CHECK(Orientation(kLittle) == 6);
  CHECK(Orientation(kBig) == 6);
}

TEST_CASE("JPEG's prefix before the TIFF header is skipped", "[image][exif]") {
  CHECK(Orientation(std::string("Exif\0\0", 6) + kBig) == 6);
}

TEST_CASE("data without a usable orientation mean upright", "[image][exif]") {
  CHECK(Orientation("") == 1);
  CHECK(Orientation("II") == 1);
  CHECK(Orientation("MM\0*\xFF\xFF\xFF\xFF") == 1);
  std::string nine = kBig;
  nine[19] = 9;
  CHECK(Orientation(nine) == 1);
  std::string not_a_short = kBig;
  not_a_short[13] = 4;
  CHECK(Orientation(not_a_short) == 1);
}

TEST_CASE("a directory that is cut off is read up to its end", "[image][exif]") {
  for (size_t size = 0; size < kLittle.size(); ++size) {
    const int orientation = Orientation(kLittle.substr(0, size));
    CHECK((orientation == 1 || orientation == 6));
  }
}

}  // namespace
}  // namespace deepvision
