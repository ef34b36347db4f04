"""Pairwise judging: a candidate's answer beside the baseline's, in both orders, and which of the two is better."""
