"""What the tests of prompts share."""

from hypothesis import settings

settings.register_profile("prompts", deadline=None, database=None)
settings.load_profile("prompts")
