"""A candidate against the baseline: the same examples in the same run, example by example."""
