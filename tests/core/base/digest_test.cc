#include "core/base/digest.h"

#include "tests/support/catch.h"

namespace deepvision {
namespace {

TEST_CASE("SHA-256 of 'abc' is the one of FIPS 180-2", "[base][digest]") {
  Sha256 hash;
  hash.Update("a");
  hash.Update("bc");
  CHECK(hash.Finish() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("CRC-32 is zlib's, in one piece or in two", "[base][digest]") {
  CHECK(Crc32("123456789", 9) == 0xCBF43926U);
  CHECK(Crc32("6789", 4, Crc32("12345", 5)) == 0xCBF43926U);
  CHECK(CombineCrc32(Crc32("12345", 5), Crc32("6789", 4), 4) == 0xCBF43926U);
}

}  // namespace
}  // namespace deepvision
