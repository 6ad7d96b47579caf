# The Python with PyTorch that the tests compare with (tests/reference) and that benchmarks/epoch runs against. The program
# itself needs neither.

if(EXISTS ${CMAKE_SOURCE_DIR}/.venv/bin/python)
  set(_python ${CMAKE_SOURCE_DIR}/.venv/bin/python)
else()
  set(_python python3)
endif()
set(RESLAB_PYTHON ${_python} CACHE STRING "A Python that has torch, for comparisons")
option(RESLAB_REFERENCE_TESTS "Compare with PyTorch in the tests" ON)

if(NOT RESLAB_REFERENCE_TESTS)
  message(WARNING "RESLAB_REFERENCE_TESTS is OFF: nothing will be compared with PyTorch.")
elseif(NOT RESLAB_TORCH_IMPORTED_BY STREQUAL RESLAB_PYTHON)
  # The tests stay: without PyTorch they fail, and say why.
  execute_process(COMMAND ${RESLAB_PYTHON} -c "import torch" RESULT_VARIABLE _failed OUTPUT_QUIET ERROR_QUIET)
  if(_failed)
    message(WARNING "'${RESLAB_PYTHON}' can't import torch: the tests that compare with PyTorch (label `pytorch`) will fail. "
                    "Give another by -DRESLAB_PYTHON=/path/to/python, or leave them out by -DRESLAB_REFERENCE_TESTS=OFF.")
  else()
    set(RESLAB_TORCH_IMPORTED_BY ${RESLAB_PYTHON} CACHE INTERNAL "Importing torch is slow: tried once")
  endif()
endif()
