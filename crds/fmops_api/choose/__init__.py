"""Choosing a candidate from figures, gates and cards: pure, and the same for operator and command line."""
