"""Cross-entropy with class weights, as PyTorch computes it: the numbers in tests/train/loss_test.cpp.

python tests/reference/weighted_loss.py    (torch 2.13.0)
"""

import torch
import torch.nn.functional as F

outputs = torch.tensor([[1.0, -0.5, 0.25], [0.0, 2.0, -1.0], [0.5, 0.5, 3.0], [-2.0, 0.75, 1.5]], requires_grad=True)
labels = torch.tensor([0, 1, 2, 0])
soft = torch.tensor([[0.75, 0.25, 0.0], [0.0, 1.0, 0.0], [0.0, 0.4, 0.6], [1.0, 0.0, 0.0]])
weights = torch.tensor([0.5, 1.5, 2.0])

for smoothing in (0.0, 0.1):
    for reduction in ("mean", "sum"):
        loss = F.cross_entropy(outputs, labels, weight=weights, label_smoothing=smoothing, reduction=reduction)
        (gradient,) = torch.autograd.grad(loss, outputs)
        print(f"labels, smoothing {smoothing}, {reduction}: {loss.item():.7f}, gradient[0]: {gradient[0].tolist()}")
    total = F.cross_entropy(outputs, soft, weight=weights, label_smoothing=smoothing, reduction="sum")
    print(f"soft, smoothing {smoothing}, sum: {total.item():.7f}; over the weights: {(total / (soft @ weights).sum()).item():.7f}")
