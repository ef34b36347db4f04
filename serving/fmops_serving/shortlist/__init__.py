"""Constraints on candidates: CEL over a model's card, for operator, `fmops evaluate` and `fmops validate`."""
