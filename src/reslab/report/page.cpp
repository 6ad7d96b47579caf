#include "reslab/report/page.h"

#include "reslab/core/error.h"
#include "reslab/report/page/embedded.h"
#include "reslab/report/page_frame.h"

namespace reslab::report {
namespace {

// The scripts are one, so that a name declared in one file is known in the next.
std::string own_script() {
  std::string script;
  for (const std::string_view file : {embedded::page_tools, embedded::page_curves, embedded::page_classes,
                                      embedded::page_errors, embedded::page_start})
    script += file;
  return script;
}

}  // namespace

std::string render_page(const Page& page) {
  RESLAB_ASSERT(!page.runs.empty(), "a report of nothing");
  return framed({.title = page.title,
                 .data = page_json(page),
                 .script = own_script(),
                 .chart = std::string(embedded::chart_library)});
}

}  // namespace reslab::report
