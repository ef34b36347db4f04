"""Constraints on candidates: CEL over cards and results, for operator, `fmops evaluate` and `fmops validate`."""
