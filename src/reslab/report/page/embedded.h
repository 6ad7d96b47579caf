// The files of this folder, and the chart library, as CMake put them into the program (cmake/Embed.cmake): a report
// needs no file at run time.
#pragma once

#include <string_view>

namespace reslab::report::embedded {

extern const std::string_view page_template;  ///< HTML with {{places}}
extern const std::string_view page_style;
extern const std::string_view page_tools;     ///< the scripts, in the order in which they must stand
extern const std::string_view page_curves;    ///< …
extern const std::string_view page_classes;   ///< …
extern const std::string_view page_errors;    ///< …
extern const std::string_view page_start;     ///< …
extern const std::string_view page_data;      ///< stands behind page_tools in the page of a data set, in their place
extern const std::string_view chart_library;  ///< Chart.js, minified; "" where it wasn't there when this was built

}  // namespace reslab::report::embedded
