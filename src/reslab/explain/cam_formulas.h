// The formulas of class-activation maps, on their own. A: activations, g: gradients of the class's score, both
// [n, channels, h, w], fp32; k counts channels, (i, j) places, Z = h · w.
//
//   Grad-CAM     Σ_k w_k A_k,  w_k = Σ_ij g_kij / Z                 Selvaraju et al. 2017, arXiv 1610.02391, eq. 1, 2
//   Grad-CAM++   Σ_k w_k A_k,  w_k = Σ_ij α_kij relu(g_kij),        Chattopadhyay et al. 2018, arXiv 1710.11063,
//                α = g² / (2g² + g³ Σ_ij A_kij + 1e-6), 0 at g = 0  eq. 19
//   XGrad-CAM    Σ_k w_k A_k,  w_k = Σ_ij g_kij A_kij / (Σ_ij A_kij + 1e-7)   Fu et al. 2020, arXiv 2008.02312, eq. 8
//   HiResCAM     Σ_k g_k ⊙ A_k                                      Draelos, Carin 2020, arXiv 2011.08891, eq. 5
//   LayerCAM     Σ_k relu(g_k) ⊙ A_k                                Jiang et al. 2021, IEEE TIP 30, eq. 5
//   Eigen-CAM    A projected on its first principal component        Muhammad, Yeasin 2020, arXiv 2008.00299
//
// The small constants and the centring before Eigen-CAM's decomposition are those of the Python package grad-cam. The
// sign of a principal component is arbitrary, and with it half of what the package shows: it changes with the LAPACK
// and its number of threads. Here it is the one in which the value of largest magnitude is positive, as in Chung, Ying
// 2025 (Seg-Eigen-CAM, Appl. Sci. 15, 7562, eq. 13) and in the package's get_2d_projection_with_sign_correction.
#pragma once

#include <ATen/core/Tensor.h>

#include "reslab/explain/class_activation.h"

namespace reslab::explain {

/// Whether the method's formula uses gradients. Score-CAM's and Eigen-CAM's don't.
bool uses_gradients(CamMethod method);

/// A ⊙ w before it is summed over channels: [n, channels, h, w], fp32. `gradients` may be undefined where they aren't
/// used. Not for Score-CAM, whose weights need the network (explain/score_cam.h).
at::Tensor weighted_activations(CamMethod method, const at::Tensor& activations, const at::Tensor& gradients);

/// Each sample's centred values projected on their first principal component over channels:
/// [n, channels, h, w] → [n, h, w], fp32.
at::Tensor principal_projection(const at::Tensor& values);

/// `values` with 0 in place of all of a sample's that has one among them that isn't finite: such a map says nothing of
/// any place. values: [n, …], n ≥ 1.
at::Tensor zero_where_not_finite(const at::Tensor& values);

/// (x − min) / (1e-7 + max − min) by sample: [n, h, w] → [n, h, w], in [0, 1]. Equal values give 0, and so do those of
/// a sample whose values aren't all finite.
at::Tensor scale_to_unit(const at::Tensor& maps);

/// Bilinear, pixels' centres at halves, edges repeated: [n, h, w] → [n, height, width].
at::Tensor resize_maps(const at::Tensor& maps, std::int64_t height, std::int64_t width);

}  // namespace reslab::explain
