"""Right answers to the exercises of notebook 02, and likely mistakes with words of the hint that they get."""

import math
from collections import Counter

import numpy as np
import pandas as pd
import torch
from scipy import special
from torch.nn import functional


def pull(predicted, targets, delta):
    return np.clip(predicted - targets, -delta, delta)


def pull_by_cases(predicted, targets, delta):
    slopes = []
    for p, t in zip(predicted, targets, strict=True):
        if abs(p - t) <= delta:
            slopes.append((p - t) / len(predicted))
        else:
            slopes.append(math.copysign(delta, p - t) / len(predicted))
    return slopes


def huber(predicted, targets, delta):
    r = np.abs(predicted - targets)
    return np.where(r <= delta, r**2 / 2, delta * (r - delta / 2))


def pull_by_differences(predicted, targets, delta):
    result = np.zeros(len(predicted))
    for i, step in enumerate(1e-5 * np.eye(len(predicted))):
        up, down = huber(predicted + step, targets, delta), huber(predicted - step, targets, delta)
        result[i] = (up.mean() - down.mean()) / 2e-5
    return result


def by_torch(loss):
    """Return an answer that lets torch differentiate a loss with respect to the first argument."""

    def gradient(first, *others):
        first = torch.tensor(first, requires_grad=True)
        loss(first, *(torch.from_numpy(np.asarray(o)) for o in others)).backward()
        return first.grad

    return gradient


def outside(value):
    """Return the gradient of a Huber loss with another slope beyond delta."""

    def gradient(predicted, targets, delta):
        r = predicted - targets
        return np.where(np.abs(r) <= delta, r, value(r, delta)) / len(r)

    return gradient


def stable(combine):
    """Return an answer that combines the largest logits with the sums of the shifted exponentials."""

    def answer(logits):
        largest = logits.max(axis=1)
        return combine(largest, np.exp(logits - largest[:, None]).sum(axis=1), logits.shape[1])

    return answer


logsumexp = stable(lambda largest, total, k: largest + np.log(total))


def logsumexp_by_loops(logits):
    result = []
    for row in logits.tolist():
        largest = max(row)
        result.append(largest + math.log(sum(math.exp(z - largest) for z in row)))
    return result


def naive(logits):
    with np.errstate(all="ignore"):
        return np.log(np.exp(logits).sum(axis=1))


def largest_of_all(logits):
    with np.errstate(all="ignore"):
        return logits.max() + np.log(np.exp(logits - logits.max()).sum(axis=1))


def largest_of_all_without_zero(logits):
    total = np.exp(logits - logits.max()).sum(axis=1)
    return logits.max() + np.log(np.maximum(total, 1e-300))


def softmax(logits):
    return special.softmax(logits, axis=1)


def ones(logits, labels):
    return np.eye(logits.shape[1])[labels]


def cross_entropy_gradient(logits, labels):
    return (softmax(logits) - ones(logits, labels)) / len(labels)


def gradient_by_index(logits, labels):
    p = np.exp(logits - logsumexp(logits)[:, None])
    p[np.arange(len(labels)), labels] -= 1
    return p / len(labels)


def gradient_by_loops(logits, labels):
    rows = []
    for row, label in zip(logits.tolist(), labels.tolist(), strict=True):
        weights = [math.exp(z - max(row)) for z in row]
        p = [w / sum(weights) for w in weights]
        rows.append([(x - (k == label)) / len(labels) for k, x in enumerate(p)])
    return rows


def gradient_in_single_precision(logits, labels):
    p = torch.softmax(torch.tensor(logits, dtype=torch.float32), dim=1)
    y = functional.one_hot(torch.tensor(labels), logits.shape[1])
    return (p - y) / len(labels)


def naive_gradient(logits, labels):
    with np.errstate(all="ignore"):
        p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return (p - ones(logits, labels)) / len(labels)


def counts(labels, n_classes):
    return np.bincount(labels, minlength=n_classes)


def weights_by_counter(labels, n_classes):
    count = Counter(labels.tolist())
    inverse = [1 / count[k] for k in range(n_classes)]
    mean = sum(inverse[label] for label in labels) / len(labels)
    return [w / mean for w in inverse]


def weighted(formula):
    """Return an answer that computes the weights from the counts."""
    return lambda labels, n_classes: formula(counts(labels, n_classes))


