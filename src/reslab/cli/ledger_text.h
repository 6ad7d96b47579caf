// The ledger of a training's operations as text.
#pragma once

#include <string>

#include "reslab/train/flop_ledger.h"

namespace reslab::cli {

/// A row for each layer, the sums, and what is counted. Lines end in '\n'.
std::string ledger_text(const recipe::Recipe& recipe, const train::FlopLedger& ledger);

/// JSON, indented; all figures in floating-point operations.
std::string ledger_json(const recipe::Recipe& recipe, const train::FlopLedger& ledger);

}  // namespace reslab::cli
