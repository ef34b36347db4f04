"""Prompts as released artefacts: reading, checking, digesting and rendering them.

One library for operator, runner and command line, so that what is evaluated is what runs. Pure: no network, no files.
"""
