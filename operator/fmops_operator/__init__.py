"""The operator: it makes a cluster serve the models, hold the catalogues and run the evaluations that objects describe.

Reading order, one direction, enforced by import-linter:
main -> handlers/ (thin kopf shims) -> reconcile/ (the story of a kind) -> desired/ (pure builders), cluster and probe
(the only I/O) -> observed (typed readings) -> status/ (pure assessments) -> metrics (derived from conditions).
What measures or renders prompts at scale is not here: that is work for Jobs, in fmops_serving.
"""
