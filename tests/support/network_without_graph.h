// For tests: a network that only answers, and has nothing that could be trained or counted.
#pragma once

#include "reslab/models/network.h"

namespace reslab::support {

class NetworkWithoutGraph : public models::Network {
 public:
  const nn::Graph& graph() const override { return graph_; }

 private:
  nn::Graph graph_{"none"};
};

}  // namespace reslab::support
