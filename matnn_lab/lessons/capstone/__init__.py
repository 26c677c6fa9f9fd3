"""Notebook 20: a whole project on a new problem, the viscosity of melts and glasses."""
