# The GPU's kernels: files .cu beside the .cpp files. Built where libtorch has CUDA; its own CMake files have found nvcc then.
set(RESLAB_HAS_CUDA OFF)
if(TORCH_CUDA_LIBRARIES)
  enable_language(CUDA)
  find_package(CUDAToolkit REQUIRED)
  set(RESLAB_HAS_CUDA ON)
  # CMake 3.25.1 doesn't know yet that nvcc has C++20.
  if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
    set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
    set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
  endif()
  # Ampere, Ada, Hopper, and intermediate code for later ones; libtorch's own list (TORCH_CUDA_ARCH_LIST) only serves its CMake files.
  set(RESLAB_CUDA_ARCHITECTURES 80-real 89-real 90 CACHE STRING "What CMAKE_CUDA_ARCHITECTURES gets")
endif()

# reslab_cuda(name): adds the folder's .cu files to its library, and tells all who use it that they are there.
function(reslab_cuda name)
  if(NOT RESLAB_HAS_CUDA)
    return()
  endif()
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cu)
  add_library(reslab_${name}_cuda OBJECT ${sources})
  set_target_properties(reslab_${name}_cuda PROPERTIES CUDA_STANDARD 20 CUDA_STANDARD_REQUIRED ON
    CUDA_ARCHITECTURES "${RESLAB_CUDA_ARCHITECTURES}" POSITION_INDEPENDENT_CODE ON)
  # Products and sums are rounded one by one, as on the processor, so that results are the same bits.
  target_compile_options(reslab_${name}_cuda PRIVATE --expt-relaxed-constexpr --fmad=false)
  target_compile_definitions(reslab_${name}_cuda PRIVATE RESLAB_HAS_CUDA NDEBUG AT_PER_OPERATOR_HEADERS)
  target_include_directories(reslab_${name}_cuda PRIVATE ${CMAKE_SOURCE_DIR}/src)
  target_include_directories(reslab_${name}_cuda SYSTEM PRIVATE ${TORCH_INCLUDE_DIRS} ${CUDAToolkit_INCLUDE_DIRS})
  target_sources(reslab_${name} PRIVATE $<TARGET_OBJECTS:reslab_${name}_cuda>)
  target_compile_definitions(reslab_${name} PUBLIC RESLAB_HAS_CUDA)
endfunction()
