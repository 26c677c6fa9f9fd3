"""How a model learns: one loop (`fit`), what it did (`history`), and ensembles (`regressor`)."""

from matnn_lab.training.history import History

__all__ = ["History"]
