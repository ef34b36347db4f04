"""The guard: detectors that screen texts, rules that say what follows, screening of streams. A library, without I/O."""
