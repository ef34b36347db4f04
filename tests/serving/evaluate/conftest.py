"""Property tests here are slow now and then, and leave no files behind."""

from hypothesis import settings

settings.register_profile("evaluate", deadline=None, database=None)
settings.load_profile("evaluate")
