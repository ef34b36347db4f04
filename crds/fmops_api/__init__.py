"""The three kinds as types: pydantic and nothing else.

Here stand the API objects, the reasons a status can give, and the pure rules that operator, runner and command line
share. What talks to a network, a file or a cluster stands elsewhere.
"""

GROUP = "fmops.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
