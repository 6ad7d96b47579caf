# Libraries beside libtorch. What is optional says what is lost without it.

find_package(Threads REQUIRED)
if(RESLAB_ENGINE_ONLY)
  # Their headers may lie anywhere that CMAKE_INCLUDE_PATH names, without CMake files of their own.
  find_package(PkgConfig)
  foreach(library nlohmann_json CLI11)
    set(header CLI/CLI.hpp)
    if(library STREQUAL "nlohmann_json")
      set(header nlohmann/json.hpp)
    endif()
    find_path(RESLAB_${library}_INCLUDE_DIR ${header} REQUIRED)
    add_library(${library}::${library} INTERFACE IMPORTED)
    target_include_directories(${library}::${library} SYSTEM INTERFACE ${RESLAB_${library}_INCLUDE_DIR})
  endforeach()
else()
  find_package(PkgConfig REQUIRED)
  find_package(nlohmann_json REQUIRED)
  find_package(CLI11 REQUIRED)
endif()
# Headers only: one translation unit uses them, and the engine then needs no library beside libtorch.
find_path(TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h REQUIRED)
add_library(tomlplusplus INTERFACE)
target_include_directories(tomlplusplus SYSTEM INTERFACE ${TOMLPLUSPLUS_INCLUDE_DIR})
if(PkgConfig_FOUND AND RESLAB_KERNELS)
  pkg_search_module(hwy IMPORTED_TARGET libhwy)
endif()
if(NOT RESLAB_KERNELS)
  unset(hwy_FOUND CACHE)  # of an earlier configuration
endif()
if(NOT hwy_FOUND AND RESLAB_KERNELS)
  message(WARNING "Highway not found: no kernels of our own. Lost: fast convolutions in fp32 on the CPU (training takes about twice as long).")
endif()
if(RESLAB_ENGINE_ONLY)
  return()
endif()

find_package(CURL REQUIRED)
find_package(LibArchive REQUIRED)
# Headers only.
find_path(PROTOZERO_INCLUDE_DIR protozero/pbf_builder.hpp REQUIRED)
add_library(protozero INTERFACE)
target_include_directories(protozero SYSTEM INTERFACE ${PROTOZERO_INCLUDE_DIR})
pkg_search_module(spng IMPORTED_TARGET spng libspng)
if(NOT spng_FOUND)
  message(WARNING "libspng not found: no PNG files. Lost: `reslab data show` and the conversion of CIFAR-10's PNG sheets.")
endif()

# Debian's libjs-chart.js; npm's chart.js lays the file elsewhere. It goes into the program, so nothing is needed at run time.
find_file(RESLAB_CHART_JS NAMES chart.min.js Chart.min.js chart.umd.js
  PATHS /usr/share/javascript/chart.js /usr/share/nodejs/chart.js/dist ${CMAKE_SOURCE_DIR}/node_modules/chart.js/dist
  NO_DEFAULT_PATH)
if(NOT RESLAB_CHART_JS)
  message(WARNING "Chart.js not found: reports will draw their curves as plain lines (Debian: libjs-chart.js).")
  set(RESLAB_CHART_JS "" CACHE FILEPATH "" FORCE)
endif()
