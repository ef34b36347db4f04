"""Embedding: a model turns answers and references into vectors, so that their directions can be compared."""
