"""What runs beside models: the prompt library, the evaluation runner and the command line `fmops`.

Nothing here knows a cluster: what the operator decides reaches these programs as files, arguments and environment.
"""
