"""The values in tests/explain/class_measures_test.cpp, by scikit-learn and SciPy.

    pip install scikit-learn==1.9.1 scipy==1.17.1 && python tests/reference/class_measures.py
"""
import numpy as np
from scipy.stats import binomtest
from sklearn import metrics


def show(name, labels, probabilities, curves):
    predicted, classes = probabilities.argmax(1), range(probabilities.shape[1])
    of_each = {"labels": classes, "average": None, "zero_division": np.nan}
    print(name, "samples", len(labels), "accuracy", metrics.accuracy_score(labels, predicted),
          "balanced accuracy", metrics.balanced_accuracy_score(labels, predicted),
          "macro precision", metrics.precision_score(labels, predicted, average="macro", zero_division=np.nan),
          "macro F1", metrics.f1_score(labels, predicted, average="macro"))
    print("  precision", metrics.precision_score(labels, predicted, **of_each))
    print("  recall", metrics.recall_score(labels, predicted, **of_each))
    print("  F1", metrics.f1_score(labels, predicted, **of_each))
    for one in classes:
        if not (labels == one).any():
            continue
        scores = probabilities[:, one]
        print("  class", one, "average precision", metrics.average_precision_score(labels == one, scores), end="")
        print("" if (labels == one).all() else f" ROC AUC {metrics.roc_auc_score(labels == one, scores)}")
        if curves:
            print("   ", *metrics.roc_curve(labels == one, scores, drop_intermediate=False)[:2])
            print("   ", *[values[::-1] for values in metrics.precision_recall_curve(labels == one, scores)[:2]])


few = np.array([[6, 1, 1, 0], [5, 2, 1, 0], [4, 2, 2, 0], [3, 4, 1, 0], [6, 2, 0, 0], [4, 1, 3, 0], [4, 3, 1, 0],
                [2, 5, 1, 0], [1, 6, 1, 0], [5, 1, 2, 0], [3, 1, 4, 0], [4, 2, 2, 0], [8, 0, 0, 0], [2, 2, 4, 0]])
show("ties, a class absent", np.array([0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 1, 0, 0]), few / 8, curves=True)

never = np.array([[5, 2, 1], [4, 3, 1], [6, 2, 0], [3, 4, 1], [2, 5, 1], [5, 1, 2], [4, 1, 3], [1, 4, 3]])
show("a class never predicted", np.array([0, 0, 0, 0, 1, 1, 2, 2]), never / 8, curves=False)
show("one class only", np.zeros(8, dtype=int), never / 8, curves=False)

many = 400
labels = np.digitize(np.arange(many) * 7919 % 100, [80, 95])
scores = np.array([[((i * i + 3) * (c * 31 + 17) + i * c * 101) % 97 for c in range(3)] for i in range(many)])
scores[np.arange(many), labels] += 40
show("uneven, many ties", labels, scores / 256, curves=False)

for part, whole in [(0, 10), (7, 8), (10, 10), (943, 1000), (1, 3)]:
    print("Wilson", part, whole, *binomtest(part, whole).proportion_ci(method="wilson"))
