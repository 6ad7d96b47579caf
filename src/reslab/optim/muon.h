// Muon: momentum whose matrix is made orthogonal before it is applied. For each filter w ([out, in, k, k]) with
// gradient g:
//
//   w ← w · √out / ‖w‖                        the filter tensor keeps its size (Frobenius norm)
//   v ← momentum · v + g
//   u ← orthogonalise(g + momentum · v)       Nesterov; as the matrix [out, in·k·k]
//   w ← w − lr · u
//
// orthogonalise(G): X = G / (‖G‖ + eps), then `steps` times, with A = X Xᵀ,  X ← a X + (b A + c A²) X: a Newton–Schulz
// iteration with a quintic that drives all singular values near 1. Done in fp32, on the side of the matrix that is
// shorter.
//
// Source: Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024, and airbench94_muon, from
// which the rescaling of w comes.
#pragma once

#include "reslab/optim/optimizer.h"

namespace reslab::optim {

struct MuonOptions {
  std::int64_t steps = 3;  ///< Newton–Schulz iterations, ≥ 1
  double a = 3.4445, b = -4.7750, c = 2.0315;
  bool normalise_weights = true;  ///< the first line above
};

/// The orthogonalised matrix. matrix: [rows, columns], fp32, rows and columns ≥ 1. Returns the same shape and dtype;
/// its singular values lie around 1, between about 0.7 and 1.2 after five steps and wider apart after three, but for
/// those that were 0.
at::Tensor orthogonalise(const at::Tensor& matrix, const MuonOptions& options = {});

class Muon final : public Optimizer {
 public:
  /// Parameters of two dimensions or more; the groups' weight_decay is added to the gradient, as in Sgd.
  Muon(std::vector<Group> groups, const MuonOptions& options);

  void step(double lr, double momentum) override;
  bool steps_on_device() const override { return true; }
  void step_on_device(const at::Tensor& lr, double momentum) override;

 private:
  // norm(w): a number or a scalar tensor; subtract(w, direction).
  template <typename Norm, typename Subtract>
  void update(double momentum, const Norm& norm, const Subtract& subtract);

  MuonOptions options_;
};

}  // namespace reslab::optim
