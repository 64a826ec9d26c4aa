# Everything that is not ours, as imported targets.
find_package(Threads REQUIRED)
find_package(absl REQUIRED)
find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(spdlog REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(PNG REQUIRED)
find_package(JPEG REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(WebP REQUIRED IMPORTED_TARGET libwebp libwebpdemux)
pkg_check_modules(ISAL REQUIRED IMPORTED_TARGET libisal)
find_package(ZLIB REQUIRED)
pkg_check_modules(Zip REQUIRED IMPORTED_TARGET libzip)
pkg_check_modules(SQLite REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(Highway REQUIRED IMPORTED_TARGET libhwy)
find_package(LibTorch REQUIRED)

# OpenCV's three modules that we use. Its package file lives in a package that
# pulls in all the others (dnn among them, a second user of protobuf), so the
# modules are found by name.
find_path(OPENCV_INCLUDE_DIR opencv2/core.hpp PATH_SUFFIXES opencv4 REQUIRED)
add_library(deepvision_opencv INTERFACE)
target_include_directories(deepvision_opencv SYSTEM INTERFACE "${OPENCV_INCLUDE_DIR}")
foreach(module core imgproc imgcodecs)
  find_library(OPENCV_${module}_LIBRARY opencv_${module} REQUIRED)
  target_link_libraries(deepvision_opencv INTERFACE "${OPENCV_${module}_LIBRARY}")
endforeach()
