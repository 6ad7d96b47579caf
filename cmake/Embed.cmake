# reslab_embed(target header name=file…): puts the text of files into the program, as std::string_view's of those names in
# namespace reslab::report::embedded, declared in `header`. A name without a file is an empty text.
# Run as a script, it writes the source file.

if(NOT CMAKE_SCRIPT_MODE_FILE)
  function(reslab_embed target header)
    set(output ${CMAKE_BINARY_DIR}/generated/reslab/embedded/${target}.cpp)
    set(files)
    foreach(entry IN LISTS ARGN)
      string(REGEX REPLACE "^[^=]*=" "" file ${entry})
      if(file)
        list(APPEND files ${file})
      endif()
    endforeach()
    string(REPLACE ";" "|" entries "${ARGN}")
    add_custom_command(OUTPUT ${output}
      COMMAND ${CMAKE_COMMAND} -D "ENTRIES=${entries}" -D HEADER=${header} -D OUTPUT=${output}
              -P ${CMAKE_CURRENT_FUNCTION_LIST_FILE}
      DEPENDS ${files} ${CMAKE_CURRENT_FUNCTION_LIST_FILE}
      COMMENT "Embedding files of ${target}" VERBATIM)
    target_sources(${target} PRIVATE ${output})
  endfunction()
  return()
endif()

# A raw string may hold anything but its own end.
set(mark reslab_embedded)
file(WRITE ${OUTPUT} "#include \"${HEADER}\"\n\nnamespace reslab::report::embedded {\n\n")
string(REPLACE "|" ";" entries "${ENTRIES}")
foreach(entry IN LISTS entries)
  string(REGEX MATCH "^[^=]*" name ${entry})
  string(REGEX REPLACE "^[^=]*=" "" file ${entry})
  file(APPEND ${OUTPUT} "extern constexpr std::string_view ${name} = R\"${mark}(")
  if(file)
    file(READ ${file} text)
    string(FIND "${text}" ")${mark}\"" clash)
    if(NOT clash EQUAL -1)
      message(FATAL_ERROR "${file} holds )${mark}\", the end of the string it is to become")
    endif()
    file(APPEND ${OUTPUT} "${text}")
  endif()
  file(APPEND ${OUTPUT} ")${mark}\";\n\n")
endforeach()
file(APPEND ${OUTPUT} "}  // namespace reslab::report::embedded\n")
