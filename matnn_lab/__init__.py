"""Helper package of the course "Neural networks for materials science"."""

__version__ = "0.1.0"
