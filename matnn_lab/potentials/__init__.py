"""Energies of crystals from interatomic potentials."""
