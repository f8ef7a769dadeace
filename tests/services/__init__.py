"""Real services for tests: found or installed, started on loopback, stopped by process id."""
