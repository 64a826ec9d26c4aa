// Catch2 v2 (Debian 12) or v3 (Debian 13), whichever is installed.
#ifndef DEEPVISION_TESTS_SUPPORT_CATCH_H_
#define DEEPVISION_TESTS_SUPPORT_CATCH_H_

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#ifndef SKIP
// Catch2 v2 has no SKIP: say so and leave the test case.
#define SKIP(message)             \
  do {                            \
    WARN("skipped: " << message); \
    return;                       \
  } while (false)
#endif
#endif

#endif  // DEEPVISION_TESTS_SUPPORT_CATCH_H_
