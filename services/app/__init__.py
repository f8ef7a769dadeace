"""Puts the parts together: settings, wiring, the command line, and all stages in one process."""
