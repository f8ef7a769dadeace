"""Tests, a folder per part; contract/ holds every adapter to the same promises."""
