# Warnings, optimisation, sanitizers, ccache and the number of compile jobs that fit into memory.

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # ccache can only cache a precompiled header when it may ignore the time stamps inside it.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
endif()

# A translation unit that includes libtorch needs about 1.5 GB to compile.
cmake_host_system_information(RESULT _cores QUERY NUMBER_OF_LOGICAL_CORES)
cmake_host_system_information(RESULT _memory_mb QUERY AVAILABLE_PHYSICAL_MEMORY)
math(EXPR _jobs "${_memory_mb} / 1500")
if(_jobs LESS 1)
  set(_jobs 1)
elseif(_jobs GREATER _cores)
  set(_jobs ${_cores})
endif()
set_property(GLOBAL PROPERTY JOB_POOLS compile=${_jobs} link=2)
set(CMAKE_JOB_POOL_COMPILE compile)
set(CMAKE_JOB_POOL_LINK link)

add_library(reslab_options INTERFACE)
# Options structs are filled by designated initialisers that leave the defaults out: that is their purpose.
target_compile_options(reslab_options INTERFACE -Wall -Wextra -Wnon-virtual-dtor -Woverloaded-virtual -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Of several files compiled as one, a constant of one hides nothing of another: locals alone are compared.
  target_compile_options(reslab_options INTERFACE -Wshadow=local)
  # -fpch-preprocess lets ccache see through the precompiled header. The three warnings are false alarms of GCC 12 on
  # std::string (GCC bugs 105329 and 105651).
  target_compile_options(reslab_options INTERFACE -fpch-preprocess -Wno-stringop-overflow -Wno-restrict -Wno-array-bounds)
endif()
if(RESLAB_WERROR)
  target_compile_options(reslab_options INTERFACE -Werror)
endif()
if(RESLAB_SANITIZE)
  target_compile_options(reslab_options INTERFACE -fsanitize=${RESLAB_SANITIZE} -fno-omit-frame-pointer -g1)
  target_link_options(reslab_options INTERFACE -fsanitize=${RESLAB_SANITIZE})
  if(RESLAB_SANITIZE_NOT)
    target_compile_options(reslab_options INTERFACE -fno-sanitize=${RESLAB_SANITIZE_NOT})
  endif()
  # GCC's instrumentation hides from its own analysis what is initialised (GCC bug 105616).
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(reslab_options INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()
if(RESLAB_SANITIZE OR CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_definitions(reslab_options INTERFACE _GLIBCXX_ASSERTIONS)
  # nlohmann's own goes by NDEBUG, which libtorch's headers need.
  target_compile_options(reslab_options INTERFACE "-DJSON_ASSERT(x)=((x)?void(0):__builtin_trap())")
endif()
