"""Evaluation: ask a model every example, keep the answers as rows, and turn the rows into figures with intervals.

Asking and scoring are apart: `generate` writes rows, `scoring` reads them, so a new figure needs no new answers.
"""
