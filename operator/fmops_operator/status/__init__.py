"""Pure assessments: from an object and what was observed to its conditions. No I/O, no clock, no settings."""
