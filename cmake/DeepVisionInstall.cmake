# `cmake --install BUILD --component server --prefix FOLDER`: the server and the
# five libraries of LibTorch that it loads, side by side as their run paths
# expect. The distribution's libraries come from its packages (see Dockerfile).
if(NOT TARGET deepvision_server)
  return()
endif()
set_target_properties(deepvision_server PROPERTIES INSTALL_RPATH "$ORIGIN/../lib/torch/lib")
install(TARGETS deepvision_server RUNTIME DESTINATION bin COMPONENT server)
foreach(library libc10.so libtorch_cpu.so libgomp.so.1)
  install(FILES "${LIBTORCH_ROOT}/torch/lib/${library}" DESTINATION lib/torch/lib COMPONENT server)
endforeach()
foreach(library libcudart.so.13 libcupti.so.13)
  install(FILES "${LIBTORCH_ROOT}/nvidia/cu13/lib/${library}" DESTINATION lib/nvidia/cu13/lib COMPONENT server)
endforeach()
