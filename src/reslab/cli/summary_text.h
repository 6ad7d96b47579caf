// A network's summary as text.
#pragma once

#include <string>

#include "reslab/models/summary.h"

namespace reslab::cli {

/// The tree of layers with a row of figures each, and the totals. Layers deeper than `depth` are left out; a container
/// whose layers are shows their sums. Lines end in '\n'.
std::string summary_tree(const models::Summary& summary, int depth);

/// torchsummary's table: layers without containers, shapes with −1 for the batch, sizes for one image.
std::string summary_plain(const models::Summary& of_one_image);

/// JSON, indented.
std::string summary_json(const models::Summary& summary);

/// "6,573,120".
std::string grouped(std::int64_t number);

}  // namespace reslab::cli
