"""Stand-ins for server images."""
