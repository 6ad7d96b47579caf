# Finds libtorch: CMAKE_PREFIX_PATH first, then the Python wheel in .venv.

if(NOT Torch_DIR)
  file(GLOB _wheels ${CMAKE_SOURCE_DIR}/.venv/lib/python3.*/site-packages/torch ${CMAKE_SOURCE_DIR}/.venv/libtorch/torch)
  list(APPEND CMAKE_PREFIX_PATH ${_wheels})
endif()
# With CUDA, its CMake files compile and run a program to see which GPUs are here, unless they are told.
if(NOT DEFINED TORCH_CUDA_ARCH_LIST AND NOT DEFINED ENV{TORCH_CUDA_ARCH_LIST})
  set(TORCH_CUDA_ARCH_LIST 8.0 8.9 9.0+PTX)
endif()
find_package(Torch 2.11 REQUIRED)
get_filename_component(RESLAB_TORCH_LIB_DIR ${TORCH_LIBRARY} DIRECTORY)
message(STATUS "libtorch ${Torch_VERSION}: ${TORCH_LIBRARY}")

# libtorch's own thread pool is OpenMP. A second OpenMP runtime in the process would double the threads, so where
# libtorch brings a copy, that one is linked and not the compiler's.
if(RESLAB_OPENMP)
  find_package(OpenMP REQUIRED COMPONENTS CXX)
endif()
file(GLOB _gomp ${RESLAB_TORCH_LIB_DIR}/libgomp*.so* ${RESLAB_TORCH_LIB_DIR}/../../torch.libs/libgomp*.so*)
add_library(reslab_torch INTERFACE)
target_compile_options(reslab_torch INTERFACE ${OpenMP_CXX_FLAGS})
if(NOT RESLAB_OPENMP)
  target_compile_definitions(reslab_torch INTERFACE RESLAB_WITHOUT_OPENMP)
endif()
# libtorch is built with it; checks in its headers that it leaves out read members that such a build doesn't set
# (at::RecordFunction::inputs).
target_compile_definitions(reslab_torch INTERFACE NDEBUG)
# Without it ATen/TensorOperators.h and ATen/TensorIndexing.h include every operator: four seconds a file.
target_compile_definitions(reslab_torch INTERFACE AT_PER_OPERATOR_HEADERS)
if(_gomp)
  list(GET _gomp 0 _gomp)
  target_link_libraries(reslab_torch INTERFACE ${_gomp})
elseif(RESLAB_OPENMP)
  target_link_libraries(reslab_torch INTERFACE OpenMP::OpenMP_CXX)
endif()
foreach(_directory IN LISTS TORCH_INCLUDE_DIRS)
  target_include_directories(reslab_torch SYSTEM INTERFACE ${_directory})
endforeach()
target_link_libraries(reslab_torch INTERFACE ${TORCH_LIBRARIES})
set(CMAKE_BUILD_RPATH ${RESLAB_TORCH_LIB_DIR})
set(CMAKE_INSTALL_RPATH ${RESLAB_TORCH_LIB_DIR})