RIGHT = {
    "02.1": [
        lambda predicted, targets, delta: pull(predicted, targets, delta) / len(targets),
        lambda predicted, targets, delta: (
            np.sign(predicted - targets)
            * np.minimum(np.abs(predicted - targets), delta)
            / predicted.size
        ),
        pull_by_cases,
        pull_by_differences,
        by_torch(lambda p, t, delta: functional.huber_loss(p, t, delta=delta.item())),
    ],
    "02.2": [
        lambda mse: mse * 96.485**2,
        lambda mse: (math.sqrt(mse) * 96.485) ** 2,
        lambda mse: 9309.4 * mse,
        lambda mse: np.float64(mse) * (1.602176634e-19 * 6.02214076e23 / 1000) ** 2,
    ],
    "02.3": [
        logsumexp,
        logsumexp_by_loops,
        lambda logits: special.logsumexp(logits, axis=1),
        lambda logits: np.logaddexp.reduce(logits, axis=1),
        lambda logits: torch.logsumexp(torch.tensor(logits, dtype=torch.float32), dim=1),
    ],
    "02.4": [
        cross_entropy_gradient,
        gradient_by_index,
        gradient_by_loops,
        gradient_in_single_precision,
        by_torch(functional.cross_entropy),
    ],
    "02.5": [
        lambda labels, n_classes: len(labels) / (n_classes * counts(labels, n_classes)),
        lambda labels, n_classes: (
            1 / (pd.Series(labels).value_counts(normalize=True).sort_index() * n_classes)
        ),
        lambda labels, n_classes: (
            1 / torch.bincount(torch.tensor(labels)) * (len(labels) / n_classes)
        ),
        weights_by_counter,
    ],
}

