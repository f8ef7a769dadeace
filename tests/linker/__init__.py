"""The linker: traits, match, copies, build, state, stage, offline."""
