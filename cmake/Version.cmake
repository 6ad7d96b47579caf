# Puts the commit into the program. Included, it adds a target that looks at git in every build; run as a script, it writes
# the one source file that holds what was found, and only when that has changed: a commit costs one compilation and the
# linking, not a rebuild.

if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(RESLAB_VERSION_SOURCE ${CMAKE_BINARY_DIR}/generated/reslab/version.cpp)
  add_custom_target(reslab_look_at_git
    COMMAND ${CMAKE_COMMAND} -D SOURCE=${CMAKE_SOURCE_DIR} -D OUTPUT=${RESLAB_VERSION_SOURCE}
            -D VERSION=${PROJECT_VERSION} -P ${CMAKE_CURRENT_LIST_FILE}
    BYPRODUCTS ${RESLAB_VERSION_SOURCE}
    COMMENT "Looking at git" VERBATIM)
  return()
endif()

set(commit unknown)
set(modified false)
find_program(GIT git)
if(GIT)
  # An unpacked archive may lie inside somebody else's repository.
  execute_process(COMMAND ${GIT} rev-parse --show-toplevel WORKING_DIRECTORY ${SOURCE}
                  OUTPUT_VARIABLE top ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(top)
    file(REAL_PATH ${top} top)
  endif()
  file(REAL_PATH ${SOURCE} here)
  if(top STREQUAL here)
    execute_process(COMMAND ${GIT} rev-parse HEAD WORKING_DIRECTORY ${SOURCE}
                    OUTPUT_VARIABLE commit ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
    execute_process(COMMAND ${GIT} status --porcelain --untracked-files=no WORKING_DIRECTORY ${SOURCE}
                    OUTPUT_VARIABLE changes ERROR_QUIET)
    if(changes)
      set(modified true)
    endif()
  endif()
endif()

file(CONFIGURE OUTPUT ${OUTPUT}.new CONTENT [[
#include "reslab/core/version.h"

namespace reslab::core {

Version version() { return {.number = "@VERSION@", .commit = "@commit@", .modified = @modified@}; }

}  // namespace reslab::core
]] @ONLY)
execute_process(COMMAND ${CMAKE_COMMAND} -E copy_if_different ${OUTPUT}.new ${OUTPUT})
