"""Judging: a model scores answers by a rubric. What it is shown, how its verdict is read, and what the scores say."""
