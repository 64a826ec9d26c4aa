# Finds the LibTorch that scripts/setup.sh unpacked and makes LibTorch::cpu
# (and LibTorch::cuda with DEEPVISION_CUDA). PyTorch's own package file demands
# a CUDA toolkit even for the CPU, so it is not used.
#
#   LIBTORCH_ROOT  folder that holds torch/ and nvidia/ side by side; default:
#                  libtorch or libtorch-cuda in the cache of scripts/setup.sh
#
# Only the small per-operator headers may be included; torch/torch.h and
# ATen/ATen.h cost 20 s and 1.4 GB per file (see tests/layering).
include(DeepVisionCache)
if(NOT LIBTORCH_ROOT)
  if(DEEPVISION_CUDA)
    set(LIBTORCH_ROOT "${DEEPVISION_CACHE}/libtorch-cuda")
  else()
    set(LIBTORCH_ROOT "${DEEPVISION_CACHE}/libtorch")
  endif()
endif()
set(_lib "${LIBTORCH_ROOT}/torch/lib")
set(_cuda_lib "${LIBTORCH_ROOT}/nvidia/cu13/lib")

find_path(LibTorch_INCLUDE_DIR ATen/core/Tensor.h PATHS "${LIBTORCH_ROOT}/torch/include" NO_DEFAULT_PATH NO_CACHE)
find_library(LibTorch_LIBRARY torch_cpu PATHS "${_lib}" NO_DEFAULT_PATH NO_CACHE)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_LIBRARY LibTorch_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "run ./scripts/setup.sh first (looked in ${LIBTORCH_ROOT})")

if(LibTorch_FOUND AND NOT TARGET LibTorch::cpu)
  add_library(LibTorch::c10 SHARED IMPORTED)
  set_target_properties(LibTorch::c10 PROPERTIES IMPORTED_LOCATION "${_lib}/libc10.so")
  add_library(LibTorch::cpu SHARED IMPORTED)
  set_target_properties(LibTorch::cpu PROPERTIES
    IMPORTED_LOCATION "${_lib}/libtorch_cpu.so"
    IMPORTED_LINK_DEPENDENT_LIBRARIES "LibTorch::c10")
  target_include_directories(LibTorch::cpu SYSTEM INTERFACE
    "${LIBTORCH_ROOT}/torch/include" "${LIBTORCH_ROOT}/torch/include/torch/csrc/api/include")
  target_compile_definitions(LibTorch::cpu INTERFACE AT_PER_OPERATOR_HEADERS)
  # libtorch_cpu.so names the CUDA run-time although it needs no GPU.
  target_link_options(LibTorch::cpu INTERFACE "-Wl,-rpath-link,${_cuda_lib}" "-Wl,-rpath-link,${_lib}")
  target_link_libraries(LibTorch::cpu INTERFACE LibTorch::c10)
endif()
if(LibTorch_FOUND AND DEEPVISION_CUDA AND NOT TARGET LibTorch::cuda)
  add_library(LibTorch::cuda INTERFACE IMPORTED)
  # Nothing names torch_cuda's symbols, so the linker must be told to keep it.
  target_link_libraries(LibTorch::cuda INTERFACE LibTorch::cpu
    "-Wl,--no-as-needed" "${_lib}/libtorch_cuda.so" "${_lib}/libc10_cuda.so" "-Wl,--as-needed")
endif()