WRONG = [
    ("02.1", pull, "slopes of the summed loss"),
    (
        "02.1",
        by_torch(lambda p, t, d: functional.huber_loss(p, t, reduction="sum", delta=d.item())),
        "slopes of the summed loss",
    ),
    ("02.1", lambda p, t, d: pull(t, p, d) / len(t), "where the prediction is too high"),
    ("02.1", lambda p, t, d: pull(t, p, d), "the division by the number of samples is missing"),
    ("02.1", lambda p, t, d: (p - t) / len(t), "no longer grows"),
    ("02.1", lambda p, t, d: 2 * pull(p, t, d) / len(t), "r²/2"),
    ("02.1", lambda p, t, d: pull(p, t, d) / d / len(t), "smooth L1"),
    ("02.1", by_torch(lambda p, t, d: functional.smooth_l1_loss(p, t, beta=d.item())), "smooth L1"),
    ("02.1", outside(lambda r, d: np.sign(r)), "not ±1"),
    ("02.1", huber, "These are the losses"),
    ("02.1", lambda p, t, d: huber(p, t, d) / len(t), "These are the losses"),
    ("02.1", lambda p, t, d: huber(p, t, d).mean(), "array of shape (4,)"),
    ("02.1", outside(lambda r, d: d), "the slope is 0.2857, but should be -0.2857"),
    ("02.1", lambda p, t, d: np.minimum(p - t, d) / len(t), "but should be -0.2857"),
    ("02.1", lambda p, t, d: np.sign(p - t) / len(t), "and 4 samples the slope is"),
    ("02.1", lambda p, t, d: 2 * (p - t) / len(t), "and 4 samples the slope is"),
    ("02.1", lambda p, t, d: np.abs(pull(p, t, d)) / len(t), "but should be -0.03"),
    ("02.2", lambda mse: (mse * 96.485) ** 2, "but should be 93.0936"),
    ("02.2", lambda mse: mse * 1000**2, "but should be 93.0936"),
    ("02.2", lambda mse: mse * 2 * 96.485, "but should be 93.0936"),
    ("02.2", lambda mse: print(mse * 96.485**2), "`return` were missing."),
    ("02.3", naive, "is not finite"),
    ("02.3", lambda logits: [math.log(sum(map(math.exp, row))) for row in logits], "OverflowError"),
    ("02.3", lambda logits: torch.tensor(logits).exp().sum(dim=1).log(), "infinity"),
    ("02.3", largest_of_all, "largest logit of each row"),
    ("02.3", largest_of_all_without_zero, "not the largest one of all"),
    ("02.3", stable(lambda largest, total, k: np.log(total)), "Add the largest logit again"),
    ("02.3", stable(lambda largest, total, k: total * np.exp(largest)), "logarithm of the sum"),
    ("02.3", lambda logits: logits.max(axis=1), "largest logit alone"),
    ("02.3", lambda logits: logits.sum(axis=1), "sum of the logits"),
    (
        "02.3",
        stable(lambda largest, total, k: largest + np.log(total / k)),
        "logarithm of the mean",
    ),
    ("02.3", lambda logits: -logsumexp(logits), "sign is turned"),
    ("02.3", stable(lambda largest, total, k: largest + np.log10(total)), "but should be"),
    ("02.3", stable(lambda largest, total, k: largest + np.log2(total)), "but should be"),
    ("02.3", stable(lambda largest, total, k: np.log(total) - largest), "but should be"),
    ("02.3", stable(lambda largest, total, k: largest + total), "but should be"),
    ("02.3", lambda logits: logsumexp(logits)[:, None], "array of shape (1,)"),
    ("02.3", lambda logits: special.logsumexp(logits), "array of shape (1,)"),
    ("02.3", lambda logits: special.logsumexp(logits, axis=0), "array of shape (1,)"),
    ("02.3", lambda logits: logits - logsumexp(logits)[:, None], "array of shape (1,)"),
    ("02.4", lambda z, y: softmax(z) - ones(z, y), "gradient of the sum"),
    ("02.4", lambda z, y: (softmax(z) - ones(z, y)) / z.size, "number of entries"),
    ("02.4", lambda z, y: (softmax(z) - ones(z, y)) / z.shape[1], "not of classes"),
    ("02.4", lambda z, y: -cross_entropy_gradient(z, y), "it is p − y"),
    ("02.4", lambda z, y: ones(z, y) - softmax(z), "the division by the number of samples is"),
    ("02.4", lambda z, y: softmax(z) / len(y), "ones of the observed classes are missing"),
    ("02.4", lambda z, y: softmax(z), "These are the probabilities"),
    ("02.4", lambda z, y: (z - ones(z, y)) / len(y), "subtract from the logits"),
    ("02.4", lambda z, y: (special.softmax(z) - ones(z, y)) / len(y), "add up to one, row by row"),
    ("02.4", lambda z, y: -ones(z, y) / softmax(z) / len(y), "with respect to the probabilities"),
    ("02.4", lambda z, y: (special.softmax(z, axis=0) - ones(z, y)) / len(y), "add up to zero"),
    ("02.4", lambda z, y: (np.log(softmax(z)) - ones(z, y)) / len(y), "add up to zero"),
    ("02.4", lambda z, y: softmax(z) * cross_entropy_gradient(z, y), "add up to zero"),
    ("02.4", naive_gradient, "is not finite"),
    ("02.4", lambda z, y: -np.log(softmax(z)[np.arange(len(y)), y]), "array of shape (5, 3)"),
    ("02.4", lambda z, y: cross_entropy_gradient(z, y).T, "array of shape (5, 3)"),
    ("02.4", lambda z, y: (softmax(z) - y) / len(y), "stopped with ValueError"),
    ("02.5", weighted(lambda n: 1 / n), "scale is missing"),
    ("02.5", weighted(lambda n: n.min() / n), "scale is missing"),
    ("02.5", weighted(lambda n: n.sum() / n), "to the number of classes"),
    ("02.5", weighted(lambda n: (1 / n) / (1 / n).sum()), "add up to 1"),
    ("02.5", weighted(lambda n: 1 - n / n.sum()), "1 − the share of the class"),
    (
        "02.5",
        weighted(lambda n: (1 - n / n.sum()) * len(n) / (len(n) - 1)),
        "1 − the share of the class",
    ),
    ("02.5", weighted(lambda n: (1 / n) / (1 / n).mean()), "mean over the classes is 1"),
    ("02.5", weighted(lambda n: n / n.sum()), "shares of the classes"),
    ("02.5", weighted(lambda n: n), "These are the counts"),
    ("02.5", weighted(lambda n: n**-0.5 * n.sum() / np.sqrt(n).sum()), "one over its root"),
    ("02.5", weighted(lambda n: n.max() / n), "averaged over the samples the weights give 2 "),
    (
        "02.5",
        weighted(lambda n: np.log(n.sum() / n)),
        "For the counts [1, 4, 10] the weights should be",
    ),
    ("02.5", weighted(lambda n: (n.sum() / (len(n) * n))[::-1]), "For the counts [1, 4, 10]"),
    (
        "02.5",
        lambda labels, n_classes: len(labels) / (n_classes * pd.Series(labels).value_counts()),
        "For the counts [1, 4, 10] the weights should be",
    ),
    ("02.5", lambda labels, n_classes: (1 / counts(labels, n_classes))[labels], "shape (3,)"),
]
